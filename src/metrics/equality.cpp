// Share of elements that equal their targets exactly (Keras's class Accuracy; its name "accuracy" means one of three others).

#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct EqualElements {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = true;
  static double finish(double mean) { return mean; }
  bool operator==(const EqualElements&) const = default;
  double operator()(std::span<const float> prediction, std::span<const float> target, std::size_t) const {
    std::size_t hits = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) hits += prediction[i] == target[i];
    return static_cast<double>(hits) / static_cast<double>(prediction.size());
  }
};

}  // namespace

void add_equality(MetricCatalog& catalog) {
  catalog.add(mean_entry<EqualElements>(
      {.name = "equality", .aliases = {}, .help = "share of predictions that equal their targets exactly", .higher_is_better = true}));
}

}  // namespace upkeep::metrics
