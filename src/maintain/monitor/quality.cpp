#include "maintain/monitor/quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/rows.hpp"
#include "metrics/metric.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kWindows = 10;
constexpr std::int64_t kWindowRows = 30;  // an interval over fewer says little

Judged part_of(const Judged& judged, const std::vector<std::int64_t>& part) {
  Judged some{.as = judged.as,
              .threshold = judged.threshold,
              .scores = judged.scores,
              .logits = judged.logits,
              .classes = judged.classes,
              .predictions = take_rows(judged.predictions, part),
              .targets = take_rows(judged.targets, part)};
  for (const std::int64_t i : part) some.rows.push_back(judged.rows[static_cast<std::size_t>(i)]);
  return some;
}

// Of two classes: shares of right answers, and what a score for each class says of the right one.
bool allows_unknown_classes(const std::string& metric) {
  const metrics::MetricEntry& entry = metrics::catalog().at(parse_named(metric).name);
  return entry.name == "accuracy" || entry.name == "binary_accuracy" || entry.name == "equality" || entry.by_class;
}

bool by_class(const std::string& metric) { return metrics::catalog().at(parse_named(metric).name).by_class; }

bool has_unknown_classes(const Judged& judged) {
  if (judged.as == JudgedAs::kNumbers) return false;
  return std::ranges::any_of(doubles(judged.targets), [](double target) { return target < 0; });
}

AnswerFacts facts_of(const Judged& judged) {
  AnswerFacts facts{.threshold = judged.threshold};
  facts.answer = !judged.scores                    ? Answer::kLabel
                 : judged.as == JudgedAs::kNumbers ? Answer::kNumber
                 : judged.as == JudgedAs::kBinary  ? Answer::kBinary
                                                   : Answer::kClasses;
  facts.logits = judged.logits;
  return facts;
}

// Labels of no known class as a class of its own, that is never answered: its score is that of no chance.
Judged with_unknown_class(Judged judged, bool logits) {
  const auto rows = static_cast<std::size_t>(judged.predictions.dim(0)), width = static_cast<std::size_t>(judged.predictions.dim(1));
  const std::vector<double> scores = doubles(judged.predictions);
  std::vector<double> wider;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto begin = scores.begin() + static_cast<std::ptrdiff_t>(row * width), end = begin + static_cast<std::ptrdiff_t>(width);
    wider.insert(wider.end(), begin, end);
    wider.push_back(logits ? *std::min_element(begin, end) - 50 : 0);
  }
  std::vector<std::int64_t> targets = integers(judged.targets);
  for (std::int64_t& target : targets)
    if (target < 0) target = static_cast<std::int64_t>(width);
  judged.predictions =
      Tensor({judged.predictions.dim(0), judged.predictions.dim(1) + 1}, std::move(wider)).cast(judged.predictions.dtype());
  judged.targets = Tensor(judged.targets.shape(), std::move(targets));
  return judged;
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
  return {.rows = static_cast<std::int64_t>(part.size()), .metrics = estimate_judged(metrics, part_of(judged, part), options)};
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

std::vector<std::string> default_metrics(JudgedAs as) {
  return as == JudgedAs::kNumbers ? std::vector<std::string>{"mae", "rmse"} : std::vector<std::string>{"accuracy"};
}

bool fits(const std::string& metric, JudgedAs as) {
  return (metrics::catalog().at(parse_named(metric).name).judges == metrics::Judges::kNumbers) == (as == JudgedAs::kNumbers);
}

QualityOptions of_other(QualityOptions options, const std::string& output) {
  if (const auto own = options.other_metrics.find(output); own != options.other_metrics.end()) options.metrics = own->second;
  options.several = true;
  return options;
}

std::vector<std::string> metrics_for(const QualityOptions& options, JudgedAs as) {
  std::vector<std::string> metrics = options.metrics, more = options.more_metrics;
  const auto unfit = [&](const std::string& metric) { return options.several && !fits(metric, as); };
  std::erase_if(metrics, unfit);
  std::erase_if(more, unfit);
  return with_more(metrics.empty() ? default_metrics(as) : metrics, more);
}

