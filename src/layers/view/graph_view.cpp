#include "layers/view/graph_view.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ranges>

#include "graph/permutation.hpp"

namespace upkeep::layers {

GraphView::GraphView(const Model& model)
    : nodes(model.graph.nodes), outputs(model.graph.outputs), opsets(model.opsets), uses_(model.graph) {
  for (const auto& [name, tensor] : model.graph.initializers) initializers_.try_emplace(name, &tensor);
  for (const auto* list : {&model.graph.inputs, &model.graph.outputs, &model.graph.values})
    for (const ValueInfo& info : *list) values_.try_emplace(info.name, &info);
}

const Tensor* GraphView::initializer(std::string_view name) const {
  const auto found = initializers_.find(name);
  return found == initializers_.end() ? nullptr : found->second;
}

const ValueInfo* GraphView::value(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : found->second;
}

const Node* GraphView::producer(std::string_view value) const {
  const auto found = uses_.producer(value);
  return found ? &nodes[*found] : nullptr;
}

// Constant's attribute is one of several.
static std::optional<Tensor> constant_node_value(const Node& node) {
  if (node.attributes.size() != 1) return std::nullopt;
  const AttributeValue& value = node.attributes[0].value;
  if (const auto* tensor = std::get_if<Tensor>(&value)) return *tensor;
  if (const auto* number = std::get_if<float>(&value)) return Tensor::scalar(*number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return Tensor::scalar(*number);
  if (const auto* list = std::get_if<std::vector<float>>(&value)) return Tensor({static_cast<std::int64_t>(list->size())}, *list);
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) return Tensor({static_cast<std::int64_t>(list->size())}, *list);
  return std::nullopt;
}

static std::optional<Tensor> constant(const GraphView& graph, std::string_view value, int depth);

static std::optional<Tensor> reordered(const GraphView& graph, const Node& node, const Tensor& operand) {
  if (is_op(node, "Transpose")) {
    const auto order = node.get<std::vector<std::int64_t>>("perm", {});
    if (order.size() != operand.rank()) return std::nullopt;
    return permuted(operand, order);
  }
  const Tensor* sizes = node.inputs.size() == 2 ? graph.initializer(node.inputs[1]) : nullptr;
  if (!sizes || sizes->dtype() != DType::kInt64) return std::nullopt;
  const Shape shape(sizes->data<std::int64_t>().begin(), sizes->data<std::int64_t>().end());
  if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 1; })) return std::nullopt;
  return operand.reshaped(shape);
}

// Sqrt, and Max with a number, over a constant: how Normalization makes its divisor. Transpose and Reshape: how kernels get ONNX's order.
static std::optional<Tensor> folded(const GraphView& graph, const Node& node, int depth) {
  const bool moves = is_op(node, "Transpose") || is_op(node, "Reshape");
  if (!moves && !is_op(node, "Sqrt") && !(is_op(node, "Max") && node.inputs.size() == 2)) return std::nullopt;
  const std::optional<Tensor> operand = constant(graph, node.inputs[0], depth);
  if (!operand || operand->dtype() != DType::kFloat32) return std::nullopt;
  if (moves) return reordered(graph, node, *operand);
  const std::optional<float> floor = is_op(node, "Max") ? scalar_constant(graph, node.inputs[1]) : 0.0F;
  if (!floor) return std::nullopt;
  std::vector<float> values(operand->floats().begin(), operand->floats().end());
  for (float& one : values) one = is_op(node, "Sqrt") ? std::sqrt(one) : std::max(one, *floor);
  return Tensor(operand->shape(), std::move(values));
}

static std::optional<Tensor> constant(const GraphView& graph, std::string_view value, int depth) {
  if (const Tensor* tensor = graph.initializer(value)) return *tensor;
  const Node* node = graph.producer(value);
  if (!node || depth == 0) return std::nullopt;
  if (is_op(*node, "Constant")) return constant_node_value(*node);
  if (node->inputs.empty()) return std::nullopt;
  if (is_op(*node, "Identity")) return constant(graph, node->inputs[0], depth - 1);
  return folded(graph, *node, depth - 1);
}

std::optional<Tensor> constant(const GraphView& graph, std::string_view value) {
  constexpr int kMostNodes = 8;  // in a row; exporters write one or two
  return constant(graph, value, kMostNodes);
}

std::optional<Tensor> float_constant(const GraphView& graph, std::string_view value) {
  std::optional<Tensor> tensor = constant(graph, value);
  if (tensor && tensor->dtype() != DType::kFloat32) return std::nullopt;
  return tensor;
}

std::optional<float> scalar_constant(const GraphView& graph, std::string_view value) {
  const std::optional<Tensor> tensor = float_constant(graph, value);
  if (!tensor || tensor->size() != 1) return std::nullopt;
  return tensor->floats()[0];
}

