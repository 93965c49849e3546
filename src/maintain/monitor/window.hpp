// The prediction log as one view: answers in order of time, each with its newest label, cut into windows by time or by count.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "data/table.hpp"
#include "maintain/monitor/feature_columns.hpp"

namespace upkeep {

// What versions are called where that is no number: logs of other systems name them as they like. None: all are numbers.
using VersionNames = std::map<std::int64_t, std::string>;
std::string version_text(std::int64_t version, const VersionNames& names);
Json version_json(std::int64_t version, const VersionNames& names);  // a number, or a text

// Predictions joined with labels by (request_id, row). Rows are in order of time, equal times in the log's order.
struct JoinedLog {
  Table predictions;  // columns as in the log (upkeep/prediction_log.hpp)
  Table labels;
  std::vector<std::int64_t> label_rows;  // per prediction: its row of `labels`, or -1; of the output that the model is judged by
  std::map<std::string, std::vector<std::int64_t>> other_labels = {};  // the same of other outputs, by their names
  std::vector<std::int64_t> times;                                     // per prediction: microseconds since 1970
  std::vector<std::int64_t> versions;                                  // per prediction
  VersionNames version_names = {};
  std::int64_t ambiguous = 0;  // labels of the whole log that could mean several answers, and count for none
  std::int64_t unmatched = 0;  // labels of none of these predictions

  std::int64_t rows() const { return static_cast<std::int64_t>(times.size()); }
  bool failed(std::int64_t row) const;  // the request was answered with an error
  bool labelled(std::int64_t row) const { return label_rows[static_cast<std::size_t>(row)] >= 0; }
  JoinedLog take(const std::vector<std::int64_t>& rows) const;
  // With the labels of one of the other outputs in place.
  JoinedLog labelled_for(const std::string& output) const;
};

// Those of `rows` whose request was answered without an error, and their predictions (the log's own table where that is all of it).
std::vector<std::int64_t> answered_rows(const JoinedLog& log, const std::vector<std::int64_t>& rows);
Table predictions_of(const JoinedLog& log, const std::vector<std::int64_t>& rows);

// `judged`: the output whose labels may name it or no output; empty: labels name none of it.
// Throws Error{kCorrupt} when a column that every log has is absent.
JoinedLog join_labels(Table predictions, Table labels, const std::string& judged = {});

struct LogQuery {
  std::filesystem::path folder;  // holds MODEL/
  std::string model;
  TimePoint since = TimePoint::min();  // both ends included; labels may come later, up to `labels_until`
  TimePoint until = TimePoint::max();
  TimePoint labels_until = TimePoint::max();
  std::string judged = {};                // as of join_labels()
  std::vector<std::string> columns = {};  // that are read; none: all
};
JoinedLog read_log(const LogQuery& query);

struct Window {
  TimePoint begin{};
  TimePoint end{};                 // [begin, end)
  std::vector<std::int64_t> rows;  // of the log
};
// Windows of equal length that start at multiples of it, from the first row's to the last row's; empty ones stay.
// Throws Error{kInvalidArgument} when there would be more than 100,000.
std::vector<Window> windows_by_time(std::span<const std::int64_t> times, std::span<const std::int64_t> rows,
                                    std::chrono::microseconds length);
// Windows of `count` rows each in order of time; a rest smaller than half of that joins the last one.
std::vector<Window> windows_by_count(std::span<const std::int64_t> times, std::span<const std::int64_t> rows, std::int64_t count);
// The shortest of 1, 2, 5, 10, 15, 30 s, min, and 1, 2, 3, 6, 12 h, 1, 2, 7 days (then doubling) that gives at most `windows` windows.
std::chrono::seconds window_length(TimePoint first, TimePoint last, std::int64_t windows);

}  // namespace upkeep
