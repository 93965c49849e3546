// Magnitude pruning: the smallest weights go first (Han et al. 2015). score = |w|

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct Magnitude {
  double sparsity = 0.5;
  std::string scope = "layer";
  std::vector<std::string> weights;
};

}  // namespace upkeep::pruning

namespace upkeep {

using pruning::Magnitude;

template <>
inline const Settings settings<Magnitude> = describe<Magnitude>(
    "magnitude", "set the smallest weights to zero",
    field("sparsity", &Magnitude::sparsity, "part of the weights that is zero afterwards", range(0.0, 1.0, Ends::kOpenRight)),
    field("scope", &Magnitude::scope, "rank each weight tensor by itself, or all together", one_of({"layer", "global"})),
    field("weights", &Magnitude::weights, "names or patterns such as dense_1/* (default: every kernel)"));

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

std::vector<double> magnitudes(const std::string&, std::span<const float> values) {
  std::vector<double> scores;
  scores.reserve(values.size());
  for (const float value : values) scores.push_back(std::abs(static_cast<double>(value)));
  return scores;
}

Ranking magnitude_ranking(const Json& values) {
  const Magnitude options = parse<Magnitude>(values);
  return {.sparsity = options.sparsity, .global = options.scope == "global", .weights = options.weights, .scores = magnitudes};
}

}  // namespace

void add_magnitude(PruneCatalog& catalog) {
  const Settings& about = settings<Magnitude>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = magnitude_ranking});
}

}  // namespace upkeep::pruning
