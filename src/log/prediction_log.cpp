#include "log/prediction_log.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "log/log_files.hpp"
#include "log/prediction_segment.hpp"

namespace upkeep {

namespace fs = std::filesystem;
using logs::PredictionSegment;
using SteadyTime = std::chrono::steady_clock::time_point;

static constexpr std::chrono::milliseconds kWriterPeriod{100};
static constexpr std::size_t kSegmentBytes = std::size_t{64} << 20;

static std::size_t bytes_of(const PredictionRecord& record) {
  std::size_t bytes = 256;  // names, numbers, the record itself
  for (const Tensors* tensors : {&record.inputs, &record.outputs})
    for (const auto& [_, tensor] : *tensors)
      bytes += tensor.dtype() == DType::kString ? 32 * static_cast<std::size_t>(tensor.size()) : tensor.size_bytes();
  return bytes;
}

struct PredictionLog::State {
  struct Open {
    PredictionSegment segment;
    std::size_t bytes = 0;
    SteadyTime since;
  };

  PredictionLogOptions options;
  std::mutex mutex;
  std::condition_variable wake, flushed;
  std::vector<PredictionRecord> buffer;
  std::size_t buffered_bytes = 0;
  std::uint64_t flushes_wanted = 0, flushes_done = 0;
  bool stop = false;
  std::atomic<std::uint64_t> offered{0}, dropped{0}, written{0}, failed{0};
  std::thread writer;

  std::map<std::string, Open> open;  // by model; the writer's own, like all below
  bool complained = false;

  bool offer(PredictionRecord record) {
    const std::size_t bytes = bytes_of(record);
    offered.fetch_add(1, std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex);
      if (buffer.size() < options.buffer_records && buffered_bytes + bytes <= options.buffer_bytes) {
        buffer.push_back(std::move(record));
        buffered_bytes += bytes;
        if (buffer.size() != options.buffer_records / 2) return true;
      } else {
        dropped.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
    }
    wake.notify_one();
    return true;
  }

  void run() {
    std::vector<PredictionRecord> records;
    for (bool last = false; !last;) {
      std::uint64_t wanted = 0;
      {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, kWriterPeriod,
                      [this] { return stop || flushes_wanted > flushes_done || buffer.size() >= options.buffer_records / 2; });
        records.swap(buffer);
        buffered_bytes = 0;
        wanted = flushes_wanted;
        last = stop;
      }
      for (PredictionRecord& record : records) take(std::move(record));
      records.clear();
      const auto now = std::chrono::steady_clock::now();
      for (auto& [model, segment] : open)
        if (last || wanted > flushes_done || now - segment.since >= std::chrono::duration<double>(options.segment_seconds))
          close(model, segment);
      const std::lock_guard lock(mutex);
      flushes_done = wanted;
      flushed.notify_all();
    }
  }

  void take(PredictionRecord record) {
    const std::string model = record.model;
    Open& into = open[model];
    if (!into.segment.fits(record)) {
      close(model, into);
      into.segment.fits(record);
    }
    if (into.segment.records() == 0) into.since = std::chrono::steady_clock::now();
    into.bytes += bytes_of(record);
    into.segment.add(std::move(record));
    if (into.segment.rows() >= options.segment_rows || into.bytes >= kSegmentBytes) close(model, into);
  }

  void close(const std::string& model, Open& from) {
    const std::uint64_t records = from.segment.records();
    if (records == 0) return;
    const TimePoint first = from.segment.first_time();
    const Table table = from.segment.finish();
    from.bytes = 0;
    try {
      if (table.rows() > 0) write(model, first, table);
      written += records;
      complained = false;
    } catch (const std::exception& error) {
      failed += records;
      if (!complained) note(upkeep::format("predictions are not logged: {}", error.what()));
      complained = true;  // once for each time of trouble
    }
  }

  void write(const std::string& model, TimePoint first, const Table& table) const {
    const fs::path folder = options.folder / model;
    fs::create_directories(folder);
    save_table(table, folder / logs::segment_name("predictions", first));
  }
};

PredictionLog::PredictionLog(const PredictionLogOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->buffer.reserve(std::min<std::size_t>(options.buffer_records, 8192));
  std::error_code problem;
  fs::create_directories(options.folder, problem);
  if (problem)
    throw Error(ErrorCode::kIo,
                upkeep::format("cannot make folder \"{}\" for the prediction log: {}", options.folder.string(), problem.message()));
  for (const fs::directory_entry& entry : fs::directory_iterator(options.folder))
    if (entry.is_directory()) sweep_temporaries(entry.path());
  state_->writer = std::thread([state = state_.get()] { state->run(); });
}

PredictionLog::~PredictionLog() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->wake.notify_one();
  state_->writer.join();
}

bool PredictionLog::offer(PredictionRecord record) noexcept {
  try {
    return state_->offer(std::move(record));
  } catch (const std::exception&) {  // out of memory
    state_->dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
}

void PredictionLog::flush() {
  std::unique_lock lock(state_->mutex);
  const std::uint64_t mine = ++state_->flushes_wanted;
  state_->wake.notify_one();
  state_->flushed.wait(lock, [&] { return state_->flushes_done >= mine; });
}

std::uint64_t PredictionLog::offered() const { return state_->offered; }
std::uint64_t PredictionLog::dropped() const { return state_->dropped; }
std::uint64_t PredictionLog::written() const { return state_->written; }
std::uint64_t PredictionLog::failed() const { return state_->failed; }

// --- reading -------------------------------------------------------------------------------------------------------

static Error nothing_logged(const fs::path& folder, const std::string& model) {
  std::vector<std::string> logged;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none))
    if (!logs::segments(entry.path(), "predictions").empty()) logged.push_back(entry.path().filename().string());
  return Error(ErrorCode::kNotFound, upkeep::format("no predictions of model \"{}\" are logged in \"{}\"", model, folder.string()),
               logged.empty() ? "serve it first: upkeep serve logs every prediction" : "there are some of: " + join(logged));
}

Table read_predictions(const fs::path& folder, const std::string& model, TimePoint since, TimePoint until) {
  std::vector<Table> parts;
  for (const fs::path& file : logs::segments(folder / model, "predictions")) {
    Table part = load_table(file);
    std::vector<std::int64_t> inside;
    const auto times = in_context(file.string(), [&] { return part.column("time").data<std::int64_t>(); });
    for (std::size_t row = 0; row < times.size(); ++row)
      if (times[row] >= since.time_since_epoch().count() && times[row] <= until.time_since_epoch().count())
        inside.push_back(static_cast<std::int64_t>(row));
    parts.push_back(std::cmp_equal(inside.size(), part.rows()) ? std::move(part) : part.take(inside));
  }
  if (parts.empty()) throw nothing_logged(folder, model);
  return logs::stack(parts);
}

}  // namespace upkeep
