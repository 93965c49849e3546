// Activations in foreign graphs: single operators with their attributes, and small patterns. A pattern is the graph that the activation
// itself builds (or an exporter's known way of writing it), compared node by node.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "layers/shared/activations.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

using Found = std::optional<Activation>;

Activation with(const std::string& name, Json config) { return read_activation({{"class_name", name}, {"config", std::move(config)}}); }

Activation with_alpha(const std::string& name, const std::string& parameter, const Node& node, float fallback) {
  return with(name, {{parameter, shortest(node.get<float>("alpha", fallback))}});
}

// Before operator set 13, Softmax flattened the axes from `axis` on: the same only when that is the last one.
Found along_axis(const std::string& name, const GraphView& graph, const Node& node) {
  const auto opset = graph.opsets.find("");
  const bool flattens = opset != graph.opsets.end() && opset->second < 13;
  std::int64_t axis = node.get<std::int64_t>("axis", flattens ? 1 : -1);
  const Dims* shape = dims(graph, node.inputs[0]);
  if (shape && axis == static_cast<std::int64_t>(shape->size()) - 1) axis = -1;
  if (flattens && axis != -1) return std::nullopt;
  return with(name, {{"axis", axis}});
}

// A bound of Clip: an input since operator set 11, an attribute before. NaN: not a constant.
float bound(const GraphView& graph, const Node& node, std::size_t input, const char* attribute, float none) {
  if (const Attribute* found = node.find(attribute)) return std::get_if<float>(&found->value) ? std::get<float>(found->value) : none;
  if (node.inputs.size() <= input || node.inputs[input].empty()) return none;
  return scalar_constant(graph, node.inputs[input]).value_or(std::numeric_limits<float>::quiet_NaN());
}

Found clip(const GraphView& graph, const Node& node) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float low = bound(graph, node, 1, "min", -kInfinity);
  const float high = bound(graph, node, 2, "max", kInfinity);
  if (low == -1 && high == 1) return read_activation("hard_tanh");
  if (low != 0 || !(high > 0)) return std::nullopt;
  if (high == 6) return read_activation("relu6");
  if (high >= std::numeric_limits<float>::max()) return read_activation("relu");
  return with("relu", {{"max_value", shortest(high)}});
}

Found shrink(const Node& node) {
  const float threshold = node.get<float>("lambd", 0.5F);
  const float bias = node.get<float>("bias", 0.0F);
  if (bias != 0 && bias != threshold) return std::nullopt;
  return with(bias == 0 ? "hard_shrink" : "soft_shrink", {{"threshold", shortest(threshold)}});
}

Found selu(const Node& node) {
  const bool usual = node.get<float>("alpha", 1.67326319F) == 1.67326319F && node.get<float>("gamma", 1.05070102F) == 1.05070102F;
  return usual ? Found(read_activation("selu")) : std::nullopt;
}

Found hard_sigmoid(const Node& node) {
  return with("hard_sigmoid", {{"slope", shortest(node.get<float>("alpha", 0.2F))}, {"offset", shortest(node.get<float>("beta", 0.5F))}});
}

Found single(const GraphView& graph, const Node& node) {
  static const std::map<std::string, std::string> kPlain = {{"Relu", "relu"},         {"Sigmoid", "sigmoid"},    {"Tanh", "tanh"},
                                                            {"Softplus", "softplus"}, {"Softsign", "softsign"},  {"Exp", "exponential"},
                                                            {"Mish", "mish"},         {"HardSwish", "hard_silu"}};
  if (!node.domain.empty() || node.inputs.empty() || node.outputs.size() != 1) return std::nullopt;
  if (const auto found = kPlain.find(node.op); found != kPlain.end()) return read_activation(found->second);
  if (node.op == "LeakyRelu") return with_alpha("leaky_relu", "negative_slope", node, 0.01F);
  if (node.op == "Elu") return with_alpha("elu", "alpha", node, 1.0F);
  if (node.op == "Celu") return with_alpha("celu", "alpha", node, 1.0F);
  if (node.op == "ThresholdedRelu")
    return with("threshold", {{"threshold", shortest(node.get<float>("alpha", 1.0F))}, {"default_value", 0.0}});
  if (node.op == "Selu") return selu(node);
  if (node.op == "HardSigmoid") return hard_sigmoid(node);
  if (node.op == "Gelu") return with("gelu", {{"approximate", node.get<std::string>("approximate", "none") == "tanh"}});
  if (node.op == "Softmax") return along_axis("softmax", graph, node);
  if (node.op == "LogSoftmax") return along_axis("log_softmax", graph, node);
  if (node.op == "Clip") return clip(graph, node);
  if (node.op == "Shrink") return shrink(node);
  return std::nullopt;
}

