// Quality: the log's predictions against the labels that arrived for them, with confidence intervals; in all, by version and over time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyze/analysis.hpp"
#include "maintain/monitor/window.hpp"

namespace upkeep {

// Answers and labels of the same rows, as metrics take them.
struct Judged {
  Tensor predictions;              // [N, K] float32
  Tensor targets;                  // [N, 1] float32, or int64 class indices where K > 1 or the labels are class names
  std::vector<std::int64_t> rows;  // of the log
  std::int64_t unusable = 0;       // labelled rows that are left out: an unknown class name, text for a number, a label that is missing
};
// The labelled, answered rows among `rows`. `output` is the model's ("dense_1"; empty: the log's first), `classes` the names by index (may
// be empty). Throws Error{kNotFound} when the log has no such output.
Judged judge(const JoinedLog& log, const std::vector<std::int64_t>& rows, const std::string& output,
             const std::vector<std::string>& classes);

struct QualityOptions {
  std::string output;
  std::vector<std::string> classes;
  std::vector<std::string> metrics;  // none: mae and rmse, or accuracy
  std::vector<std::string> more_metrics;
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
  std::int64_t answered = 0;  // rows
  std::int64_t labelled = 0;
  std::int64_t unusable = 0;
  double delay_p50_seconds = 0;  // from prediction to label; NaN when unknown
  double delay_p95_seconds = 0;
  double confidence = 0.95;
  std::vector<Estimate> metrics;
  std::vector<std::pair<std::int64_t, QualityWindow>> versions;  // ascending
  std::vector<QualityWindow> windows;
  std::vector<Estimate> reference;  // of the model on the reference table; empty when it was not measured
  std::int64_t reference_rows = 0;

  double coverage() const { return answered == 0 ? 0.0 : static_cast<double>(labelled) / static_cast<double>(answered); }
};

// `rows`: those to judge, in order of time.
Quality measure_quality(const JoinedLog& log, const std::vector<std::int64_t>& rows, const QualityOptions& options);
Json to_json(const Quality& quality);

}  // namespace upkeep
