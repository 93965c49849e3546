// Random pruning: the baseline that every other method has to beat. score ~ U[0, 1), from the seed and the weight's name.

#include "base/random.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct RandomPruning : Amount {
  std::uint64_t seed = 0;
};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::RandomPruning> = pruning::method_settings<pruning::RandomPruning>(
    "random", "what goes is drawn by chance", field("seed", &pruning::RandomPruning::seed, "the same seed draws the same"));

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

Ranking random_ranking(const Json& values) {
  const RandomPruning options = parse<RandomPruning>(values);
  const auto scores = [seed = options.seed](const Evidence& evidence) {
    Random random(seed, stream_id("prune"), stream_id(evidence.weight));
    std::vector<double> drawn(evidence.values.size());
    for (double& score : drawn) score = random.uniform();
    return drawn;
  };
  return {.amount = options, .scores = scores};
}

}  // namespace

void add_random(PruneCatalog& catalog) {
  const Settings& about = settings<RandomPruning>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = random_ranking});
}

}  // namespace upkeep::pruning