// --- patterns of several nodes -------------------------------------------------------------------------------------

struct Pattern {
  Activation activation;
  Model model;  // from "x" to "y"
};

Pattern pattern(const char* name, const std::function<Value(Ops&, Value)>& build) {
  Pattern made{.activation = read_activation(name)};
  Ops ops(made.model);
  ops.output(build(ops, ops.input("x", DType::kFloat32, {"batch", "features"})), "y");
  return made;
}

const std::vector<Pattern>& patterns() {
  constexpr float kRootHalf = 0.707106781F;
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> made;
    for (const char* name : {"silu", "squareplus", "sparse_plus", "sparse_sigmoid", "log_sigmoid", "tanh_shrink", "glu"})
      made.push_back(pattern(name, [name](Ops& ops, Value x) { return activate(ops, x, Json(name)); }));
    made.push_back(pattern("mish", [](Ops& ops, Value x) { return ops.mul(x, ops.tanh(ops.softplus(x))); }));
    made.push_back(pattern("hard_silu", [](Ops& ops, Value x) { return ops.mul(x, activate(ops, x, Json("hard_sigmoid"))); }));
    made.push_back(pattern("gelu", [](Ops& ops, Value x) {  // PyTorch's exporter
      return ops.mul(ops.mul(x, ops.add(ops.erf(ops.div(x, 1.0F / kRootHalf)), 1.0F)), 0.5F);
    }));
    made.push_back(pattern("gelu", [](Ops& ops, Value x) {  // its later one
      return ops.mul(x, ops.mul(ops.add(ops.erf(ops.div(x, 1.0F / kRootHalf)), 1.0F), 0.5F));
    }));
    made.push_back(pattern("gelu", [](Ops& ops, Value x) {  // TensorFlow's
      return ops.mul(ops.mul(x, 0.5F), ops.add(ops.erf(ops.mul(x, kRootHalf)), 1.0F));
    }));
    return made;
  }();
  return all;
}

// Which node and value of a graph stands for which of a pattern.
class Match {
 public:
  Match(const Graph& pattern, const GraphView& graph) : pattern_(pattern), graph_(graph) {}

  // Whether the whole pattern is there when graph node `start` is its node `first`.
  bool run(std::size_t first, std::size_t start) {
    if (!pair(first, start)) return false;
    while (nodes_.size() < pattern_.nodes.size())
      if (!extend()) return false;
    return closed();
  }

  std::vector<std::size_t> nodes() const {
    std::vector<std::size_t> all;
    for (const auto& [mine, theirs] : nodes_) all.push_back(theirs);
    std::ranges::sort(all);
    return all;
  }
  const std::string& value(const std::string& name) const { return values_.at(name); }

 private:
  bool extend() {
    for (std::size_t mine = 0; mine < pattern_.nodes.size(); ++mine) {
      if (nodes_.contains(mine)) continue;
      for (const std::string& input : pattern_.nodes[mine].inputs) {
        const auto known = values_.find(input);
        if (known == values_.end()) continue;
        for (const std::size_t theirs : graph_.readers(known->second))
          if (pair(mine, theirs)) return true;
      }
    }
    return false;
  }

