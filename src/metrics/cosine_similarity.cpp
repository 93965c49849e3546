// Cosine of the angle between prediction and target along the last axis (Keras: CosineSimilarity); 0 where one of them is zero.

#include <cmath>

#include "metrics/positions.hpp"

namespace upkeep::metrics {

namespace {

struct Cosine {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const Cosine&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    double both = 0, predictions = 0, targets = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) {
      both += prediction[i] * target[i];
      predictions += prediction[i] * prediction[i];
      targets += target[i] * target[i];
    }
    return both / (std::max(std::sqrt(predictions), kEpsilon) * std::max(std::sqrt(targets), kEpsilon));
  }
};

}  // namespace

void add_cosine_similarity(MetricCatalog& catalog) {
  catalog.add(position_entry<Cosine>({.name = "cosine_similarity",
                                      .aliases = {"CosineSimilarity"},
                                      .help = "cosine of the angle between prediction and target",
                                      .higher_is_better = true}));
}

}  // namespace upkeep::metrics
