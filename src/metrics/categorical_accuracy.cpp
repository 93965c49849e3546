// Share of positions where the largest prediction is at the place of the largest target, a one-hot vector (Keras: CategoricalAccuracy).

#include "metrics/argmax.hpp"
#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct CategoricalHits {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = true;
  static double finish(double mean) { return mean; }
  bool operator==(const CategoricalHits&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    std::size_t hits = 0;
    const std::size_t classes = pairs.classes;
    for (std::size_t at = 0; at < prediction.size(); at += classes)
      hits += argmax(prediction.subspan(at, classes)) == argmax(target.subspan(at, classes));
    return static_cast<double>(hits * classes) / static_cast<double>(prediction.size());
  }
};

}  // namespace

void add_categorical_accuracy(MetricCatalog& catalog) {
  catalog.add(mean_entry<CategoricalHits>({.name = "categorical_accuracy",
                                           .aliases = {"CategoricalAccuracy"},
                                           .help = "share of right classes; targets are one-hot",
                                           .higher_is_better = true,
                                           .judges = Judges::kDecisions,
                                           .by_class = true}));
}

}  // namespace upkeep::metrics
