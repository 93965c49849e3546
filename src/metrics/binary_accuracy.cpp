// Share of elements where (y > threshold) equals the target 0 or 1 (Keras: BinaryAccuracy).

#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct BinaryHits {
  double threshold = 0.5;

  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = true;
  static double finish(double mean) { return mean; }
  bool operator==(const BinaryHits&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    std::size_t hits = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) hits += (prediction[i] > pairs.bound(threshold) ? 1.0 : 0.0) == target[i];
    return static_cast<double>(hits) / static_cast<double>(prediction.size());
  }
};

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::BinaryHits> =
    describe<metrics::BinaryHits>("binary_accuracy", "share of right yes-or-no answers",
                                  field("threshold", &metrics::BinaryHits::threshold, "predictions above it count as 1 (0 for logits)"));

}  // namespace upkeep

namespace upkeep::metrics {

void add_binary_accuracy(MetricCatalog& catalog) {
  catalog.add({.name = "binary_accuracy",
               .aliases = {"BinaryAccuracy"},
               .help = "share of right yes-or-no answers",
               .settings = settings<BinaryHits>,
               .higher_is_better = true,
               .make = [](const Json& values) { return std::make_unique<MeanMetric<BinaryHits>>(parse<BinaryHits>(values)); },
               .judges = Judges::kDecisions});
}

}  // namespace upkeep::metrics
