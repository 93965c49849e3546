#include "upkeep/prediction_log.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "data/sources/arrow_table.hpp"
#include "log/log_files.hpp"
#include "log/profile.hpp"
#include "log/segment.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;
using SteadyTime = std::chrono::steady_clock::time_point;

static constexpr std::chrono::milliseconds kWriterPeriod{100};
static constexpr std::size_t kSegmentBytes = std::size_t{64} << 20;
static constexpr std::size_t kStepBytes = std::size_t{1} << 20;  // of a record's rows, between two looks at the segment's size

static std::size_t held_bytes(const std::string& text) { return sizeof(text) + (text.size() > 15 ? text.size() + 1 : 0); }

static std::size_t held_bytes(const PredictionRecord& record) {
  std::size_t bytes = sizeof(record) + held_bytes(record.request_id) + held_bytes(record.error);
  for (const Tensors* tensors : {&record.inputs, &record.outputs})
    for (const auto& [name, tensor] : *tensors) {
      bytes += sizeof(tensor) + held_bytes(name) + tensor.size_bytes();
      if (tensor.dtype() == DType::kString)
        for (const std::string& text : tensor.strings()) bytes += held_bytes(text);
    }
  return bytes;
}

static bool is_folder_name(const std::string& model) { return !model.empty() && model.front() != '.' && !model.contains('/'); }

struct PredictionLog::State {
  struct Partition {
    std::string model;
    std::int64_t version;
    std::chrono::sys_days date;
    auto operator<=>(const Partition&) const = default;
  };
  struct Open {
    LogSegment segment;
    std::uint64_t records = 0;  // that end in it
    SteadyTime since;
  };

  PredictionLogOptions options;
  std::mutex mutex;
  std::condition_variable wake, flushed;
  std::vector<PredictionRecord> buffer;
  std::size_t buffered_bytes = 0;  // of the buffer, and of records that the writer has taken but not laid out yet
  std::uint64_t flushes_wanted = 0, flushes_done = 0;
  bool stop = false;
  std::atomic<std::uint64_t> offered{0}, dropped{0}, written{0}, failed{0};
  std::thread writer;

  std::map<Partition, Open> open;  // the writer's own, like all below
  std::map<std::pair<std::string, std::int64_t>, std::shared_ptr<const ReferenceProfile>> references;
  bool complained = false;

  bool offer(PredictionRecord record) {
    const std::size_t bytes = held_bytes(record);
    {
      const std::lock_guard lock(mutex);
      if (buffer.size() >= options.buffer_records || buffered_bytes + bytes > options.buffer_bytes) {
        dropped.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
      buffer.push_back(std::move(record));
      buffered_bytes += bytes;
      if (buffer.size() != options.buffer_records / 2 && buffered_bytes < options.buffer_bytes / 2) return true;
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
        wake.wait_for(lock, kWriterPeriod, [this] {
          return stop || flushes_wanted > flushes_done || buffer.size() >= options.buffer_records / 2 ||
                 buffered_bytes >= options.buffer_bytes / 2;
        });
        records.swap(buffer);
        wanted = flushes_wanted;
        last = stop;
      }
      for (PredictionRecord& record : records) take(record);
      records.clear();
      close_old_ones(last || wanted > flushes_done);
      const std::lock_guard lock(mutex);
      flushes_done = wanted;
      flushed.notify_all();
    }
  }

  // Whatever goes wrong (memory included) is counted, and ends neither the thread nor the process.
  void lost(std::uint64_t records, const char* why) noexcept {
    failed += records;
    try {
      if (!complained) note(upkeep::format("predictions are not logged: {}", why));
    } catch (...) {  // no memory to say so either: the count says it
    }
    complained = true;  // once for each time of trouble
  }

  void take(PredictionRecord& record) noexcept {
    const std::size_t bytes = held_bytes(record);
    try {
      lay_out(record);
    } catch (const std::exception& error) {
      lost(1, error.what());
    } catch (...) {
      lost(1, "unknown error");
    }
    record = {};
    const std::lock_guard lock(mutex);
    buffered_bytes -= std::min(buffered_bytes, bytes);
  }

