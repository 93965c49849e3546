// Analysis: a model's quality on data with confidence intervals, by slice, and what its mistakes look like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyze/report.hpp"
#include "base/json.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep {

// A metric with the interval [low, high] that covers its true value with the confidence asked for; NaN where there is nothing to tell from.
struct Estimate {
  std::string metric;  // as it was asked for: "mae", "precision:threshold=0.7"
  bool higher_is_better = false;
  double value = 0;
  double low = 0;
  double high = 0;
  std::string definition = {};  // which of several usual ones the metric is by; empty: there is one
  std::string unknown = {};     // why there is no value, where that can be said
};
Json to_json(const Estimate& estimate);
Json to_json(const std::vector<Estimate>& estimates);  // {"mae": {"value", "low", "high", "higher_is_better"}}
std::string to_text(const Estimate& estimate);         // "mae 45.1 [42.0, 48.3]"
// Throws Error{kNotFound} with the metrics there are.
const Estimate& find(const std::vector<Estimate>& estimates, std::string_view metric);

struct EstimateOptions {
  double confidence = 0.95;
  std::uint64_t seed = 0;           // of the bootstrap
  std::optional<Tensor> mask = {};  // [rows, steps]: which steps of the predictions count; absent for all
  bool all_heed_mask = false;       // whether all metrics leave out the others, as Keras 2's do, or those that do so in Keras 3
  AnswerFacts answers = {};         // how metrics judge the predictions, where their settings leave that open (train/judged_metric.hpp)
  bool exact_auc = false;           // one column's AUC by the ranks of all scores, not by Keras's thresholds
};
// `metrics` as in metrics/metric.hpp; one that such answers have no value of says why. Throws Error: an unknown metric, shapes that do not
// fit.
std::vector<Estimate> estimate(const std::vector<std::string>& metrics, const Tensor& predictions, const Tensor& targets,
                               const EstimateOptions& options = {});

// What a model is measured by when nobody says: what it was compiled with; else by its task: mae and rmse for numbers, accuracy for class
// indices.
std::vector<std::string> default_metrics(const Model& model, const Tensor& targets);

// A value per row that rows are grouped by: text as it is, numbers by value where they are few, else by quartile ("[1.5, 2.25)").
std::vector<std::string> slice_values(const Table& table, const std::string& column);

struct AnalysisOptions {
  std::vector<std::string> metrics;       // none: default_metrics()
  std::string slice;                      // what the slices are called, such as the column
  std::vector<std::string> slice_values;  // one per row, or none
  double confidence = 0.95;
  std::uint64_t seed = 0;
  std::int64_t batch_size = 256;
  int threads = 0;  // 0: one per core
};

struct Slice {
  std::string value;
  std::int64_t rows = 0;
  std::vector<Estimate> metrics;
};

struct Analysis {
  std::int64_t rows = 0;                 // that the model answered, which all figures are of
  std::vector<std::int64_t> unanswered;  // rows, from 0, for which its answer is NaN
  double confidence = 0.95;
  std::vector<Estimate> metrics;
  std::string slice;
  std::vector<Slice> slices;  // largest first, at most 50

  // Of models that predict numbers: one pair per row and target (at most 1000, evenly spaced), and the residuals of all rows.
  std::vector<double> targets;
  std::vector<double> predictions;
  report::Histogram residuals;  // prediction - target
  double mean_residual = 0;

  // Of models that predict classes: rows of the class (first) that were taken for another (second).
  std::vector<std::string> classes;
  std::vector<std::vector<std::int64_t>> confusion;
};

// Runs the model once over all rows. Throws Error: no rows, targets that do not fit, slice values of another count.
Analysis analyze(const Model& model, const Dataset& data, const AnalysisOptions& options = {});

Json to_json(const Analysis& analysis);
std::string analysis_page(const std::string& title, const Analysis& analysis);

}  // namespace upkeep
