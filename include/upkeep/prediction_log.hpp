// The prediction log: what a model answered, row by row, in Parquet files that any engine opens as one table, and what turned out to be
// true.
//
// LOG/MODEL/predictions/version=V/date=YYYY-MM-DD/<time>-<random>.parquet, a row for each row of a batch:
//   request_id, row (int32), time (timestamp in microseconds, UTC), model, latency_us (int64), error (empty: answered), in.<COLUMN> for
//   each feature of the model's signature, in.<INPUT>.<i> for the elements of other inputs, out.<OUTPUT>.<i>, in the types of the
//   signature. Of a tensor of more than 1024 elements in a row: in.<INPUT>.min, .max, .mean, .std, .missing. What a record lacks has no
//   value.
// LOG/MODEL/labels/date=YYYY-MM-DD/<time>-<random>.parquet, by date of arrival:
//   request_id, row (no value: not said), time (when it was known), label (a number) or label_text, source, arrived, output (empty: the one
//   that the model is judged by).
// Beside NAME.parquet may lie _NAME.profile: counts of its rows, which readers of tables pass over.
// version and date stand in the path only. A file appears under its name when it is whole and on disk; any number of processes, containers
// and hosts may write to one folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "upkeep/signature.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

using LogTime = std::chrono::sys_time<std::chrono::microseconds>;

struct PredictionRecord {
  std::string request_id;
  LogTime time{};
  std::string model;
  std::int64_t version = 0;
  std::int64_t latency_us = 0;
  std::string error;
  Tensors inputs;                              // batches have their rows along the first axis
  Tensors outputs;                             // empty where there is an error
  std::shared_ptr<const Signature> signature;  // of that version; null: columns are in.<INPUT>.<i> and out.<OUTPUT>.<i>
};

struct ReferenceProfile;  // the cells of a model's reference, which its registry keeps

struct PredictionLogOptions {
  std::filesystem::path folder;
  std::size_t buffer_records = 8192;                  // beyond it, records are dropped and counted; offer() never waits
  std::size_t buffer_bytes = std::size_t{256} << 20;  // held by records that are not written yet, likewise
  std::int64_t segment_rows = 50'000;
  double segment_seconds = 5;  // a segment is closed at the latest after this
  // The reference of a version, over whose cells each segment is counted into a profile beside it; null, or none: no profiles. Asked by the
  // log's thread, once for each version.
  std::function<std::shared_ptr<const ReferenceProfile>(const std::string& model, std::int64_t version)> reference;
};

// Writes on a thread of its own. All methods may be called from any thread.
class PredictionLog {
 public:
  // Makes the folder. Throws Error{kIo}.
  explicit PredictionLog(const PredictionLogOptions& options);
  ~PredictionLog();                              // flushes
  bool offer(PredictionRecord record) noexcept;  // false: dropped
  void flush();                                  // waits until everything offered so far is on disk, or is counted as failed
  const std::filesystem::path& folder() const;
  // In records: offered = written + dropped + failed + what is still on its way.
  std::uint64_t offered() const;
  std::uint64_t dropped() const;
  std::uint64_t written() const;
  std::uint64_t failed() const;  // lost to a full disk and the like

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Which part of a log is read. Files of other versions and days are not opened, other columns are not read.
struct PredictionQuery {
  LogTime since = LogTime::min();  // both ends included
  LogTime until = LogTime::max();
  std::optional<std::int64_t> version;
  std::vector<std::string> columns;  // those the log has of them; empty: all
};

// Columns of equal length, by name. Missing: NaN in numbers, "" in texts; whole numbers with gaps are float64.
using LoggedColumns = std::vector<std::pair<std::string, Tensor>>;

// The predictions of a model in order of their files; beside the files' columns: version int64, time int64 microseconds since 1970.
// Throws Error{kNotFound} when nothing was ever logged for the model; an unreadable file is an Error that names it.
LoggedColumns logged_predictions(const std::filesystem::path& folder, const std::string& model, const PredictionQuery& query = {});

struct Label {
  std::string request_id;
  std::optional<std::int32_t> row;  // of the batch; may be left out where the request has one row, or labels for all of them in order
  std::variant<double, std::string> value;
  std::optional<LogTime> time;  // when it was known; default: now
  std::string source;
  std::string output = {};  // of a model with several; empty: the one it is judged by
};

struct LabelCounts {
  std::int64_t labels = 0;     // given
  std::int64_t matched = 0;    // their prediction is in the log
  std::int64_t unmatched = 0;  // kept: their prediction may be on its way
  std::int64_t ambiguous = 0;  // left out: the id stands for several logged requests
  std::int64_t replaced = 0;   // matched or unmatched, and a later one among these labels is of the same row and output
};

// Appends labels, durably. What arrives last counts, whatever its time. Throws Error{kInvalidArgument} of a label that is missing, of
// labels without a row that cannot be told apart, of an output that the logged predictions do not have, and where all of them are
// ambiguous; nothing is then appended.
LabelCounts append_labels(const std::filesystem::path& folder, const std::string& model, const std::vector<Label>& labels);

// The label that counts of each request, row and output, in order of arrival: request_id, row (int32; -1: not said), time, label (float64,
// or texts where one is a text), source, arrived (int64 microseconds), output. No rows when there are none.
LoggedColumns logged_labels(const std::filesystem::path& folder, const std::string& model);

}  // namespace upkeep
