#include "optimize/quantize/shared/equalize.hpp"

#include <algorithm>
#include <cmath>

#include "optimize/quantize/shared/integers.hpp"

namespace upkeep::quantization {

namespace {

constexpr int kMostSweeps = 20;
constexpr double kSettled = 1e-3;

// A weight seen from its channels: those of the output or those of the input.
struct Side {
  std::string weight;
  std::size_t axis = 0;
  std::size_t channels = 0;
};

class WeightEditor {
 public:
  explicit WeightEditor(Model& model) : model_(model) {}

  std::vector<double> magnitudes(const Side& side) const {
    const Tensor& tensor = *model_.graph.initializer(side.weight);
    std::vector<double> largest(side.channels, 0);
    each(tensor, side, [&](std::size_t element, std::size_t channel) {
      largest[channel] = std::max(largest[channel], std::abs(static_cast<double>(tensor.floats()[element])));
    });
    return largest;
  }

  void multiply(const Side& side, const std::vector<double>& factors) {
    Tensor& tensor = *model_.graph.initializer(side.weight);
    std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
    each(tensor, side, [&](std::size_t element, std::size_t channel) {
      values[element] = static_cast<float>(static_cast<double>(values[element]) * factors[channel]);
    });
    tensor = Tensor(tensor.shape(), std::move(values));
  }

 private:
  template <typename Work>
  static void each(const Tensor& tensor, const Side& side, Work work) {
    const Along parts = along(tensor.shape(), side.axis);
    std::size_t element = 0;
    for (std::size_t outer = 0; outer < parts.outer; ++outer)
      for (std::size_t channel = 0; channel < parts.count; ++channel)
        for (std::size_t inner = 0; inner < parts.inner; ++inner) work(element++, channel);
  }

  Model& model_;
};

std::vector<double> inverted(std::vector<double> factors) {
  for (double& factor : factors) factor = 1 / factor;
  return factors;
}

// An initializer that this node alone reads, once.
bool is_own(const Wiring& wiring, const Model& model, const std::string& name) {
  const Tensor* tensor = name.empty() ? nullptr : model.graph.initializer(name);
  return tensor && tensor->dtype() == DType::kFloat32 && !model.graph.input(name) && wiring.only_reader(name);
}

std::optional<Side> output_side(const Wiring& wiring, const Model& model, const Node& node) {
  const std::string weight = input(node, 1);
  if ((!is_op(node, "Conv") && !is_op(node, "Gemm") && !is_op(node, "MatMul")) || !is_own(wiring, model, weight)) return std::nullopt;
  const Tensor& tensor = *model.graph.initializer(weight);
  if (!is_op(node, "Conv") && tensor.rank() != 2) return std::nullopt;
  const bool first = is_op(node, "Conv") || node.get<std::int64_t>("transB", 0) != 0;
  const std::size_t axis = first ? 0 : 1;
  return Side{weight, axis, static_cast<std::size_t>(tensor.dim(axis))};
}

std::optional<Side> input_side(const Wiring& wiring, const Model& model, const Node& node) {
  const std::optional<Side> output = output_side(wiring, model, node);
  if (!output) return std::nullopt;
  const Tensor& tensor = *model.graph.initializer(output->weight);
  const std::int64_t group = is_op(node, "Conv") ? node.get<std::int64_t>("group", 1) : 1;
  if (group != 1 && (group != tensor.dim(0) || tensor.dim(1) != 1)) return std::nullopt;
  const std::size_t axis = group != 1 ? 0 : 1 - output->axis;
  return Side{output->weight, axis, static_cast<std::size_t>(tensor.dim(axis))};
}

struct Pair {
  Side first;
  std::string bias;  // of the first
  Side second;
};

std::optional<Pair> pair_at(const Wiring& wiring, const Model& model, Wiring::Id id) {
  const Node& node = wiring.node(id);
  const auto first = output_side(wiring, model, node);
  const std::string bias = input(node, 2);
  if (!first || (!bias.empty() &&
                 (!is_own(wiring, model, bias) || model.graph.initializer(bias)->size() != static_cast<std::int64_t>(first->channels))))
    return std::nullopt;
  auto next = wiring.only_reader(node.outputs[0]);
  if (next && is_op(wiring.node(*next), "Relu")) next = wiring.only_reader(wiring.node(*next).outputs[0]);
  if (!next || input(wiring.node(*next), 1) == first->weight) return std::nullopt;
  const auto second = input_side(wiring, model, wiring.node(*next));
  if (!second || second->channels != first->channels) return std::nullopt;
  return Pair{*first, bias, *second};
}

// How far the factors were from 1.
double equalize(WeightEditor& editor, const Pair& pair) {
  const std::vector<double> first = editor.magnitudes(pair.first), second = editor.magnitudes(pair.second);
  std::vector<double> factors(first.size(), 1);
  double furthest = 0;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (first[i] <= 0 || second[i] <= 0) continue;
    factors[i] = std::clamp(std::sqrt(first[i] / second[i]), 1e-4, 1e4);
    furthest = std::max(furthest, std::abs(std::log(factors[i])));
  }
  editor.multiply(pair.second, factors);
  editor.multiply(pair.first, inverted(factors));
  if (!pair.bias.empty()) editor.multiply({pair.bias, 0, pair.first.channels}, inverted(factors));
  return furthest;
}

}  // namespace

