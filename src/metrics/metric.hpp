// Metrics: mergeable accumulators. Training, analysis, gates and monitoring share them; merging is associative, so intervals, slices,
// threads, windows and ranks all come from it. Not thread-safe: one accumulator per thread, then merge.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::metrics {

// A share of trials that hit. With weights both are effective numbers: trials = (sum w)^2 / sum w^2 (Kish 1965).
struct Proportion {
  double hits = 0;
  double trials = 0;
};

class Metric {
 public:
  virtual ~Metric() = default;
  // predictions [N, ...] of numbers; targets [N, ...] of the same shape, or class indices [N] / [N, 1]; weights [N] or empty (all ones).
  // Throws Error{kInvalidArgument} when the shapes do not go together.
  virtual void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights = {}) = 0;
  virtual void merge(const Metric& other) = 0;        // of the same type and settings
  virtual double value() const = 0;                   // NaN when nothing was added
  virtual std::unique_ptr<Metric> fresh() const = 0;  // same settings, nothing added
  // What value() is a share of, when it is one (accuracy, precision, recall): then its interval has a closed form.
  virtual std::optional<Proportion> proportion() const { return std::nullopt; }
};

// What a metric looks at.
enum class Judges {
  kNumbers,       // how far predictions are from targets
  kScores,        // how well scores tell yes from no, or classes apart
  kDecisions,     // which decisions are right: yes or no, or the class of the largest score
  kClassIndices,  // decisions that are given as the indices of classes
};

struct MetricEntry {
  std::string name;                  // Keras's: "mse", "mae", "accuracy", ...
  std::vector<std::string> aliases;  // "mean_squared_error", "MeanSquaredError"
  std::string help;
  Settings settings;
  bool higher_is_better = false;
  std::function<std::unique_ptr<Metric>(const Json& settings)> make;
  bool heeds_masks = true;  // whether Keras 3's leaves out the steps that a mask of the predictions leaves out
  Judges judges = Judges::kNumbers;
  bool by_class = false;  // needs a score for each class along the last axis: of one number a row it says nothing
};
using MetricCatalog = Catalog<MetricEntry>;
const MetricCatalog& catalog();

// A metric under the name that histories and tables show ("accuracy").
struct NamedMetric {
  std::string name;
  bool higher_is_better = false;
  std::unique_ptr<Metric> metric;
  bool heeds_masks = true;
  bool weighted = false;  // rows count by their sample weights
};
// "mae", "precision:threshold=0.7", ... Keras's rule for "accuracy": binary, categorical or sparse, from the shapes of the first batch.
// Shown under the name that was given ("acc" stays "acc"), or that its setting "name" says. Throws Error{kInvalidArgument}: unknown metric
// or setting, with the candidates.
NamedMetric make(const NamedSettings& text);
// Equal names are told apart as Keras does: "precision", "precision_1".
std::vector<NamedMetric> make_all(const std::vector<std::string>& texts);
// And behind them those that are weighted; where both have one of a name, that is "weighted_mae", as in Keras.
std::vector<NamedMetric> make_all(const std::vector<std::string>& texts, const std::vector<std::string>& weighted);

}  // namespace upkeep::metrics