  bool pair(std::size_t mine, std::size_t theirs) {
    const Node& a = pattern_.nodes[mine];
    const Node& b = graph_.nodes[theirs];
    if (std::ranges::contains(nodes_, theirs, [](const auto& one) { return one.second; })) return false;
    if (a.op != b.op || !b.domain.empty() || a.inputs.size() != b.inputs.size() || a.outputs.size() != b.outputs.size()) return false;
    if (!same_attributes(a, b)) return false;
    const bool commutes = (a.op == "Add" || a.op == "Mul") && a.inputs.size() == 2;
    if (!pair_inputs(a.inputs, b.inputs) && !(commutes && pair_inputs(a.inputs, {b.inputs[1], b.inputs[0]}))) return false;
    for (std::size_t i = 0; i < a.outputs.size(); ++i) values_[a.outputs[i]] = b.outputs[i];
    nodes_[mine] = theirs;
    return true;
  }

  static bool same_attributes(const Node& a, const Node& b) {
    return a.attributes.size() == b.attributes.size() && std::ranges::all_of(a.attributes, [&](const Attribute& one) {
             const Attribute* other = b.find(one.name);
             return other && other->value == one.value;
           });
  }

  bool pair_inputs(const std::vector<std::string>& mine, const std::vector<std::string>& theirs) {
    std::map<std::string, std::string> values = values_;
    for (std::size_t i = 0; i < mine.size(); ++i) {
      if (pattern_.initializer(mine[i])) {
        if (!same_scalar(mine[i], theirs[i])) return false;
      } else if (mine[i] == "x" || values.contains(mine[i])) {
        if (values.emplace(mine[i], theirs[i]).first->second != theirs[i]) return false;
      } else {
        return false;
      }
    }
    values_ = std::move(values);
    return true;
  }

  bool same_scalar(const std::string& mine, const std::string& theirs) const {
    const float a = pattern_.initializer(mine)->floats()[0];
    const std::optional<float> b = scalar_constant(graph_, theirs);
    constexpr float kRounding = 1e-6F;  // exporters write 1.4142135 or 1.41421354
    return b && std::abs(a - *b) <= kRounding * std::abs(a);
  }

  // Inner values have no reader outside.
  bool closed() const {
    const std::vector<std::size_t> inside = nodes();
    return std::ranges::all_of(values_, [&](const auto& pair) {
      if (pair.first == "x" || pair.first == "y") return true;
      const std::set<std::size_t>& all = graph_.readers(pair.second);
      return !graph_.is_output(pair.second) &&
             std::ranges::all_of(all, [&](std::size_t one) { return std::ranges::contains(inside, one); });
    });
  }

  const Graph& pattern_;
  const GraphView& graph_;
  std::map<std::size_t, std::size_t> nodes_;
  std::map<std::string, std::string> values_;
};

std::optional<RecognisedActivation> match(const Pattern& pattern, const GraphView& graph, std::size_t node) {
  const Graph& mine = pattern.model.graph;
  for (std::size_t first = 0; first < mine.nodes.size(); ++first) {
    if (!std::ranges::contains(mine.nodes[first].inputs, "x")) continue;
    if (mine.nodes[first].op != graph.nodes[node].op) continue;
    Match found(mine, graph);
    if (found.run(first, node)) return RecognisedActivation{pattern.activation, found.nodes(), found.value("x"), found.value("y")};
  }
  return std::nullopt;
}

}  // namespace

std::optional<RecognisedActivation> recognise_activation(const GraphView& graph, std::size_t node) {
  for (const Pattern& pattern : patterns())
    if (auto found = match(pattern, graph, node)) return found;
  const Node& here = graph.nodes[node];
  if (Found found = single(graph, here)) return RecognisedActivation{*found, {node}, here.inputs[0], here.outputs[0]};
  return std::nullopt;
}

std::optional<RecognisedActivation> recognise_activation_after(const GraphView& graph, const std::string& value) {
  const std::set<std::size_t>& all = graph.readers(value);
  if (all.empty() || graph.is_output(value)) return std::nullopt;
  auto found = recognise_activation(graph, *all.begin());
  if (!found || found->input != value) return std::nullopt;
  const bool alone = std::ranges::all_of(all, [&](std::size_t reader) { return std::ranges::contains(found->nodes, reader); });
  return alone ? found : std::nullopt;
}

}  // namespace upkeep::layers
