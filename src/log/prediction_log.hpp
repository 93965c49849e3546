// The prediction log: every answered request as rows of Parquet segments, written beside the request path and never on it.
// Labels are a stream of their own (labels-*.parquet), joined by request id; prediction rows are never changed.
//
// LOG/MODEL/predictions-<UTC time>-<sequence>.parquet, one row per row of a batch:
//   request_id string, row int32, time int64 [microseconds since 1970, UTC], model string, version int64, latency_us int64,
//   error string (empty: answered), in.<INPUT>.<i> float / double / int64 / string, out.<OUTPUT>.<i> ... : the flattened elements of that
//   row (a tensor [N, F] gives F columns); named by the model's feature names where its metadata has them ("upkeep.features": ["age",
//   ...]): in.age, ... A tensor with more than 1024 elements in a row (an image) is left out. What a record lacks is NaN, "" or a number
//   column's missing value.
// LOG/MODEL/labels-<UTC time>-<sequence>.parquet: request_id string, row int32, time int64, label double or string, source string.
// A segment appears under its name only when it is whole. Readers take all segments of a folder in name order.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "data/table.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

struct PredictionRecord {
  std::string request_id;
  TimePoint time{};
  std::string model;
  std::int64_t version = 0;
  std::int64_t latency_us = 0;
  std::string error;
  Tensors inputs;
  Tensors outputs;
  std::vector<std::string> feature_names;  // of a single [N, F] input; may be empty
};

struct PredictionLogOptions {
  std::filesystem::path folder;
  std::size_t buffer_records = 8192;                  // beyond it, records are dropped and counted; the request path never waits
  std::size_t buffer_bytes = std::size_t{256} << 20;  // of tensors, likewise
  std::int64_t segment_rows = 50'000;
  double segment_seconds = 5;  // a segment is closed at the latest after this
};

class PredictionLog {
 public:
  // Makes the folder; sweeps what a killed process left behind. Throws Error{kIo}.
  explicit PredictionLog(const PredictionLogOptions& options);
  ~PredictionLog();                              // flushes
  bool offer(PredictionRecord record) noexcept;  // any thread; false: dropped
  void flush();                                  // waits until everything offered so far is on disk
  // In records: offered = written + dropped + failed + what is still on its way.
  std::uint64_t offered() const;
  std::uint64_t dropped() const;
  std::uint64_t written() const;
  std::uint64_t failed() const;  // lost to a full disk and the like

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All segments of a model's log, as one table with the columns of them all. `since`/`until` by time, both included.
// Throws Error{kNotFound} when nothing was ever logged for the model; an unreadable segment is an Error that names it.
Table read_predictions(const std::filesystem::path& folder, const std::string& model, TimePoint since = TimePoint::min(),
                       TimePoint until = TimePoint::max());

// Appends labels: a table with request_id, optionally row (default 0), label, optionally time (microseconds, or ISO 8601 text; default:
// now) and source. Returns the number of rows. Throws Error{kInvalidArgument}: another column, a label that is missing (with its row);
// nothing is then appended.
std::int64_t append_labels(const std::filesystem::path& folder, const std::string& model, const Table& labels,
                           const Clock& clock = system_clock());
// The newest label of each (request_id, row); of two with the same time, the one that was appended later. No rows when there are none.
Table read_labels(const std::filesystem::path& folder, const std::string& model);

}  // namespace upkeep