  // Rows of one record may fill several segments; it is written when all of them are.
  void lay_out(PredictionRecord& record) {
    if (!is_folder_name(record.model)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("no model is called \"{}\"", record.model));
    const std::int64_t rows = LogSegment::rows_of(record);
    if (rows == 0) {
      ++written;
      return;
    }
    const std::size_t bytes_of_row = 200 + held_bytes(record) / static_cast<std::size_t>(rows);
    const auto step = static_cast<std::int64_t>(std::max<std::size_t>(1, kStepBytes / bytes_of_row));
    LogSegment::convert(record);
    Open& into = open[{record.model, record.version, std::chrono::floor<std::chrono::days>(record.time)}];
    if (!into.segment.fits(record)) close(record.model, record.version, into);
    try {
      add_rows(record, rows, step, into);
    } catch (...) {
      failed += into.records;  // the segment may be half laid out
      into = {};
      throw;
    }
  }

  void add_rows(const PredictionRecord& record, std::int64_t rows, std::int64_t step, Open& into) {
    bool whole = true;
    for (std::int64_t row = 0; row < rows;) {
      if (into.segment.rows() == 0) into.since = std::chrono::steady_clock::now();
      const std::int64_t end = std::min({rows, row + step, row + options.segment_rows - into.segment.rows()});
      into.segment.add(record, row, end);
      row = end;
      if (row == rows && whole) ++into.records;
      const bool full = into.segment.rows() >= options.segment_rows || into.segment.bytes() >= kSegmentBytes;
      if (full && !close(record.model, record.version, into) && row < rows) whole = false;
    }
    if (!whole) ++failed;
  }

  void close_old_ones(bool all) noexcept {
    const auto now = std::chrono::steady_clock::now();
    for (auto one = open.begin(); one != open.end();) {
      if (!all && now - one->second.since < std::chrono::duration<double>(options.segment_seconds)) {
        ++one;
        continue;
      }
      close(one->first.model, one->first.version, one->second);
      one = open.erase(one);
    }
  }

  bool close(const std::string& model, std::int64_t version, Open& from) noexcept {
    const std::uint64_t records = std::exchange(from.records, 0);
    if (from.segment.rows() == 0) return true;
    try {
      const LogTime first = from.segment.first_time();
      write(model, version, first, from.segment.finish());
      written += records;
      complained = false;
      return true;
    } catch (const std::exception& error) {
      lost(records, error.what());
    } catch (...) {
      lost(records, "unknown error");
    }
    from.segment = {};
    return false;
  }

  const ReferenceProfile* reference_of(const std::string& model, std::int64_t version) {
    if (!options.reference) return nullptr;
    const auto [known, fresh] = references.try_emplace({model, version});
    if (fresh) {
      try {
        known->second = options.reference(model, version);
      } catch (const std::exception& error) {
        note(upkeep::format("{}:{} is logged without profiles: {}", model, version, error.what()));
      }
    }
    return known->second.get();
  }

  void write(const std::string& model, std::int64_t version, LogTime first, SegmentTable segment) {
    const fs::path folder = prediction_partition(options.folder / model, version, first);
    std::optional<SegmentProfile> profile;
    if (const ReferenceProfile* reference = reference_of(model, version); reference && reference->fits(segment.table))
      profile = profile_of(segment.table, *reference, segment.missing);
    const std::string bytes =
        sources::parquet_bytes(segment.table, {.missing = std::move(segment.missing), .notes = {}, .key = "request_id"});
    segment.table = {};
    const auto write = [&] {
      fs::create_directories(folder);
      const fs::path file = folder / new_file_name(first);
      if (profile) write_profile(*profile, file);
      write_new_file(file, bytes);
    };
    try {
      write();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      write();  // the folder expired in between
    }
  }
};

PredictionLog::PredictionLog(const PredictionLogOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->options.segment_rows = std::max<std::int64_t>(options.segment_rows, 1);
  state_->buffer.reserve(std::min<std::size_t>(options.buffer_records, 8192));
  std::error_code problem;
  fs::create_directories(options.folder, problem);
  if (problem)
    throw Error(ErrorCode::kIo,
                upkeep::format("cannot make folder \"{}\" for the prediction log: {}", options.folder.string(), problem.message()));
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
  state_->offered.fetch_add(1, std::memory_order_relaxed);
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

const fs::path& PredictionLog::folder() const { return state_->options.folder; }
std::uint64_t PredictionLog::offered() const { return state_->offered; }
std::uint64_t PredictionLog::dropped() const { return state_->dropped; }
std::uint64_t PredictionLog::written() const { return state_->written; }
std::uint64_t PredictionLog::failed() const { return state_->failed; }

}  // namespace upkeep
