#include "maintain/monitor/quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/rows.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kWindows = 10;
constexpr std::int64_t kWindowRows = 30;  // an interval over fewer says little

// "out.dense_1.0", "out.dense_1.1", ... in order; of the first output when `output` is empty.
std::vector<std::string> output_columns(const Table& log, std::string output) {
  std::vector<std::string> columns;
  for (const auto& [name, values] : log.columns()) {
    if (!name.starts_with("out.")) continue;
    const std::string its = name.substr(4, name.rfind('.') - 4);
    if (output.empty()) output = its;
    if (its == output) columns.push_back(name);
  }
  if (columns.empty())
    throw Error(ErrorCode::kNotFound, upkeep::format("the log has no output \"{}\"", output), "its columns are: " + join(log.names()));
  return columns;
}

// The labels as numbers; NaN where one cannot be used.
std::vector<double> label_numbers(const Tensor& labels, const std::vector<std::string>& classes) {
  if (labels.dtype() != DType::kString) return doubles(labels);
  std::vector<double> numbers;
  for (const std::string& label : labels.strings()) {
    const auto known = std::ranges::find(classes, label);
    double value = std::numeric_limits<double>::quiet_NaN();
    if (known != classes.end()) {
      value = static_cast<double>(known - classes.begin());
    } else if (classes.empty()) {
      const char* end = label.data() + label.size();
      if (const auto [stop, error] = std::from_chars(label.data(), end, value); error != std::errc() || stop != end)
        value = std::numeric_limits<double>::quiet_NaN();
    }
    numbers.push_back(value);
  }
  return numbers;
}

bool usable(double label, std::size_t classes) {
  return std::isfinite(label) && (classes == 0 || (label >= 0 && label < static_cast<double>(classes) && label == std::floor(label)));
}

Tensor gathered(const Table& log, const std::vector<std::string>& columns, const std::vector<std::int64_t>& rows) {
  const std::size_t width = columns.size();
  std::vector<float> values(rows.size() * width);
  for (std::size_t c = 0; c < width; ++c) {
    const std::vector<double> column = doubles(log.column(columns[c]));
    for (std::size_t i = 0; i < rows.size(); ++i) values[i * width + c] = static_cast<float>(column[static_cast<std::size_t>(rows[i])]);
  }
  return Tensor({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(width)}, std::move(values));
}

template <typename T>
Tensor column_of(const std::vector<double>& values) {
  std::vector<T> cast;
  for (const double value : values) cast.push_back(static_cast<T>(value));
  return Tensor({static_cast<std::int64_t>(values.size()), 1}, std::move(cast));
}

// Label time minus prediction time, in seconds, of the judged rows; empty when labels have no time.
std::vector<double> delays(const JoinedLog& log, const std::vector<std::int64_t>& rows) {
  std::vector<double> seconds;
  if (!log.labels.has("time")) return seconds;
  const std::vector<std::int64_t> times = integers(log.labels.column("time"));
  for (const std::int64_t row : rows) {
    const auto label = static_cast<std::size_t>(log.label_rows[static_cast<std::size_t>(row)]);
    seconds.push_back(static_cast<double>(times[label] - log.times[static_cast<std::size_t>(row)]) / 1e6);
  }
  std::ranges::sort(seconds);
  return seconds;
}

double nearest_rank(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  return sorted[static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size()))) - 1];
}

// The estimates of a part of the judged rows, given as indices into them.
QualityWindow measured(const Judged& judged, const std::vector<std::int64_t>& part, const std::vector<std::string>& metrics,
                       const EstimateOptions& options) {
  return {.rows = static_cast<std::int64_t>(part.size()),
          .metrics = estimate(metrics, take_rows(judged.predictions, part), take_rows(judged.targets, part), options)};
}

std::vector<Window> cut(const std::vector<std::int64_t>& times, const QualityOptions& options) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < times.size(); ++i) all.push_back(static_cast<std::int64_t>(i));
  if (options.window.count() > 0) return windows_by_time(times, all, options.window);
  const auto rows = static_cast<std::int64_t>(times.size());
  return windows_by_count(times, all,
                          options.window_rows > 0 ? options.window_rows : std::max(kWindowRows, (rows + kWindows - 1) / kWindows));
}

Json window_json(const QualityWindow& window) {
  return {
      {"begin", to_iso8601(window.begin)}, {"end", to_iso8601(window.end)}, {"rows", window.rows}, {"metrics", to_json(window.metrics)}};
}

}  // namespace