std::size_t equalize_layers(Model& model) {
  const Wiring wiring(model);
  std::vector<Pair> pairs;
  for (const Wiring::Id id : wiring.ids())
    if (auto pair = pair_at(wiring, model, id)) pairs.push_back(*pair);
  WeightEditor editor(model);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    double furthest = 0;
    for (const Pair& pair : pairs) furthest = std::max(furthest, equalize(editor, pair));
    if (furthest < kSettled) break;
  }
  return pairs.size();
}

namespace {

// The dense layers that read the value; nothing where somebody else does as well.
std::vector<Side> dense_readers(const Wiring& wiring, const Model& model, const std::string& value) {
  std::vector<Side> sides;
  if (wiring.is_output(value)) return {};
  for (const Wiring::Id id : wiring.readers(value)) {
    const Node& node = wiring.node(id);
    const auto side = is_op(node, "Conv") || input(node, 0) != value ? std::nullopt : input_side(wiring, model, node);
    if (!side) return {};
    sides.push_back(*side);
  }
  return sides;
}

bool smooth(Model& model, const Wiring& wiring, const Node& normalisation, const Observed& seen) {
  const std::string scale = input(normalisation, 1), shift = input(normalisation, 2);
  const std::vector<Side> readers = dense_readers(wiring, model, normalisation.outputs[0]);
  if (readers.empty() || !is_own(wiring, model, scale) || (!shift.empty() && !is_own(wiring, model, shift))) return false;
  const std::size_t channels = seen.channel_sizes.size();
  for (const std::string& name : {scale, shift})
    if (!name.empty() && model.graph.initializer(name)->size() != static_cast<std::int64_t>(channels)) return false;
  WeightEditor editor(model);
  std::vector<double> weights(channels, 0), factors(channels, 1);
  for (const Side& side : readers) {
    if (side.channels != channels) return false;
    const std::vector<double> sizes = editor.magnitudes(side);
    for (std::size_t i = 0; i < channels; ++i) weights[i] = std::max(weights[i], sizes[i]);
  }
  for (std::size_t i = 0; i < channels; ++i)
    if (weights[i] > 0 && seen.channel_sizes[i] > 0) factors[i] = std::clamp(std::sqrt(seen.channel_sizes[i] / weights[i]), 1e-4, 1e4);
  for (const Side& side : readers) editor.multiply(side, factors);
  for (const std::string& name : {scale, shift})
    if (!name.empty()) editor.multiply({name, model.graph.initializer(name)->rank() - 1, channels}, inverted(factors));
  return true;
}

}  // namespace

std::size_t smooth_activations(Model& model, const Observations& observed) {
  const Wiring wiring(model);
  std::size_t count = 0;
  for (const Wiring::Id id : wiring.ids()) {
    const Node& node = wiring.node(id);
    if (!is_op(node, "LayerNormalization")) continue;
    if (const auto seen = observed.find(node.outputs[0]); seen != observed.end() && smooth(model, wiring, node, seen->second)) ++count;
  }
  return count;
}

}  // namespace upkeep::quantization
