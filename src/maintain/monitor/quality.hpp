// Quality: the log's predictions against the labels that arrived for them, with confidence intervals; in all, by version and over time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyze/analysis.hpp"
#include "maintain/monitor/judged.hpp"
#include "maintain/monitor/window.hpp"

namespace upkeep {

struct QualityOptions {
  JudgedOutputs outputs;
  std::vector<std::string> metrics;                                    // none: mae and rmse, or accuracy
  std::map<std::string, std::vector<std::string>> other_metrics = {};  // of other outputs
  std::vector<std::string> more_metrics;                               // beside those, also where none of them are asked for
  bool several = false;                                                // other outputs are judged by the metrics that fit them
  EstimateOptions estimates;
  std::int64_t window_rows = 0;    // labelled rows in a window; 0: a tenth of them, at least 30
  std::chrono::seconds window{0};  // or windows of this length
};

// `metrics`, and those of `more` that are not among them.
std::vector<std::string> with_more(std::vector<std::string> metrics, const std::vector<std::string>& more);

struct QualityWindow {
  TimePoint begin{};
  TimePoint end{};
  std::int64_t rows = 0;
  std::vector<Estimate> metrics;
};

struct Quality {
  std::string output;         // that is judged; empty where no signature says it
  std::int64_t answered = 0;  // rows
  std::int64_t labelled = 0;
  std::optional<std::int64_t> unmatched;  // labels of no logged prediction, where the whole log was read
  std::int64_t unusable = 0;              // labels that could not be used
  std::int64_t unanswered = 0;            // labelled rows to which the model's answer is missing
  std::int64_t unknown_classes = 0;       // labels of no class that the model knows, which count as errors
  std::int64_t unknown_answers = 0;       // answers of such classes
  std::vector<std::string> notes;         // what could not be judged beside those
  double delay_p50_seconds = 0;           // from prediction to label; NaN when unknown
  double delay_p95_seconds = 0;
  double confidence = 0.95;
  std::vector<Estimate> metrics;
  std::vector<std::pair<std::int64_t, QualityWindow>> versions;  // ascending
  VersionNames version_names = {};
  std::vector<QualityWindow> windows;
  std::vector<Estimate> reference;  // of the model on the reference table; empty when it was not measured
  std::int64_t reference_rows = 0;

  double coverage() const { return answered == 0 ? 0.0 : static_cast<double>(labelled) / static_cast<double>(answered); }
};

// The metrics of answers and labels. One row has a value and no interval. Where labels of no known class are among the rows, answers of two
// classes have no other metrics than the shares of right answers. What has no value says why. Throws Error{kInvalidArgument}: an unknown
// metric.
std::vector<Estimate> estimate_judged(const std::vector<std::string>& metrics, const Judged& judged, const EstimateOptions& options);
// What answers are measured by where nobody says.
std::vector<std::string> default_metrics(JudgedAs as);
// What they are measured by: of those that are asked for the ones that fit them, where other outputs are judged too.
std::vector<std::string> metrics_for(const QualityOptions& options, JudgedAs as);
// The same for an output beside the judged one.
QualityOptions of_other(QualityOptions options, const std::string& output);
// Whether a metric is of such answers: distances of numbers, everything else of classes.
bool fits(const std::string& metric, JudgedAs as);

// `rows`: those to judge, in order of time.
Quality measure_quality(const JoinedLog& log, const std::vector<std::int64_t>& rows, const QualityOptions& options);
Json to_json(const Quality& quality);

}  // namespace upkeep
