// hinge               mean_k max(1 - t * p, 0)                                     (Keras: Hinge)
// squared_hinge       mean_k max(1 - t * p, 0)^2                                   (SquaredHinge)
// categorical_hinge   max(max_k((1 - t) * p) - sum_k(t * p) + 1, 0)                (CategoricalHinge)
//
// Targets are -1 or 1. When all targets that are added together are 0 or 1, they are taken for -1 and 1, as in Keras (not in
// categorical_hinge).

#include <algorithm>

#include "metrics/positions.hpp"

namespace upkeep::metrics {

namespace {

void take_binary_for_signs(Pairs& pairs) {
  if (!std::ranges::all_of(pairs.targets, [](double t) { return t == 0 || t == 1; })) return;
  std::vector<double> signs;
  for (const double t : pairs.targets) signs.push_back(2 * t - 1);
  const Shape shape = pairs.target_tensor.shape();
  pairs.target_tensor = Tensor(shape, std::move(signs));
  pairs.targets = pairs.target_tensor.data<double>();
}

template <int kPower>
struct HingeMean {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  static void prepare(Pairs& pairs) { take_binary_for_signs(pairs); }
  bool operator==(const HingeMean&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    double sum = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) {
      const double distance = std::max(1 - target[i] * prediction[i], 0.0);
      sum += kPower == 2 ? distance * distance : distance;
    }
    return sum / static_cast<double>(prediction.size());
  }
};

struct CategoricalHinge {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const CategoricalHinge&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    double right = 0;
    double wrong = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < prediction.size(); ++i) {
      right += target[i] * prediction[i];
      wrong = std::max(wrong, (1 - target[i]) * prediction[i]);
    }
    return std::max(wrong - right + 1, 0.0);
  }
};

}  // namespace

void add_hinge(MetricCatalog& catalog) {
  catalog.add(position_entry<HingeMean<1>>(
      {.name = "hinge", .aliases = {"Hinge"}, .help = "distance to the right side of a margin", .judges = Judges::kScores}));
  catalog.add(position_entry<HingeMean<2>>({.name = "squared_hinge",
                                            .aliases = {"SquaredHinge"},
                                            .help = "squared distance to the right side of a margin",
                                            .judges = Judges::kScores}));
  catalog.add(position_entry<CategoricalHinge>({.name = "categorical_hinge",
                                                .aliases = {"CategoricalHinge"},
                                                .help = "margin between the right class and the best wrong one",
                                                .judges = Judges::kScores,
                                                .by_class = true}));
}

}  // namespace upkeep::metrics
