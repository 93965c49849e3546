// Share of elements that equal their targets exactly (Keras's class Accuracy; its name "accuracy" means one of three others).

#include "graph/element_types.hpp"
#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

// Whole numbers are compared as such: those above 2^53 differ in less than a step of float64.
template <typename T>
std::vector<double> hits_of(const Tensor& predictions, const Tensor& targets) {
  const std::span<const T> a = predictions.data<T>(), b = targets.data<T>();
  std::vector<double> hits;
  for (std::size_t i = 0; i < a.size(); ++i) hits.push_back(a[i] == b[i] ? 1.0 : 0.0);
  return hits;
}

Pairs equal_or_not(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) {
  Pairs pairs = same_shape(predictions, targets, weights);
  if (!is_integer_type(predictions.dtype()) || !is_integer_type(targets.dtype())) return pairs;
  const bool wide = predictions.dtype() == DType::kUInt64 && targets.dtype() == DType::kUInt64;
  std::vector<double> hits = wide ? hits_of<std::uint64_t>(predictions, targets)
                                  : hits_of<std::int64_t>(predictions.cast(DType::kInt64), targets.cast(DType::kInt64));
  pairs.prediction_tensor = Tensor(predictions.shape(), std::move(hits));
  pairs.target_tensor = Tensor::full<double>(predictions.shape(), 1);
  pairs.predictions = pairs.prediction_tensor.data<double>();
  pairs.targets = pairs.target_tensor.data<double>();
  return pairs;
}

struct EqualElements {
  static constexpr auto pair = equal_or_not;
  static constexpr bool kProportion = true;
  static double finish(double mean) { return mean; }
  bool operator==(const EqualElements&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    std::size_t hits = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) hits += prediction[i] == target[i];
    return static_cast<double>(hits) / static_cast<double>(prediction.size());
  }
};

}  // namespace

void add_equality(MetricCatalog& catalog) {
  catalog.add(mean_entry<EqualElements>({.name = "equality",
                                         .aliases = {},
                                         .help = "share of predictions that equal their targets exactly",
                                         .higher_is_better = true,
                                         .judges = Judges::kDecisions}));
}

}  // namespace upkeep::metrics
