#include "optimize/quantize/shared/plan.hpp"

#include <algorithm>

#include "base/patterns.hpp"

namespace upkeep::quantization {

std::string layer_name(const Node& node) {
  if (!node.name.empty()) return node.name;
  return node.outputs.empty() ? node.op : node.outputs[0];
}

bool is_meant(const Node& node, const std::vector<std::string>& patterns) {
  const std::string name = layer_name(node), layer = name.substr(0, name.rfind('/'));
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return matches_pattern(pattern, name) || matches_pattern(pattern, layer) || pattern == node.op ||
           std::ranges::any_of(node.inputs, [&](const std::string& input) { return !input.empty() && matches_pattern(pattern, input); });
  });
}

const Tensor* float_constant(const Wiring& wiring, const std::string& value) {
  const Tensor* tensor = value.empty() ? nullptr : wiring.constant(value);
  return tensor && tensor->dtype() == DType::kFloat32 && tensor->size() > 0 ? tensor : nullptr;
}

namespace {

bool is_float(const Wiring& wiring, const std::string& value) {
  const ValueType* type = wiring.type(value);
  return type && type->dtype == DType::kFloat32;
}

bool is_weighted_op(const Node& node) { return is_op(node, "Conv") || is_op(node, "Gemm") || is_op(node, "MatMul"); }

// A layer with weights, of which ONNX Runtime has no integer form that QuantizeLinear and DequantizeLinear make.
bool is_other_layer(const Node& node) {
  return is_op(node, "ConvTranspose") || is_op(node, "LSTM") || is_op(node, "GRU") || is_op(node, "RNN");
}

bool is_moving(const Node& node) {
  static const std::set<std::string_view> kOps = {"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "MaxPool"};
  return node.domain.empty() && kOps.contains(node.op) && node.outputs.size() == 1;
}

bool pads_with_zeros(const Wiring& wiring, const Node& node) {
  if (!is_op(node, "Pad") || node.get<std::string>("mode", "constant") != "constant" || !wiring.constant(input(node, 1))) return false;
  const std::string value = input(node, 2);
  return value.empty() || (float_constant(wiring, value) && float_constant(wiring, value)->floats()[0] == 0);
}

bool is_computing(const Node& node) {
  static const std::set<std::string_view> kOps = {"Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "Sigmoid", "LeakyRelu"};
  return node.domain.empty() && kOps.contains(node.op);
}

bool is_cut(const Wiring& wiring, const Node& node) {
  if (is_op(node, "Relu")) return true;
  if (!is_op(node, "Clip")) return false;
  for (std::size_t i = 1; i < node.inputs.size(); ++i)
    if (!node.inputs[i].empty() && !float_constant(wiring, node.inputs[i])) return false;
  const Tensor* low = float_constant(wiring, input(node, 1));
  return low && low->floats()[0] == 0;  // the integers begin where it cuts
}

class Planner {
 public:
  Planner(const Wiring& wiring, const PlanOptions& options) : wiring_(wiring), options_(options) {}

  Plan make() {
    for (const Wiring::Id id : wiring_.ids()) consider(id);
    while (drop_what_does_not_pay()) {
    }
    for (const Wiring::Id id : wiring_.ids())
      if (const auto found = plan_.nodes.find(id); found != plan_.nodes.end()) add_values(found->second);
    return std::move(plan_);
  }

 private:
  void consider(Wiring::Id id) {
    const Node& node = wiring_.node(id);
    if (is_weighted_op(node) || is_other_layer(node)) consider_layer(id);
    else if ((is_moving(node) || is_padding(node) || is_computing(node)) && !is_meant(node, options_.keep_float)) consider_between(id);
  }

  // --- layers with weights ---

  void consider_layer(Wiring::Id id) {
    const Node& node = wiring_.node(id);
    const std::string& weight = input(node, 1);
    if (!float_constant(wiring_, weight)) {
      const std::string reason = "its weight is computed while the model runs";  // a product of two activations has none
      if (!is_op(node, "MatMul"))
        plan_.layers.push_back({.name = layer_name(node), .op = node.op, .weight = weight, .id = id, .kept_because = reason});
      return;
    }
    std::string reason = why_float(node);
    if (reason.empty() && !axes_.try_emplace(weight, axis_of(node, *wiring_.constant(weight))).second &&
        axes_.at(weight) != axis_of(node, *wiring_.constant(weight)))
      reason = "another layer reads its weight in another order";
    plan_.layers.push_back({.name = layer_name(node), .op = node.op, .weight = weight, .id = id, .kept_because = reason});
    if (reason.empty()) plan_.nodes.emplace(id, weighted(id));
  }

  std::string why_float(const Node& node) const {
    if (is_meant(node, options_.keep_float) || (options_.only && !options_.only->contains(layer_name(node)))) return "asked for";
    if (is_other_layer(node)) return "ONNX Runtime runs " + node.op + " in floats only";
    if (!is_float(wiring_, node.inputs[0]) || wiring_.constant(node.inputs[0])) return "its input is no activation of float32";
    if (is_op(node, "Gemm") && node.get<std::int64_t>("transA", 0) != 0) return "its input is transposed";
    const std::string& bias = input(node, 2);
    if (!bias.empty() && !float_constant(wiring_, bias)) return "its bias is computed";
    const Tensor& weight = *wiring_.constant(node.inputs[1]);
    if (is_op(node, "Gemm") && !bias.empty() && wiring_.constant(bias)->size() != 1 &&
        wiring_.constant(bias)->size() != weight.dim(axis_of(node, weight).value_or(0)))
      return "its bias is not one number per unit";
    return "";
  }

  static std::optional<std::size_t> axis_of(const Node& node, const Tensor& weight) {
    if (node.op == "Conv") return 0;
    if (node.op == "Gemm") return node.get<std::int64_t>("transB", 0) != 0 ? 0 : 1;
    return weight.rank() == 2 ? std::optional<std::size_t>(1) : std::nullopt;
  }

  IntegerNode weighted(Wiring::Id id) const {
    const Node& node = wiring_.node(id);
    const Tensor& weight = *wiring_.constant(node.inputs[1]);
    IntegerNode made{.role = Role::kWeighted,
                     .integer_output = is_op(node, "Conv"),
                     .inputs = {node.inputs[0]},
                     .output = {},
                     .cut = {},
                     .weight = node.inputs[1],
                     .bias = input(node, 2),
                     .weight_axis = axis_of(node, weight),
                     .channels = 0};
    made.channels = static_cast<std::size_t>(made.weight_axis ? weight.dim(*made.weight_axis) : weight.shape().back());
    follow_cut(id, made);
    return made;
  }

  void follow_cut(Wiring::Id id, IntegerNode& made) const {
    made.output = wiring_.node(id).outputs[0];
    const auto next = wiring_.only_reader(made.output);
    if (!next || !is_cut(wiring_, wiring_.node(*next)) || wiring_.node(*next).inputs[0] != made.output) return;
    made.cut = next;
    made.output = wiring_.node(*next).outputs[0];
  }

  // --- what lies between them ---

  bool is_padding(const Node& node) const { return options_.eight_bits && pads_with_zeros(wiring_, node); }

  void consider_between(Wiring::Id id) {
    const Node& node = wiring_.node(id);
    if (!is_float(wiring_, node.outputs[0])) return;
    const bool padding = is_padding(node);
    const bool moving = is_moving(node) || padding;
    IntegerNode made{.role = padding  ? Role::kPadding
                             : moving ? Role::kMoving
                                      : Role::kComputing,
                     .integer_output = true,
                     .inputs = {},
                     .output = {},
                     .cut = {},
                     .weight = {},
                     .bias = {},
                     .weight_axis = {},
                     .channels = 0};
    for (std::size_t i = 0; i < (moving ? 1 : node.inputs.size()); ++i) {
      if (wiring_.constant(node.inputs[i]) || !is_float(wiring_, node.inputs[i])) return;
      made.inputs.push_back(node.inputs[i]);
    }
    if (made.inputs.empty()) return;
    if (moving) made.output = node.outputs[0];
    else follow_cut(id, made);
    plan_.nodes.emplace(id, made);
  }

  // The node of the plan that makes a value, through the Relu that cuts it.
  const IntegerNode* maker(const std::string& value) const {
    auto from = wiring_.producer(value);
    if (!from) return nullptr;
    if (const auto found = plan_.nodes.find(*from); found != plan_.nodes.end())
      return found->second.output == value ? &found->second : nullptr;
    const Node& node = wiring_.node(*from);
    if (!is_cut(wiring_, node)) return nullptr;
    from = wiring_.producer(node.inputs[0]);
    if (!from) return nullptr;
    const auto found = plan_.nodes.find(*from);
    return found != plan_.nodes.end() && found->second.output == value ? &found->second : nullptr;
  }

  bool has_integer_reader(const std::string& value) const {
    return std::ranges::any_of(wiring_.readers(value), [&](Wiring::Id id) {
      const auto found = plan_.nodes.find(id);
      return found != plan_.nodes.end() && std::ranges::contains(found->second.inputs, value);
    });
  }

  bool feeds_a_layer(const std::string& value) const {
    return std::ranges::any_of(wiring_.readers(value), [&](Wiring::Id id) {
      const auto found = plan_.nodes.find(id);
      return found != plan_.nodes.end() && found->second.role == Role::kWeighted && std::ranges::contains(found->second.inputs, value);
    });
  }

  static bool moves(const IntegerNode& one) { return one.role == Role::kMoving || one.role == Role::kPadding; }

  // Whether the value is integers whoever reads it: made by a Conv or another kernel that has no float output, or moved from there.
  bool is_integer_anyway(const std::string& value) const {
    const IntegerNode* from = maker(value);
    if (!from || !from->integer_output) return false;
    return !moves(*from) || is_integer_anyway(from->inputs[0]);
  }

  // Integers must come to it without a detour, and go on from it, or it must make less of them than it is given.
  bool pays(Wiring::Id id, const IntegerNode& one) const {
    if (one.role == Role::kWeighted) return true;
    const bool wanted = has_integer_reader(one.output);
    for (const std::string& value : one.inputs) {
      const IntegerNode* from = maker(value);
      if (moves(one) && !from && wanted && !wiring_.is_output(one.output)) continue;
      if (!from && !feeds_a_layer(value)) return false;
      if (!wanted && !is_integer_anyway(value)) return false;
    }
    return wanted || moves(one) || wiring_.node(id).op == "GlobalAveragePool" || wiring_.node(id).op == "AveragePool";
  }

  bool drop_what_does_not_pay() {
    return std::erase_if(plan_.nodes, [&](const auto& one) { return !pays(one.first, one.second); }) > 0;
  }

  // --- values ---

  void add_value(const std::string& value, const std::string& scale_from) {
    if (plan_.scale_from.contains(value)) return;
    const auto source = plan_.scale_from.find(scale_from);
    plan_.scale_from[value] = source == plan_.scale_from.end() ? value : source->second;
    plan_.values.push_back(value);
  }

  void add_values(const IntegerNode& one) {
    for (const std::string& value : one.inputs) add_value(value, value);
    if (moves(one)) add_value(one.output, one.inputs[0]);
    else if (one.integer_output || has_integer_reader(one.output)) add_value(one.output, one.output);
  }

  const Wiring& wiring_;
  const PlanOptions& options_;
  std::map<std::string, std::optional<std::size_t>> axes_;  // of output channels, by weight
  Plan plan_;
};

}  // namespace

Plan make_plan(const Wiring& wiring, const PlanOptions& options) { return Planner(wiring, options).make(); }

}  // namespace upkeep::quantization