std::optional<std::vector<std::int64_t>> integer_constant(const GraphView& graph, std::string_view value) {
  const std::optional<Tensor> tensor = constant(graph, value);
  if (!tensor || tensor->dtype() != DType::kInt64) return std::nullopt;
  return std::vector<std::int64_t>(tensor->data<std::int64_t>().begin(), tensor->data<std::int64_t>().end());
}

void take_makers(const GraphView& graph, const std::string& value, std::vector<std::size_t>& nodes) {
  const Node* made = value.empty() ? nullptr : graph.producer(value);
  if (!made) return;
  const auto index = static_cast<std::size_t>(made - graph.nodes.data());
  if (std::ranges::contains(nodes, index)) return;
  for (const std::string& output : made->outputs)
    if (graph.is_output(output) ||
        !std::ranges::all_of(graph.readers(output), [&](std::size_t reader) { return std::ranges::contains(nodes, reader); }))
      return;
  nodes.push_back(index);
  if (is_op(*made, "Shape")) return;  // of a value that somebody needs
  for (const std::string& input : made->inputs) take_makers(graph, input, nodes);
}

const Dims* dims(const GraphView& graph, std::string_view value) {
  const ValueInfo* info = graph.value(value);
  return info && info->type.shape ? &*info->type.shape : nullptr;
}

std::optional<Tensor> each_channel(const Tensor& constant, const Dims& input) {
  if (input.size() < 3 || !input[1].known() || constant.rank() > input.size()) return std::nullopt;
  Shape shape = constant.shape();
  shape.insert(shape.begin(), input.size() - shape.size(), 1);
  Shape wanted(input.size(), 1);
  wanted[1] = input[1].value;
  if (shape != wanted) return std::nullopt;
  return constant.reshaped({wanted[1]});
}

std::optional<Operand> constant_operand(const GraphView& graph, const Node& node) {
  if (node.inputs.size() != 2 || !node.attributes.empty()) return std::nullopt;  // attributes: broadcasting as before operator set 7
  std::optional<Tensor> first = float_constant(graph, node.inputs[0]);
  std::optional<Tensor> second = float_constant(graph, node.inputs[1]);
  if (first.has_value() == second.has_value()) return std::nullopt;
  if (first) return Operand{node.inputs[1], *std::move(first), true};
  return Operand{node.inputs[0], *std::move(second), false};
}

// y = scale * x + offset of one node, per element of its constant.
static bool append(const Node& node, const Operand& operand, Affine& affine) {
  const auto numbers = operand.constant.floats();
  const std::size_t size = std::max(affine.scale.size(), numbers.size());
  if ((affine.scale.size() != 1 && affine.scale.size() != size) || (numbers.size() != 1 && numbers.size() != size)) return false;
  affine.scale.resize(size, affine.scale[0]);
  affine.offset.resize(size, affine.offset[0]);
  for (std::size_t i = 0; i < size; ++i) {
    const double c = static_cast<double>(numbers[numbers.size() == 1 ? 0 : i]);
    double& scale = affine.scale[i];
    double& offset = affine.offset[i];
    if (node.op == "Mul") scale *= c, offset *= c;
    else if (node.op == "Div") scale /= c, offset /= c;
    else if (node.op == "Add") offset += c;
    else if (operand.constant_first) scale = -scale, offset = c - offset;
    else offset -= c;
  }
  return true;
}

// A constant that spans the last axis only, and does not add axes of its own.
static bool along_last_axis(const GraphView& graph, const Operand& operand) {
  const Shape& shape = operand.constant.shape();
  if (std::ranges::any_of(shape | std::views::reverse | std::views::drop(1), [](std::int64_t n) { return n != 1; })) return false;
  const Dims* input = dims(graph, operand.value);
  return shape.size() <= 1 || (input && shape.size() <= input->size());
}

std::optional<Affine> affine_chain(const GraphView& graph, std::size_t node) {
  Affine affine;
  std::optional<std::size_t> next = node;
  while (next) {
    const Node& here = graph.nodes[*next];
    const bool known = is_op(here, "Mul") || is_op(here, "Div") || is_op(here, "Add") || is_op(here, "Sub");
    const std::optional<Operand> operand = known ? constant_operand(graph, here) : std::nullopt;
    if (!operand || (here.op == "Div" && operand->constant_first) || !along_last_axis(graph, *operand)) break;
    if (!append(here, *operand, affine)) break;
    if (affine.nodes.empty()) affine.input = operand->value;
    affine.nodes.push_back(*next);
    affine.output = here.outputs[0];
    next = graph.only_reader(affine.output);
  }
  if (affine.nodes.empty()) return std::nullopt;
  return affine;
}

double shortest(float number) {
  char text[32];
  const char* end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  double value = 0;
  std::from_chars(std::begin(text), end, value);
  return value;
}

}  // namespace upkeep::layers
