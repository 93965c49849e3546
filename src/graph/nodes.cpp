#include "graph/nodes.hpp"

#include <algorithm>
#include <set>

namespace upkeep {

bool is_op(const Node& node, std::string_view op) { return node.domain.empty() && node.op == op; }

std::string input(const Node& node, std::size_t index) { return index < node.inputs.size() ? node.inputs[index] : std::string(); }

std::int64_t opset(const Model& model) {
  const auto found = model.opsets.find("");
  return found == model.opsets.end() ? kOpset : found->second;
}

std::optional<std::vector<std::int64_t>> integers(const Tensor* tensor) {
  if (!tensor || (tensor->dtype() != DType::kInt64 && tensor->dtype() != DType::kInt32)) return std::nullopt;
  const Tensor wide = tensor->cast(DType::kInt64);
  const auto values = wide.data<std::int64_t>();
  return std::vector<std::int64_t>(values.begin(), values.end());
}

Tensor int64s(std::vector<std::int64_t> values) {
  Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(std::move(shape), std::move(values));
}

void remove_attribute(Node& node, std::string_view name) {
  std::erase_if(node.attributes, [&](const Attribute& attribute) { return attribute.name == name; });
}

void set_attribute(Node& node, Attribute attribute) {
  remove_attribute(node, attribute.name);
  node.attributes.push_back(std::move(attribute));
}

std::int64_t from_front(std::int64_t axis, std::size_t rank) { return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis; }

bool is_elementwise(const Node& node) {
  static const std::set<std::string_view> kOps = {"Abs",       "Acos",       "Acosh",    "Asin",
                                                  "Asinh",     "Atan",       "Atanh",    "Cast",
                                                  "Ceil",      "Celu",       "Clip",     "Cos",
                                                  "Cosh",      "Dropout",    "Elu",      "Erf",
                                                  "Exp",       "Floor",      "Gelu",     "HardSigmoid",
                                                  "HardSwish", "Identity",   "IsInf",    "IsNaN",
                                                  "LeakyRelu", "Log",        "Mish",     "Neg",
                                                  "Not",       "Reciprocal", "Relu",     "Round",
                                                  "Selu",      "Shrink",     "Sigmoid",  "Sign",
                                                  "Sin",       "Sinh",       "Softplus", "Softsign",
                                                  "Sqrt",      "Tan",        "Tanh",     "ThresholdedRelu",
                                                  "BitwiseNot"};
  return node.domain.empty() && kOps.contains(node.op) && node.outputs.size() == 1;
}

bool is_broadcasting(const Node& node) {
  static const std::set<std::string_view> kOps = {"Add",   "Sub",   "Mul",        "Div",         "Pow",       "Max",
                                                  "Min",   "Mean",  "Sum",        "Mod",         "And",       "Or",
                                                  "Xor",   "Equal", "Less",       "LessOrEqual", "Greater",   "GreaterOrEqual",
                                                  "Where", "PRelu", "BitwiseAnd", "BitwiseOr",   "BitwiseXor"};
  return node.domain.empty() && kOps.contains(node.op);
}

}  // namespace upkeep
