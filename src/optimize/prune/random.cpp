// Random pruning: the baseline that every other method has to beat. score ~ U[0, 1), from the seed and the weight's name.

#include "base/random.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct RandomPruning {
  double sparsity = 0.5;
  std::string scope = "layer";
  std::vector<std::string> weights;
  std::uint64_t seed = 0;
};

}  // namespace upkeep::pruning

namespace upkeep {

using pruning::RandomPruning;

template <>
inline const Settings settings<RandomPruning> = describe<RandomPruning>(
    "random", "set weights chosen by chance to zero",
    field("sparsity", &RandomPruning::sparsity, "part of the weights that is zero afterwards", range(0.0, 1.0, Ends::kOpenRight)),
    field("scope", &RandomPruning::scope, "the part of each weight tensor by itself, or of all together", one_of({"layer", "global"})),
    field("weights", &RandomPruning::weights, "names or patterns such as dense_1/* (default: every kernel)"),
    field("seed", &RandomPruning::seed, "the same seed chooses the same weights"));

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

Ranking random_ranking(const Json& values) {
  const RandomPruning options = parse<RandomPruning>(values);
  const auto scores = [seed = options.seed](const std::string& weight, std::span<const float> elements) {
    Random random(seed, stream_id("prune"), stream_id(weight));
    std::vector<double> drawn(elements.size());
    for (double& score : drawn) score = random.uniform();
    return drawn;
  };
  return {.sparsity = options.sparsity, .global = options.scope == "global", .weights = options.weights, .scores = scores};
}

}  // namespace

void add_random(PruneCatalog& catalog) {
  const Settings& about = settings<RandomPruning>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = random_ranking});
}

}  // namespace upkeep::pruning
