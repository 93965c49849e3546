#include "serve/engine/inference.hpp"

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "graph/embedding.hpp"

namespace upkeep::serve {

struct Inference::Task {
  std::shared_ptr<const ServedVersion> version;
  std::string id;
  SteadyTime arrived;
  TimePoint time{};
  std::vector<RequestedOutput> asked;
  Tensors inputs;  // kept for the log; tensors are shared, not copied
  std::int64_t rows = 1;
  std::size_t bytes = 0;
  std::optional<TraceContext> trace;  // of a request that is traced
  InferDone done;
};

static std::size_t bytes_of(const Tensors& tensors) {
  std::size_t bytes = 0;
  for (const auto& [_, tensor] : tensors) {
    bytes += tensor.size_bytes();
    if (tensor.dtype() == DType::kString)
      for (const std::string& text : tensor.strings()) bytes += sizeof(std::string) + text.size();
  }
  return bytes;
}

static bool gives_embedding(const ServedVersion& version) {
  return std::ranges::contains(version.outputs(), kEmbeddingOutput, &TensorSpec::name);
}

// What the run has to give: what was asked for, and what is for the log alone.
static std::vector<std::string> wanted_outputs(const ServedVersion& version, const std::vector<RequestedOutput>& asked, bool logged) {
  std::vector<std::string> wanted;
  for (const RequestedOutput& output : asked) wanted.push_back(output.name);
  if (logged && !wanted.empty() && gives_embedding(version) && !std::ranges::contains(wanted, kEmbeddingOutput))
    wanted.emplace_back(kEmbeddingOutput);
  return wanted;
}

Inference::Inference(PredictionLog* log, std::size_t most_queued_bytes, Traces* traces)
    : log_(log), traces_(traces), most_queued_bytes_(most_queued_bytes) {}

// The request's own, else what its headers say, else a new one.
std::string Inference::id_of(std::string given, const Caller& caller) {
  if (!given.empty()) return given;
  return caller.request_id.empty() ? ids_.next() : caller.request_id;
}

static SteadyTime start_by(std::chrono::microseconds timeout, const Caller& caller, SteadyTime arrived) {
  SteadyTime latest = caller.deadline.value_or(SteadyTime::max());
  if (timeout.count() > 0 && timeout < std::chrono::hours(1'000'000)) latest = std::min(latest, arrived + timeout);
  return latest;
}

void Inference::start(std::shared_ptr<const ServedVersion> version, InferRequest request, const Caller& caller, InferDone done) {
  const SteadyTime arrived = steady_now();
  if (const Answer<void> fits = check_request(request, version->inputs(), version->outputs()); !fits)
    return done(std::unexpected(refused(*version, std::move(request.id), caller, fits.error())));
  auto task = std::make_shared<Task>(Task{.version = std::move(version),
                                          .id = id_of(std::move(request.id), caller),
                                          .arrived = arrived,
                                          .time = system_clock().now(),
                                          .asked = std::move(request.outputs),
                                          .inputs = request.inputs,
                                          .rows = rows_of(request.inputs),
                                          .bytes = bytes_of(request.inputs),
                                          .trace = traces_ ? traces_->sample(caller.traceparent) : std::nullopt,
                                          .done = std::move(done)});
  const ServedVersion& its = *task->version;
  Job job{.inputs = std::move(request.inputs),
          .wanted = wanted_outputs(its, task->asked, log_ != nullptr),
          .rows = task->rows,
          .alone = !same_rows(task->inputs),
          .priority = request.priority,
          .start_by = start_by(request.timeout, caller, arrived),
          .gone = caller.gone,
          .done = [this, task](JobResult result) { finish(*task, std::move(result)); }};
  Answer<void> taken;
  const std::size_t before = queued_bytes_.fetch_add(task->bytes);
  if (before > 0 && before + task->bytes > most_queued_bytes_)
    taken = std::unexpected(Refusal{.code = RefusalCode::kBusy,
                                    .message = upkeep::format("requests of {} MiB wait already", most_queued_bytes_ >> 20),
                                    .retry_after_s = 1});
  else taken = its.submit(job);
  if (taken) return;
  finish(*task, not_run(std::move(taken.error()), arrived));
}

// The tensors to be sent, in their order.
static Answer<std::vector<std::pair<std::string, Tensor>>> chosen(const ServedVersion& version, const std::vector<RequestedOutput>& asked,
                                                                  const Tensors& outputs) {
  std::vector<std::pair<std::string, Tensor>> list;
  for (const RequestedOutput& one : asked)
    for (const std::string& part : parts_of(outputs, one.name)) {
      const OutputSignature* const signature = version.signature()->output(one.name);
      Answer<Tensor> tensor = one.classification == 0 ? outputs.at(part)
                                                      : classified(outputs.at(part), one.classification,
                                                                   signature ? signature->classes : std::vector<std::string>());
      if (!tensor) return refuse(tensor.error().code, upkeep::format("output \"{}\": {}", one.name, tensor.error().message));
      list.emplace_back(part, std::move(*tensor));
    }
  if (asked.empty())
    for (const TensorSpec& spec : version.outputs())
      if (spec.name != kEmbeddingOutput)  // that is for the log
        for (const std::string& part : parts_of(outputs, spec.name)) list.emplace_back(part, outputs.at(part));
  return list;
}

void Inference::finish(Task& task, JobResult result) {
  queued_bytes_.fetch_sub(task.bytes);
  Answer<InferAnswer> answer;
  if (result.outputs) {
    auto outputs = chosen(*task.version, task.asked, *result.outputs);
    if (outputs)
      answer = InferAnswer{
          .model = task.version->name(), .version = task.version->version_text(), .id = task.id, .outputs = std::move(*outputs)};
    else answer = std::unexpected(outputs.error());
  } else {
    answer = std::unexpected(result.outputs.error());
  }
  if (!answer) result.outputs = std::unexpected(answer.error());
  account(*task.version, result, task.arrived, task.rows);
  if (task.trace) trace(task, result);
  if (!answer) note_refusal(*task.version, task.id, answer.error());
  if (log_)
    log_->offer({.request_id = task.id,
                 .time = task.time,
                 .model = task.version->name(),
                 .version = task.version->version(),
                 .latency_us = static_cast<std::int64_t>(nanoseconds(task.arrived, steady_now()) / 1000),
                 .error = answer ? std::string() : answer.error().message,
                 .inputs = std::move(task.inputs),
                 .outputs = result.outputs ? std::move(*result.outputs) : Tensors(),
                 .signature = task.version->signature()});
  task.done(std::move(answer));
}

void Inference::trace(const Task& task, const JobResult& result) const {
  traces_->add({.context = *task.trace,
                .model = task.version->name(),
                .version = task.version->version_text(),
                .request_id = task.id,
                .arrived = task.arrived,
                .queued = result.queued,
                .begun = result.begun,
                .joined = result.joined,
                .ran = result.ran,
                .answered = steady_now(),
                .batch_rows = result.batch_rows,
                .error = result.outputs ? std::string() : result.outputs.error().message});
}

Refusal Inference::refused(const ServedVersion& version, std::string id, const Caller& caller, Refusal refusal) {
  const SteadyTime time = steady_now();
  id = id_of(std::move(id), caller);
  account(version, not_run(refusal, time, time), time, 0);
  note_refusal(version, id, refusal);
  if (log_)
    log_->offer({.request_id = std::move(id),
                 .time = system_clock().now(),
                 .model = version.name(),
                 .version = version.version(),
                 .latency_us = 0,
                 .error = refusal.message,
                 .inputs = {},
                 .outputs = {},
                 .signature = version.signature()});
  return refusal;
}

void Inference::note_refusal(const ServedVersion& version, const std::string& id, const Refusal& refusal) {
  errors_.add({.time = system_clock().now(),
               .model = version.name(),
               .version = version.version_text(),
               .request_id = id,
               .status = http_status(refusal.code),
               .message = refusal.message});
}

static Outcome outcome_of(const JobResult& result) {
  if (result.outputs) return Outcome::kAnswered;
  const RefusalCode code = result.outputs.error().code;
  if (code == RefusalCode::kBusy || code == RefusalCode::kTimeout || code == RefusalCode::kCancelled) return Outcome::kShed;
  return http_status(code) >= 500 ? Outcome::kFailed : Outcome::kRefused;
}

void Inference::account(const ServedVersion& version, const JobResult& result, SteadyTime arrived, std::int64_t rows) const {
  const std::uint64_t total = nanoseconds(arrived, steady_now());
  version.metrics().count(outcome_of(result), static_cast<double>(total) * 1e-9);
  Counters& sums = version.counters();
  if (!result.outputs) {
    sums.failed += 1, sums.failed_ns += total;
    return;
  }
  version.metrics().count_run(static_cast<double>(nanoseconds(result.queued, result.begun)) * 1e-9, result.batch_rows);
  sums.answered += 1, sums.answered_ns += total;
  sums.queue_ns += nanoseconds(result.queued, result.begun);
  sums.input_ns += nanoseconds(result.begun, result.joined);
  sums.infer_ns += nanoseconds(result.joined, result.ran);
  sums.output_ns += nanoseconds(result.ran, result.split);
  sums.rows += static_cast<std::uint64_t>(std::max<std::int64_t>(rows, 0));
  sums.last_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

namespace {

template <typename T>
std::string class_text(T score, std::int64_t index, const std::vector<std::string>& classes) {
  std::string text = std::to_string(score) + ":" + std::to_string(index);  // floats as Triton writes them: six digits behind the point
  if (static_cast<std::size_t>(index) < classes.size()) text += ":" + classes[static_cast<std::size_t>(index)];
  return text;
}

// NaN is below every number.
template <typename T>
bool above(T a, T b) {
  if constexpr (std::floating_point<T>) return std::isnan(b) ? !std::isnan(a) : a > b;
  return a > b;
}

template <typename T>
Tensor highest(const Tensor& scores, int count, const std::vector<std::string>& classes) {
  const std::int64_t rows = scores.rank() > 1 ? scores.dim(0) : 1;
  const std::int64_t width = rows > 0 ? scores.size() / rows : 0;
  const auto kept = std::min<std::int64_t>(count, width);
  std::vector<std::string> texts;
  if (kept == 0) return Tensor(scores.rank() > 1 ? Shape{rows, 0} : Shape{0}, std::move(texts));  // however many rows there are
  std::vector<std::int64_t> order(static_cast<std::size_t>(width));
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* const values = scores.data<T>().data() + row * width;
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) { return above(values[a], values[b]); });
    for (std::int64_t i = 0; i < kept; ++i)
      texts.push_back(class_text(values[order[static_cast<std::size_t>(i)]], order[static_cast<std::size_t>(i)], classes));
  }
  return Tensor(scores.rank() > 1 ? Shape{rows, kept} : Shape{kept}, std::move(texts));
}

}  // namespace

Answer<Tensor> classified(const Tensor& scores, int count, const std::vector<std::string>& classes) {
  if (scores.rank() == 0) return refuse(RefusalCode::kInvalid, "a scalar cannot be classified");
  switch (scores.dtype()) {
    case DType::kFloat32: return highest<float>(scores, count, classes);
    case DType::kUInt64: return highest<std::uint64_t>(scores, count, classes);
    case DType::kFloat64: return highest<double>(scores, count, classes);
    case DType::kFloat16:
    case DType::kBFloat16: return highest<float>(scores.cast(DType::kFloat32), count, classes);
    case DType::kString:
    case DType::kBool: return refuse(RefusalCode::kInvalid, "only numbers can be classified");
    default: return highest<std::int64_t>(scores.cast(DType::kInt64), count, classes);
  }
}

}  // namespace upkeep::serve
