#include "train/graph_weights.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "graph/element_types.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// Inputs from this number on are settings.
std::size_t first_setting(const Node& node) {
  static const std::map<std::string, std::size_t, std::less<>> kFirst = {{"QuantizeLinear", 1},
                                                                         {"DequantizeLinear", 1},
                                                                         {"Clip", 1},
                                                                         {"Resize", 1},
                                                                         {"Upsample", 1},
                                                                         {"OneHot", 1},
                                                                         {"Dropout", 1},
                                                                         {"RoiAlign", 1},
                                                                         {"MaxRoiPool", 1},
                                                                         {"Pad", 2},
                                                                         {"SoftmaxCrossEntropyLoss", 2},
                                                                         {"NegativeLogLikelihoodLoss", 2}};
  static const std::set<std::string_view> kSettingsOnly = {
      "QLinearConv",    "QLinearMatMul", "Range",   "Equal",     "Greater",     "GreaterOrEqual",   "Less",
      "LessOrEqual",    "IsInf",         "IsNaN",   "ArgMax",    "ArgMin",      "NonZero",          "NonMaxSuppression",
      "Shape",          "Size",          "EyeLike", "Bernoulli", "Multinomial", "RandomNormalLike", "RandomUniformLike",
      "MelWeightMatrix"};
  if (kSettingsOnly.contains(node.op)) return 0;
  const auto found = kFirst.find(node.op);
  return found == kFirst.end() ? kNone : found->second;
}

// ONNX Runtime's own operators on quantised numbers: QLinearAdd, QGemm, DynamicQuantizeMatMul, MatMulNBits, ...
bool is_quantised_arithmetic(const Node& node) {
  if (node.domain != "com.microsoft") return false;
  return node.op.starts_with("Q") || node.op.contains("Quantize") || node.op.contains("Integer") || node.op.contains("NBits");
}

bool is_setting(const Node& node, std::size_t input) {
  if (is_quantised_arithmetic(node)) return true;
  if (!node.domain.empty()) return false;
  if (node.op == "Cast") return !is_floating(static_cast<DType>(node.get<std::int64_t>("to", 0)));
  return input >= first_setting(node);
}

bool hands_on(const Node& node, std::size_t input) {
  static const std::set<std::string_view> kOperators = {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast"};
  return input == 0 && node.domain.empty() && kOperators.contains(node.op);
}

// Who reads each value, in sub-graphs too.
class Readers {
 public:
  explicit Readers(const Graph& graph) {
    take_in(graph);
    for (const ValueInfo& output : graph.outputs) outputs_.insert(output.name);
  }

  bool are(const std::string& value) const { return readers_.contains(value) || outputs_.contains(value); }

  // Whether an operator computes with the value, as it is or in another shape.
  bool compute_with(const std::string& value) const {
    if (outputs_.contains(value)) return true;
    const auto found = readers_.find(value);
    if (found == readers_.end()) return false;
    return std::ranges::any_of(found->second, [&](const auto& reader) {
      const auto& [node, input] = reader;
      if (is_setting(*node, input)) return false;
      return !hands_on(*node, input) || compute_with(node->outputs.at(0));
    });
  }

  bool normalise_by(const std::string& value) const {
    const auto found = readers_.find(value);
    return found != readers_.end() && std::ranges::any_of(found->second, [](const auto& reader) {
             const auto& [node, input] = reader;
             return node->domain.empty() && node->op == "BatchNormalization" && (input == 3 || input == 4);
           });
  }

 private:
  void take_in(const Graph& graph) {
    for (const Node& node : graph.nodes) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) readers_[node.inputs[i]].emplace_back(&node, i);
      for (const GraphPtr& inner : subgraphs(node)) {
        take_in(*inner);
        for (const ValueInfo& output : inner->outputs) outputs_.insert(output.name);
      }
    }
  }

  std::unordered_map<std::string, std::vector<std::pair<const Node*, std::size_t>>> readers_;  // the node, which of its inputs
  std::set<std::string> outputs_;
};

}  // namespace

GraphWeights graph_weights(const Graph& graph) {
  const Readers readers(graph);
  GraphWeights found;
  for (const auto& [name, tensor] : graph.initializers) {
    if (tensor.dtype() != DType::kFloat32 || tensor.rank() == 0 || !readers.are(name)) continue;
    if (!readers.compute_with(name)) {
      found.settings.push_back(name);
      continue;
    }
    found.weights.push_back(name);
    if (readers.normalise_by(name)) found.statistics.push_back(name);
  }
  return found;
}

}  // namespace upkeep