std::vector<Estimate> estimate_judged(const std::vector<std::string>& metrics, const Judged& judged, const EstimateOptions& options) {
  EstimateOptions how = options;
  how.answers = facts_of(judged);
  how.exact_auc = true;
  const bool unknown_classes = has_unknown_classes(judged);
  const bool third_class = judged.classes == 2 && (unknown_classes || judged.as == JudgedAs::kLabels);
  const Judged given = unknown_classes && judged.as != JudgedAs::kBinary ? with_unknown_class(judged, how.answers.logits) : judged;
  std::vector<Estimate> estimates;
  for (const std::string& metric : metrics) {
    Estimate one{.metric = metric, .higher_is_better = metrics::make(parse_named(metric)).higher_is_better};
    one.value = std::numeric_limits<double>::quiet_NaN();
    if (third_class && !allows_unknown_classes(metric)) one.unknown = "labels or answers of neither class are among the rows";
    else try {
        const bool right = third_class && !by_class(metric);
        one = estimate({right && judged.as != JudgedAs::kBinary ? "accuracy" : metric}, given.predictions, given.targets, how).front();
        one.metric = metric;
      } catch (const Error& error) {
        one.unknown = error.what();
      }
    if (judged.rows.size() < 2 || std::isnan(one.value)) one.low = one.high = std::numeric_limits<double>::quiet_NaN();
    estimates.push_back(std::move(one));
  }
  return estimates;
}

namespace {

// One version's rows, in its own form.
QualityWindow of_version(const JoinedLog& log, const std::vector<std::int64_t>& rows, const QualityOptions& options) {
  const Judged judged = judge(log, rows, options.outputs);
  const std::vector<std::string> metrics = metrics_for(options, judged.as);
  QualityWindow window{.rows = std::ssize(judged.rows), .metrics = estimate_judged(metrics, judged, options.estimates)};
  if (judged.rows.empty()) return window;
  const auto time = [&](std::int64_t row) { return TimePoint(std::chrono::microseconds(log.times[static_cast<std::size_t>(row)])); };
  window.begin = time(judged.rows.front());
  window.end = time(judged.rows.back()) + std::chrono::microseconds(1);
  return window;
}

}  // namespace

Quality measure_quality(const JoinedLog& log, const std::vector<std::int64_t>& rows, const QualityOptions& options) {
  Quality quality{.confidence = options.estimates.confidence, .version_names = log.version_names};
  for (const std::int64_t row : rows) quality.answered += !log.failed(row);
  const Judged judged = judge(log, rows, options.outputs);
  quality.labelled = static_cast<std::int64_t>(judged.rows.size());
  quality.unusable = judged.unusable;
  quality.unanswered = judged.unanswered;
  quality.unknown_classes = judged.unknown_classes;
  quality.unknown_answers = judged.unknown_answers;
  quality.notes = judged.notes;
  const std::vector<double> waits = delays(log, judged.rows);
  quality.delay_p50_seconds = nearest_rank(waits, 0.5);
  quality.delay_p95_seconds = nearest_rank(waits, 0.95);
  if (judged.rows.empty()) return quality;

  const std::vector<std::string> metrics = metrics_for(options, judged.as);
  quality.metrics = estimate_judged(metrics, judged, options.estimates);

  std::map<std::int64_t, std::vector<std::int64_t>> by_version;
  for (const std::int64_t row : rows)
    if (log.labelled(row) && !log.failed(row)) by_version[log.versions[static_cast<std::size_t>(row)]].push_back(row);
  for (const auto& [version, its] : by_version) {
    QualityWindow window = of_version(log, its, options);
    if (window.rows > 0) quality.versions.emplace_back(version, std::move(window));
  }
  std::vector<std::int64_t> times;
  for (const std::int64_t row : judged.rows) times.push_back(log.times[static_cast<std::size_t>(row)]);
  for (const Window& part : cut(times, options)) {
    QualityWindow window = measured(judged, part.rows, metrics, options.estimates);
    window.begin = part.begin;
    window.end = part.end;
    quality.windows.push_back(std::move(window));
  }
  return quality;
}

Json to_json(const Quality& quality) {
  Json json = {{"output", quality.output.empty() ? Json(nullptr) : Json(quality.output)},
               {"answered", quality.answered},
               {"labelled", quality.labelled},
               {"unmatched", quality.unmatched ? Json(*quality.unmatched) : Json(nullptr)},
               {"unusable", quality.unusable},
               {"unanswered", quality.unanswered},
               {"unknown_classes", quality.unknown_classes},
               {"unknown_answers", quality.unknown_answers},
               {"coverage", quality.coverage()},
               {"label_delay_seconds",
                {{"p50", report::finite_or_null(quality.delay_p50_seconds)}, {"p95", report::finite_or_null(quality.delay_p95_seconds)}}},
               {"confidence", quality.confidence},
               {"metrics", to_json(quality.metrics)},
               {"versions", Json::array()},
               {"windows", Json::array()}};
  for (const auto& [version, window] : quality.versions) {
    json["versions"].push_back({{"version", version_json(version, quality.version_names)}});
    json["versions"].back().update(window_json(window));
  }
  for (const QualityWindow& window : quality.windows) json["windows"].push_back(window_json(window));
  json["reference"] =
      quality.reference_rows > 0 ? Json({{"rows", quality.reference_rows}, {"metrics", to_json(quality.reference)}}) : Json(nullptr);
  return json;
}

}  // namespace upkeep
