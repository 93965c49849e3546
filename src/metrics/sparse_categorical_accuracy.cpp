// Share of positions where the largest prediction is at the place that the target, a class index, names (Keras: SparseCategoricalAccuracy).

#include "metrics/argmax.hpp"
#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct SparseHits {
  static constexpr auto pair = with_class_indices;
  static constexpr bool kProportion = true;
  static double finish(double mean) { return mean; }
  bool operator==(const SparseHits&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    std::size_t hits = 0;
    for (std::size_t i = 0; i < target.size(); ++i)
      hits += static_cast<double>(argmax(prediction.subspan(i * pairs.classes, pairs.classes))) == target[i];
    return static_cast<double>(hits) / static_cast<double>(target.size());
  }
};

}  // namespace

void add_sparse_categorical_accuracy(MetricCatalog& catalog) {
  catalog.add(mean_entry<SparseHits>({.name = "sparse_categorical_accuracy",
                                      .aliases = {"SparseCategoricalAccuracy"},
                                      .help = "share of right classes; targets are class indices",
                                      .higher_is_better = true,
                                      .judges = Judges::kDecisions,
                                      .by_class = true}));
}

}  // namespace upkeep::metrics
