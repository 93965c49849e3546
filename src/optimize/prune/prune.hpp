// Pruning: what a model needs least is taken out, down to an exact count.
//
// Elements: weights are set to zero. The zeros are recorded in the model's metadata (kPrunedKey), so that further training keeps them. It
// makes a model compress better, not run faster: stock runtimes multiply by zero like by any other number.
//
// Channels (units, filters, heads): taken out of the graph, with all that belongs to them (optimize/removal). Smaller and faster.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/inherited.hpp"
#include "optimize/pass.hpp"
#include "train/weight_gradients.hpp"

namespace upkeep::pruning {

// How much, the same for all methods.
struct Amount {
  double sparsity = 0.5;
  std::string scope = "layer";
  std::vector<std::string> weights;
};

// The settings of a method: Amount, then its own.
template <typename T, typename... Fields>
Settings method_settings(std::string name, std::string help, Fields... own) {
  return describe<T>(
      std::move(name), std::move(help),
      inherited<T>("sparsity", &Amount::sparsity, "part of the elements, or of the channels, that goes", range(0.0, 1.0, Ends::kOpenRight)),
      inherited<T>("scope", &Amount::scope, "rank within each weight tensor or group of channels, or over all together",
                   one_of({"layer", "global"})),
      inherited<T>("weights", &Amount::weights, "names or patterns such as dense_1/* (default: every kernel)"), own...);
}

// What a method may look at of one weight. Spans have one entry per element, in order.
struct Evidence {
  const std::string& weight;
  std::span<const float> values;
  std::span<const float> gradient;         // of the loss, mean over batches; empty where the method does not ask for gradients
  std::span<const float> gradient_square;  // mean of the squares
};

// Which constants tell what a channel is worth.
enum class Judges { kKernels, kNormalizationScales };

// How a method, with its settings, ranks what can go.
struct Ranking {
  Amount amount;
  bool needs_gradients = false;
  bool adds_up = false;  // a channel's score is the absolute sum of its elements' scores, else their mean
  Judges judges = Judges::kKernels;
  // One score per element. The lowest go first, equal ones by index. Elements that are zero already go before all others.
  std::function<std::vector<double>(const Evidence& evidence)> scores;
};

struct PruneEntry {
  std::string name;  // "magnitude"
  std::string help;
  Settings settings;
  std::function<Ranking(const Json& settings)> ranking;
};
using PruneCatalog = Catalog<PruneEntry>;
const PruneCatalog& catalog();

// A method that has no settings of its own, and ranks as `ranking` says but for the amount.
PruneEntry plain_method(std::string name, std::string help, Ranking ranking);
// Scores from each element by itself; gradients are 0 where the method does not ask for them.
std::function<std::vector<double>(const Evidence& evidence)> by_element(double (*score)(double weight, double gradient, double square));

using Gradients = std::map<std::string, WeightGradient>;

// Which initializers may be pruned. A layered model: the trainable weights of rank 2 and more (kernels), or whatever a pattern names.
// A foreign graph: floating initializers of rank 2 and more that a Gemm, MatMul, Conv or ConvTranspose reads.
std::vector<std::string> prunable(const Model& model, const std::vector<std::string>& patterns);
// The scores of a weight's elements. Throws Error{kInvalidArgument} where it is not finite, {kFailedPrecondition} where the method needs a
// gradient that there is not.
std::vector<double> scores_of(const Ranking& ranking, const std::string& weight, const Tensor& tensor, const Gradients& gradients);
// So many of `size`, rounded to the nearest whole number (halves up).
std::size_t share_of(double part, std::size_t size);

}  // namespace upkeep::pruning

namespace upkeep {

// Both work in place: whole or, on an Error, not at all. `gradients` are those of weight_gradients() for methods that need them.
bool needs_gradients(const NamedSettings& method);

// Weights that are already sparser than asked stay as they are.
// facts: {"method", "settings", "weights": [{"name", "size", "zeros_before", "zeros"}], "size", "zeros_before", "zeros", "sparsity"}
Change prune_elements(Model& model, const NamedSettings& method, const pruning::Gradients& gradients = {});

struct ChannelPruning {
  std::int64_t round_to = 1;  // as many channels are left as a multiple of it, rounded up; groups that are smaller than it stay whole
  double most = 0.9;          // with scope=global: no group loses a larger part
};
// Groups of channels that can only go together (optimize/removal/coupling.hpp) lose their lowest; channels on which no answer depends go in
// any case. The layers keep their names and settings
// where their widths say all; else they are recognised anew where somebody asks for them.
// facts: {"method", "settings", "groups": [{"name", "channels", "kept", "weights": [...]}], "channels", "kept", "dead",
//         "parameters_before", "parameters", "layers": "kept" or "recognised anew"}
// Throws Error{kInvalidArgument} where nothing can go: the hint says what holds the channels.
Change prune_channels(Model& model, const NamedSettings& method, const ChannelPruning& options = {},
                      const pruning::Gradients& gradients = {});

}  // namespace upkeep