std::vector<std::string> with_more(std::vector<std::string> metrics, const std::vector<std::string>& more) {
  std::ranges::copy_if(more, std::back_inserter(metrics), [&](const std::string& one) { return !std::ranges::contains(metrics, one); });
  return metrics;
}

Judged judge(const JoinedLog& log, const std::vector<std::int64_t>& rows, const std::string& output,
             const std::vector<std::string>& classes) {
  Judged judged;
  std::vector<std::int64_t> labelled;
  std::ranges::copy_if(rows, std::back_inserter(labelled), [&](std::int64_t row) { return log.labelled(row) && !log.failed(row); });
  if (labelled.empty()) return judged;
  const std::vector<std::string> columns = output_columns(log.predictions, output);
  const std::vector<double> labels = label_numbers(log.labels.column("label"), classes);
  const bool indices = columns.size() > 1 || !classes.empty();
  const std::size_t most = !indices ? 0 : columns.size() > 1 ? columns.size() : std::max<std::size_t>(2, classes.size());
  std::vector<double> kept;
  for (const std::int64_t row : labelled) {
    const double label = labels[static_cast<std::size_t>(log.label_rows[static_cast<std::size_t>(row)])];
    if (!usable(label, most)) continue;
    judged.rows.push_back(row);
    kept.push_back(label);
  }
  judged.unusable = static_cast<std::int64_t>(labelled.size() - kept.size());
  judged.predictions = gathered(log.predictions, columns, judged.rows);
  judged.targets = columns.size() > 1 ? column_of<std::int64_t>(kept) : column_of<float>(kept);
  return judged;
}

Quality measure_quality(const JoinedLog& log, const std::vector<std::int64_t>& rows, const QualityOptions& options) {
  Quality quality{.confidence = options.estimates.confidence};
  for (const std::int64_t row : rows) quality.answered += !log.failed(row);
  const Judged judged = judge(log, rows, options.output, options.classes);
  quality.labelled = static_cast<std::int64_t>(judged.rows.size());
  quality.unusable = judged.unusable;
  const std::vector<double> waits = delays(log, judged.rows);
  quality.delay_p50_seconds = nearest_rank(waits, 0.5);
  quality.delay_p95_seconds = nearest_rank(waits, 0.95);
  if (judged.rows.empty()) return quality;

  std::vector<std::string> metrics = options.metrics;
  if (metrics.empty())
    metrics = judged.predictions.dim(1) > 1 ? std::vector<std::string>{"accuracy"} : std::vector<std::string>{"mae", "rmse"};
  metrics = with_more(metrics, options.more_metrics);
  quality.metrics = estimate(metrics, judged.predictions, judged.targets, options.estimates);

  std::map<std::int64_t, std::vector<std::int64_t>> by_version;
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < judged.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(judged.rows[i]);
    by_version[log.versions[row]].push_back(static_cast<std::int64_t>(i));
    times.push_back(log.times[row]);
  }
  const auto at = [&](std::int64_t i) { return TimePoint(std::chrono::microseconds(times[static_cast<std::size_t>(i)])); };
  for (const auto& [version, part] : by_version) {
    QualityWindow window = measured(judged, part, metrics, options.estimates);
    window.begin = at(part.front());
    window.end = at(part.back()) + std::chrono::microseconds(1);
    quality.versions.emplace_back(version, std::move(window));
  }
  for (const Window& part : cut(times, options)) {
    QualityWindow window = measured(judged, part.rows, metrics, options.estimates);
    window.begin = part.begin;
    window.end = part.end;
    quality.windows.push_back(std::move(window));
  }
  return quality;
}

Json to_json(const Quality& quality) {
  Json json = {{"answered", quality.answered},
               {"labelled", quality.labelled},
               {"unusable", quality.unusable},
               {"coverage", quality.coverage()},
               {"label_delay_seconds",
                {{"p50", report::finite_or_null(quality.delay_p50_seconds)}, {"p95", report::finite_or_null(quality.delay_p95_seconds)}}},
               {"confidence", quality.confidence},
               {"metrics", to_json(quality.metrics)},
               {"versions", Json::array()},
               {"windows", Json::array()}};
  for (const auto& [version, window] : quality.versions) {
    json["versions"].push_back({{"version", version}});
    json["versions"].back().update(window_json(window));
  }
  for (const QualityWindow& window : quality.windows) json["windows"].push_back(window_json(window));
  json["reference"] =
      quality.reference_rows > 0 ? Json({{"rows", quality.reference_rows}, {"metrics", to_json(quality.reference)}}) : Json(nullptr);
  return json;
}

}  // namespace upkeep
