// Share of positions where the true class is among the k largest predictions: fewer than k are larger (Keras: TopKCategoricalAccuracy, and
// SparseTopKCategoricalAccuracy for class indices). With predictions that are no finite numbers there is no hit.

#include <cmath>

#include "metrics/argmax.hpp"
#include "metrics/positions.hpp"

namespace upkeep::metrics {

namespace {

double in_top_k(std::span<const double> prediction, std::size_t index, std::int64_t k) {
  if (index >= prediction.size() || !std::isfinite(prediction[index])) return 0.0;
  return std::ranges::count_if(prediction, [&](double p) { return p > prediction[index]; }) < k ? 1.0 : 0.0;
}

struct TopK {
  std::int64_t k = 5;
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = true;
  bool operator==(const TopK&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    return in_top_k(prediction, argmax(target), k);
  }
};

struct SparseTopK {
  std::int64_t k = 5;
  static constexpr auto pair = with_class_indices;
  static constexpr bool kProportion = true;
  bool operator==(const SparseTopK&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    return target[0] < 0 ? 0.0 : in_top_k(prediction, static_cast<std::size_t>(target[0]), k);
  }
};

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::TopK> =
    describe<metrics::TopK>("top_k_categorical_accuracy", "share of true classes among the k best",
                            field("k", &metrics::TopK::k, "how many answers are allowed", range(1, 1e9)));
template <>
inline const Settings settings<metrics::SparseTopK> =
    describe<metrics::SparseTopK>("sparse_top_k_categorical_accuracy", "share of true classes among the k best",
                                  field("k", &metrics::SparseTopK::k, "how many answers are allowed", range(1, 1e9)));

}  // namespace upkeep

namespace upkeep::metrics {

void add_top_k_categorical_accuracy(MetricCatalog& catalog) {
  catalog.add(described_position_entry<TopK>({.name = "top_k_categorical_accuracy",
                                              .aliases = {"TopKCategoricalAccuracy"},
                                              .help = "share of true classes among the k best; targets are one-hot",
                                              .higher_is_better = true,
                                              .judges = Judges::kScores,
                                              .by_class = true}));
  catalog.add(described_position_entry<SparseTopK>({.name = "sparse_top_k_categorical_accuracy",
                                                    .aliases = {"SparseTopKCategoricalAccuracy"},
                                                    .help = "share of true classes among the k best; targets are class indices",
                                                    .higher_is_better = true,
                                                    .judges = Judges::kScores,
                                                    .by_class = true}));
}

}  // namespace upkeep::metrics
