#include "serve/engine/served_version.hpp"

#include <algorithm>

#include "graph/signature.hpp"

namespace upkeep::serve {

static Tensor zeros(const TensorSpec& spec) {
  Shape shape;
  for (const Dim& dim : spec.dims) shape.push_back(dim.known() ? dim.value : 1);
  const auto count = static_cast<std::size_t>(element_count(shape));
  if (spec.dtype == DType::kString) return Tensor(shape, std::vector<std::string>(count));
  return Tensor::from_bytes(spec.dtype, shape, std::vector<std::byte>((count * size_bits(spec.dtype) + 7) / 8));
}

// The first run allocates and tunes. Ones in place of unknown dimensions may be a shape that the model cannot take (an image of one pixel),
// so a failure counts only where the shapes are known.
static void warm_up(const Session& session) {
  Tensors inputs;
  bool known = true;
  for (const TensorSpec& spec : session.inputs()) {
    inputs.emplace(spec.name, zeros(spec));
    known = known && std::ranges::all_of(spec.dims.begin() + (spec.dims.empty() ? 0 : 1), spec.dims.end(), &Dim::known);
  }
  try {
    session.run(inputs);
  } catch (const Error&) {
    if (known) throw;
  }
}

std::shared_ptr<const Session> warm_session(const Model& model, int threads) {
  auto session = std::make_shared<const Session>(model, SessionOptions{.threads = threads});
  warm_up(*session);
  return session;
}

ServedVersion::ServedVersion(ModelVersion version, const Model& model, Loaded loaded, Loader reload, const VersionOptions& options,
                             VersionMetrics metrics)
    : version_(std::move(version)),
      version_text_(std::to_string(version_.version)),
      options_(options),
      reload_(std::move(reload)),
      inputs_(loaded.session->inputs()),
      outputs_(loaded.session->outputs()),
      signature_(std::make_shared<const Signature>(signature_or_graph(model))),
      metrics_(metrics),
      loaded_(std::move(loaded)) {
  batching_ = probe_batching(*loaded_.session, model, loaded_.sample.empty() ? nullptr : &loaded_.sample);
  loaded_.sample.clear();
  SchedulerOptions scheduler = options.scheduler;
  if (!batching_.merges) scheduler.max_batch_rows = 1;
  scheduler_ = std::make_unique<Scheduler>(scheduler, [this](std::vector<Job> batch) { run(std::move(batch)); });
}

ServedVersion::~ServedVersion() { scheduler_.reset(); }

std::map<std::int64_t, BatchCount> ServedVersion::batch_counts() const {
  const std::lock_guard lock(mutex_);
  return batch_counts_;
}

Answer<void> ServedVersion::submit(Job& job) const {
  last_used_.store(std::chrono::steady_clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  Answer<void> taken = scheduler_->submit(job);
  if (!taken && taken.error().code == RefusalCode::kBusy) {
    const std::uint64_t runs = std::max<std::uint64_t>(1, counters_.runs);
    const double seconds = static_cast<double>(counters_.run_ns) * 1e-9 / static_cast<double>(runs) * static_cast<double>(waiting()) /
                           std::max(1, options_.scheduler.instances);
    taken.error().retry_after_s = static_cast<int>(std::clamp(std::ceil(seconds), 1.0, 60.0));
  }
  return taken;
}

std::size_t ServedVersion::resident_bytes() const {
  const std::lock_guard lock(mutex_);
  return loaded_.session ? loaded_.bytes : 0;
}

SteadyTime ServedVersion::last_used() const { return SteadyTime(SteadyTime::duration(last_used_.load(std::memory_order_relaxed))); }

bool ServedVersion::set_aside() const {
  if (waiting() + running() > 0) return false;
  const std::lock_guard lock(mutex_);
  loaded_.session.reset();  // a job that came just now loads it again
  return true;
}

std::shared_ptr<const Session> ServedVersion::session() const {
  const auto there = [this] {
    const std::lock_guard lock(mutex_);
    return loaded_.session;
  };
  if (auto session = there()) return session;
  const std::lock_guard one_at_a_time(loading_);
  if (auto session = there()) return session;
  Loaded loaded = reload_();
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(loaded);
  return loaded_.session;
}

void ServedVersion::count_run(std::int64_t rows, SteadyTime begun, SteadyTime joined, SteadyTime ran, SteadyTime split) const {
  counters_.runs += 1;
  counters_.run_ns += nanoseconds(begun, split);
  const std::lock_guard lock(mutex_);
  BatchCount& count = batch_counts_[rows];
  count.runs += 1;
  count.input_ns += nanoseconds(begun, joined);
  count.infer_ns += nanoseconds(joined, ran);
  count.output_ns += nanoseconds(ran, split);
}

// What a run throws is the refusal of the one request in it.
static Answer<Tensors> try_run(const Session& session, const Tensors& inputs, const std::vector<std::string>& wanted) {
  try {
    return session.run(inputs, wanted);
  } catch (const std::exception&) {
    return std::unexpected(refusal_of_exception());
  }
}

void ServedVersion::run(std::vector<Job> batch) const {
  std::shared_ptr<const Session> session;
  const SteadyTime begun = steady_now();
  try {
    session = this->session();
  } catch (const std::exception& error) {
    const Refusal refusal{.code = RefusalCode::kUnready, .message = std::string("the version cannot be loaded again: ") + error.what()};
    for (Job& job : batch) job.done(not_run(refusal, job.queued, begun));
    return;
  }
  if (batch.size() == 1) run_alone(std::move(batch.front()), *session, begun);
  else run_together(std::move(batch), *session, begun);
}

void ServedVersion::run_alone(Job job, const Session& session, SteadyTime begun) const {
  Answer<Tensors> outputs = try_run(session, job.inputs, job.wanted);
  const SteadyTime ran = steady_now();
  if (outputs) count_run(job.rows, begun, begun, ran, ran);
  job.done({.outputs = std::move(outputs),
            .queued = job.queued,
            .begun = begun,
            .joined = begun,
            .ran = ran,
            .split = ran,
            .batch_rows = job.rows});
}

void ServedVersion::run_together(std::vector<Job> batch, const Session& session, SteadyTime begun) const {
  std::vector<const Tensors*> parts;
  std::vector<std::int64_t> rows;
  for (const Job& job : batch) parts.push_back(&job.inputs), rows.push_back(job.rows);
  std::vector<Tensors> apart;
  SteadyTime joined_at = begun, ran = begun;
  try {
    const Tensors all = joined(parts);
    joined_at = steady_now();
    const Answer<Tensors> outputs = try_run(session, all, batch.front().wanted);
    ran = steady_now();
    if (outputs) apart = taken_apart(*outputs, rows);
  } catch (const std::bad_alloc&) {
    apart.clear();
  }
  if (apart.empty()) {  // a request may have spoiled the run of the others: each one by itself
    for (Job& job : batch) run_alone(std::move(job), session, begun);
    return;
  }
  const SteadyTime split = steady_now();
  const std::int64_t total = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
  count_run(total, begun, joined_at, ran, split);
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i].done({.outputs = std::move(apart[i]),
                   .queued = batch[i].queued,
                   .begun = begun,
                   .joined = joined_at,
                   .ran = ran,
                   .split = split,
                   .batch_rows = total});
}

}  // namespace upkeep::serve
