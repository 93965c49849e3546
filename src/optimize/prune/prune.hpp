// Pruning: weights set to zero, down to an exact count. The zeros are recorded in the model's metadata (kPrunedKey), so that further
// training keeps them. It makes a model compress better, not run faster: stock runtimes multiply by zero like by any other number.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "optimize/pass.hpp"

namespace upkeep::pruning {

// How a method, with its settings, ranks the elements of the weights.
struct Ranking {
  double sparsity = 0;  // in [0, 1): this part of the elements is zero afterwards, rounded to the nearest whole number (halves up)
  bool global = false;  // one ranking over all weights; else each weight has its own
  std::vector<std::string> weights;  // names or patterns ("dense_1/*"); none: every kernel
  // One score per element, in order; the lowest go first, equal ones by index. Elements that are zero already go before all others.
  std::function<std::vector<double>(const std::string& weight, std::span<const float> values)> scores;
};

struct PruneEntry {
  std::string name;  // "magnitude"
  std::string help;
  Settings settings;
  std::function<Ranking(const Json& settings)> ranking;
};
using PruneCatalog = Catalog<PruneEntry>;
const PruneCatalog& catalog();

// Which initializers may be pruned. A layered model: the trainable weights of rank 2 and more (kernels), or whatever a pattern names.
// A foreign graph: floating initializers of rank 2 and more that a Gemm, MatMul, Conv or ConvTranspose reads.
std::vector<std::string> prunable(const Model& model, const std::vector<std::string>& patterns);

}  // namespace upkeep::pruning

namespace upkeep {

// Prunes in place: whole or, on an Error, not at all. Weights that are already sparser than asked stay as they are.
// facts: {"method", "settings", "weights": [{"name", "size", "zeros_before", "zeros"}], "size", "zeros_before", "zeros", "sparsity"}
Change prune(Model& model, const NamedSettings& method);

}  // namespace upkeep
