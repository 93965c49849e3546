#include "maintain/monitor/window.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "log/reader.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

// No rows, but the columns that every log has.
bool is_empty(const Table& table) { return table.rows() == 0; }

void check_columns(const Table& predictions) {
  for (const char* column : {"request_id", "row", "time", "version", "latency_us", "error"})
    if (!predictions.has(column))
      throw Error(ErrorCode::kCorrupt, upkeep::format("the prediction log has no column \"{}\"", column),
                  "is the folder a prediction log?");
}

Table labels_until(const Table& labels, TimePoint until) {
  if (is_empty(labels) || until == TimePoint::max() || !labels.has("time")) return labels;
  const std::vector<std::int64_t> times = integers(labels.column("time"));
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] <= until.time_since_epoch().count()) kept.push_back(static_cast<std::int64_t>(i));
  return labels.take(kept);
}

TimePoint at(std::int64_t microseconds) { return TimePoint(std::chrono::microseconds(microseconds)); }

template <typename T>
std::vector<T> picked(const std::vector<T>& values, const std::vector<std::int64_t>& rows) {
  std::vector<T> some;
  some.reserve(rows.size());
  for (const std::int64_t row : rows) some.push_back(values[static_cast<std::size_t>(row)]);
  return some;
}

}  // namespace

std::string version_text(std::int64_t version, const VersionNames& names) {
  const auto name = names.find(version);
  return name == names.end() ? std::to_string(version) : name->second;
}

Json version_json(std::int64_t version, const VersionNames& names) {
  return names.empty() ? Json(version) : Json(version_text(version, names));
}

bool JoinedLog::failed(std::int64_t row) const { return !predictions.column("error").strings()[static_cast<std::size_t>(row)].empty(); }

JoinedLog JoinedLog::take(const std::vector<std::int64_t>& rows) const {
  if (rows.empty()) return {.labels = labels};
  JoinedLog some{.predictions = predictions.take(rows),
                 .labels = labels,
                 .label_rows = picked(label_rows, rows),
                 .times = picked(times, rows),
                 .versions = picked(versions, rows),
                 .version_names = version_names,
                 .ambiguous = ambiguous,
                 .unmatched = unmatched};
  for (const auto& [output, its] : other_labels) some.other_labels.emplace(output, picked(its, rows));
  return some;
}

std::vector<std::int64_t> answered_rows(const JoinedLog& log, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> answered;
  if (rows.empty()) return answered;
  answered.reserve(rows.size());
  const std::vector<std::string>& errors = log.predictions.column("error").strings();
  std::ranges::copy_if(rows, std::back_inserter(answered), [&](std::int64_t row) { return errors[static_cast<std::size_t>(row)].empty(); });
  return answered;
}

Table predictions_of(const JoinedLog& log, const std::vector<std::int64_t>& rows) {
  return std::ssize(rows) == log.rows() ? log.predictions : log.predictions.take(rows);
}

JoinedLog JoinedLog::labelled_for(const std::string& output) const {
  JoinedLog log = *this;
  log.label_rows = other_labels.at(output);
  return log;
}

JoinedLog join_labels(Table predictions, Table labels, const std::string& judged) {
  if (is_empty(predictions)) return {.labels = std::move(labels)};
  check_columns(predictions);
  const std::vector<std::int64_t> times = integers(predictions.column("time"));
  std::vector<std::int64_t> order(times.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {}, [&](std::int64_t row) { return times[static_cast<std::size_t>(row)]; });
  JoinedLog log{.predictions = std::ranges::is_sorted(times) ? std::move(predictions) : predictions.take(order),
                .labels = std::move(labels)};
  const auto join = [&](const std::set<std::string>& outputs) {
    LabelMatch match = match_labels(log.predictions, log.labels, outputs);
    log.ambiguous += match.ambiguous;
    log.unmatched += match.unmatched;
    return std::move(match.label_rows);
  };
  log.label_rows = join({"", judged});
  if (log.labels.has("output")) {
    const std::vector<std::string>& named = log.labels.column("output").strings();
    for (const std::string& output : std::set<std::string>(named.begin(), named.end()))
      if (!output.empty() && output != judged) log.other_labels.emplace(output, join({output}));
  }
  log.times = picked(times, order);
  log.versions = integers(log.predictions.column("version"));
  return log;
}

JoinedLog read_log(const LogQuery& query) {
  return join_labels(
      read_predictions(query.folder, query.model, {.since = query.since, .until = query.until, .version = {}, .columns = query.columns}),
      labels_until(read_labels(query.folder, query.model), query.labels_until), query.judged);
}

std::vector<Window> windows_by_time(std::span<const std::int64_t> times, std::span<const std::int64_t> rows,
                                    std::chrono::microseconds length) {
  std::vector<Window> windows;
  if (rows.empty()) return windows;
  const auto width = length.count();
  const auto slot = [&](std::int64_t row) {  // floor, also before 1970
    const std::int64_t time = times[static_cast<std::size_t>(row)];
    return (time >= 0 ? time : time - width + 1) / width;
  };
  const std::int64_t first = slot(rows.front());
  const std::int64_t count = slot(rows.back()) - first + 1;
  if (count > 100'000)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} windows of {} s", count, static_cast<double>(width) / 1e6),
                "at most 100000: choose longer ones");
  for (std::int64_t i = 0; i < count; ++i) windows.push_back({.begin = at((first + i) * width), .end = at((first + i + 1) * width)});
  for (const std::int64_t row : rows) windows[static_cast<std::size_t>(slot(row) - first)].rows.push_back(row);
  return windows;
}

std::vector<Window> windows_by_count(std::span<const std::int64_t> times, std::span<const std::int64_t> rows, std::int64_t count) {
  std::vector<Window> windows;
  const auto size = static_cast<std::size_t>(std::max<std::int64_t>(1, count));
  for (std::size_t begin = 0; begin < rows.size(); begin += size) {
    const std::span<const std::int64_t> part = rows.subspan(begin, std::min(size, rows.size() - begin));
    if (!windows.empty() && part.size() * 2 < size) windows.back().rows.insert(windows.back().rows.end(), part.begin(), part.end());
    else windows.push_back({.rows = {part.begin(), part.end()}});
  }
  for (Window& window : windows) {
    window.begin = at(times[static_cast<std::size_t>(window.rows.front())]);
    window.end = at(times[static_cast<std::size_t>(window.rows.back())] + 1);
  }
  return windows;
}

std::chrono::seconds window_length(TimePoint first, TimePoint last, std::int64_t windows) {
  const double needed = std::chrono::duration<double>(last - first).count() / static_cast<double>(std::max<std::int64_t>(1, windows - 1));
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  constexpr std::array kRound = {std::int64_t{1}, std::int64_t{2}, std::int64_t{5}, std::int64_t{10}, std::int64_t{15}, std::int64_t{30},
                                 kMinute,         2 * kMinute,     5 * kMinute,     10 * kMinute,     15 * kMinute,     30 * kMinute,
                                 kHour,           2 * kHour,       3 * kHour,       6 * kHour,        12 * kHour,       kDay,
                                 2 * kDay,        7 * kDay};
  const auto found = std::ranges::find_if(kRound, [&](std::int64_t length) { return static_cast<double>(length) >= needed; });
  std::int64_t length = found != kRound.end() ? *found : kRound.back();
  while (static_cast<double>(length) < needed) length *= 2;
  return std::chrono::seconds(length);
}

}  // namespace upkeep
