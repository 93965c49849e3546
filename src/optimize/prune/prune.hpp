// Pruning: what a model needs least is taken out, down to an exact count.
//
// Elements, N of M, blocks (optimize/prune/patterns): weights are set to zero. The zeros are recorded in the model's metadata (kPrunedKey),
// so that further training keeps them. It makes a model compress better, not run faster: stock runtimes multiply by zero like by any other
// number.
//
// Channels (units, filters, heads): taken out of the graph, with all that belongs to them (optimize/removal). Smaller and faster.
//
// Layers: residual blocks are left out (optimize/prune/shared/residual_blocks.hpp).
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/inherited.hpp"
#include "optimize/pass.hpp"
#include "optimize/prune/shared/kernel_places.hpp"
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
      inherited<T>("scope", &Amount::scope,
                   "rank within each weight tensor or group of channels, over those that the same operators read, or over all together",
                   one_of({"layer", "isomorphic", "global"})),
      inherited<T>("weights", &Amount::weights, "names or patterns such as dense_1/* (default: every kernel)"), own...);
}

// What a method may look at of one weight. Spans have one entry per element, in order.
struct Evidence {
  const std::string& weight;
  std::span<const float> values;
  std::span<const float> gradient;         // of the loss, mean over batches; empty where the method does not ask for gradients
  std::span<const float> gradient_square;  // mean of the squares
  std::span<const float> activation = {};  // root mean square of what the element multiplies; empty where the method does not ask for it
};

// Which constants tell what a channel is worth.
enum class Judges { kKernels, kMakingKernels, kNormalizationScales };  // making: of which the channel is a filter, not an input

// What a method needs beside the weights.
enum class Needs { kNothing, kGradients, kActivations };

// How a method, with its settings, ranks what can go.
struct Ranking {
  Amount amount;
  Needs needs = Needs::kNothing;
  bool adds_up = false;  // a channel's score is the absolute sum of its elements' scores, else their mean
  Judges judges = Judges::kKernels;
  // One score per element. The lowest go first, equal ones by index. Elements that are zero already go before all others.
  std::function<std::vector<double>(const Evidence& evidence)> scores;
  // Instead, of methods that compare whole channels: one score for each, from the elements of the kernels that judge.
  std::function<std::vector<double>(const std::vector<std::vector<float>>& channels)> channel_scores = nullptr;
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

// By weight, measured on rows.
struct Measured {
  Gradients gradients;
  Activations activations;
};

// Which initializers may be pruned. A layered model: the trainable weights of rank 2 and more (kernels), or whatever a pattern names.
// A foreign graph: floating initializers of rank 2 and more that a Gemm, MatMul, Conv, ConvTranspose, LSTM, GRU or RNN multiplies by.
std::vector<std::string> prunable(const Model& model, const std::vector<std::string>& patterns);
// The scores of a weight's elements. Throws Error{kInvalidArgument} where it is not finite, {kFailedPrecondition} where the method needs a
// gradient or an activation that there is not.
std::vector<double> scores_of(const Ranking& ranking, const std::string& weight, const Tensor& tensor, const Measured& measured);
// The operators that multiply by a weight or add it, "Conv:1 BatchNormalization:2": equal for weights of one kind.
std::string role_of(const Wiring& wiring, const std::string& weight);
// So many of `size`, rounded to the nearest whole number (halves up).
std::size_t share_of(double part, std::size_t size);

}  // namespace upkeep::pruning

namespace upkeep {

pruning::Needs needs_of(const NamedSettings& method);

// Measures what the method needs. Gradients are those of the loss that `compile` says, and name the weights as training does, so that the
// model is brought into that form. Throws Error{kInvalidArgument} where gradients are needed and there is no compile.
pruning::Measured measure(const NamedSettings& method, Model& model, const Dataset& data, const std::optional<Compile>& compile,
                          const WeightGradientOptions& options = {});

// All work in place: whole or, on an Error, not at all. `measured` is what measure() gave for methods that need it.

// Weights that are already sparser than asked stay as they are. `pattern`: of optimize/prune/patterns.
// facts: {"method", "settings", "pattern", "weights": [{"name", "size", "zeros_before", "zeros", "kept"}], "size", "zeros_before", "zeros",
// "sparsity"}; "kept" says why the pattern leaves a weight whole, and is absent of the others.
Change prune_elements(Model& model, const NamedSettings& method, const pruning::Measured& measured = {},
                      const NamedSettings& pattern = {"element", Json::object()});

struct ChannelPruning {
  // As many channels are left as a multiple of it, rounded up; groups that are smaller than it stay whole. 0: 8 where convolutions of 32
  // channels and more read or make them, as their kernels are fast for multiples of 8; else 1.
  std::int64_t round_to = 0;
  double most = 0.9;   // unless scope=layer: no group loses a larger part
  bool heads = false;  // attention heads alone
};
// Groups of channels that can only go together (optimize/removal/coupling.hpp) lose their lowest; channels on which no answer depends go in
// any case. The layers keep their names and settings where their widths say all; else they are recognised anew where somebody asks for
// them.
// facts: {"method", "settings", "groups": [{"name", "unit": "channels" or "heads", "channels": how many, "kept", "weights": [...]}],
// "channels", "kept", "dead",
//         "parameters_before", "parameters", "layers": "kept" or "recognised anew"}
// Throws Error{kInvalidArgument} where nothing can go: the hint says what holds the channels.
Change prune_channels(Model& model, const NamedSettings& method, const ChannelPruning& options = {},
                      const pruning::Measured& measured = {});

}  // namespace upkeep
