#include "layers/recurrent_view.hpp"

#include <algorithm>
#include <limits>

#include "layers/graph_view.hpp"

namespace upkeep::layers {
namespace {

bool swaps_batch_and_time(const Node& node) {
  return is(node, "Transpose") && node.get<std::vector<std::int64_t>>("perm", {}) == std::vector<std::int64_t>{1, 0, 2};
}

std::string input_or_none(const Node& node, std::size_t i) { return i < node.inputs.size() ? node.inputs[i] : std::string(); }
std::string output_or_none(const Node& node, std::size_t i) { return i < node.outputs.size() ? node.outputs[i] : std::string(); }

bool used(const Graph& graph, const std::string& value) {
  return !value.empty() && (is_output(graph, value) || !readers(graph, value).empty());
}

std::optional<std::size_t> producer(const Graph& graph, const std::string& value) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (std::ranges::contains(graph.nodes[i].outputs, value)) return i;
  return std::nullopt;
}

// Zeros as a constant, or made for any number of rows.
bool absent_or_zero(const Graph& graph, const std::string& value) {
  static const std::vector<std::string> kCopies = {"Expand", "Unsqueeze", "Squeeze", "Reshape", "Tile", "Cast", "Identity"};
  if (value.empty()) return true;
  if (const std::optional<Tensor> state = float_constant(graph, value))
    return std::ranges::all_of(state->floats(), [](float one) { return one == 0; });
  const std::optional<std::size_t> made = producer(graph, value);
  if (!made || !graph.nodes[*made].domain.empty()) return false;
  const Node& node = graph.nodes[*made];
  if (node.op == "ConstantOfShape") {
    const Tensor* filling = node.find("value") ? std::get_if<Tensor>(&node.find("value")->value) : nullptr;
    return !filling || *filling == Tensor({1}, std::vector<float>{0});
  }
  return std::ranges::contains(kCopies, node.op) && absent_or_zero(graph, node.inputs[0]);
}

// The nodes that `value` is made by and that nobody else reads, among the layer's.
void take_makers(const Graph& graph, const std::string& value, std::vector<std::size_t>& nodes) {
  const std::optional<std::size_t> made = value.empty() ? std::nullopt : producer(graph, value);
  if (!made || std::ranges::contains(nodes, *made)) return;
  for (const std::string& output : graph.nodes[*made].outputs)
    if (is_output(graph, output) ||
        !std::ranges::all_of(readers(graph, output), [&](std::size_t reader) { return std::ranges::contains(nodes, reader); }))
      return;
  nodes.push_back(*made);
  for (const std::string& input : graph.nodes[*made].inputs) take_makers(graph, input, nodes);
}

// The Squeeze of one axis that alone reads `value`.
std::optional<std::size_t> squeeze_after(const Graph& graph, const std::string& value, std::int64_t axis) {
  const std::optional<std::size_t> reader = only_reader(graph, value);
  if (!reader || !is(graph.nodes[*reader], "Squeeze")) return std::nullopt;
  std::vector<std::int64_t> axes = graph.nodes[*reader].get<std::vector<std::int64_t>>("axes", {});  // before operator set 13
  if (const std::optional<Tensor> given = constant(graph, input_or_none(graph.nodes[*reader], 1)); given && given->dtype() == DType::kInt64)
    axes.assign(given->data<std::int64_t>().begin(), given->data<std::int64_t>().end());
  if (axes != std::vector{axis}) return std::nullopt;
  return reader;
}

// From each step, [time, batch, units], to the last: Slice and Squeeze, as TensorFlow's converter has it.
bool follow_last_step(const Graph& graph, const std::string& steps, Recognised& layer) {
  const std::optional<std::size_t> slice = only_reader(graph, steps);
  if (!slice || !is(graph.nodes[*slice], "Slice")) return false;
  const auto number = [&](std::size_t input, std::int64_t otherwise) {
    const std::string value = input_or_none(graph.nodes[*slice], input);
    if (value.empty()) return std::optional(otherwise);
    const std::optional<Tensor> given = constant(graph, value);
    return given && given->size() == 1 ? std::optional(given->cast(DType::kInt64).data<std::int64_t>()[0]) : std::nullopt;
  };
  const bool last =
      number(1, 0) == -1 && number(2, 0).value_or(0) >= std::numeric_limits<std::int32_t>::max() && number(3, 0) == 0 && number(4, 1) == 1;
  const std::optional<std::size_t> squeeze = squeeze_after(graph, graph.nodes[*slice].outputs[0], 0);
  if (!last || !squeeze) return false;
  layer.nodes.insert(layer.nodes.end(), {*slice, *squeeze});
  return true;
}

// Goes on from the operator to the layer's output.
bool follow_output(const Graph& graph, RecurrentNode& found, bool reverse) {
  const std::string all = output_or_none(*found.node, 0);
  const std::string last = output_or_none(*found.node, 1);
  if (used(graph, output_or_none(*found.node, 2)) || used(graph, all) == used(graph, last)) return false;
  const bool sequences = used(graph, all);
  if (sequences && reverse) return false;
  const std::optional<std::size_t> squeeze = squeeze_after(graph, sequences ? all : last, sequences ? 1 : 0);
  if (!squeeze) return false;
  found.recognised.nodes.push_back(*squeeze);
  if (sequences && !follow_last_step(graph, graph.nodes[*squeeze].outputs[0], found.recognised)) {
    const std::optional<std::size_t> back = only_reader(graph, graph.nodes[*squeeze].outputs[0]);
    if (!back || !swaps_batch_and_time(graph.nodes[*back])) return false;
    found.recognised.nodes.push_back(*back);
    found.recognised.settings["return_sequences"] = true;
  }
  if (reverse) found.recognised.settings["go_backwards"] = true;
  found.recognised.output = graph.nodes[found.recognised.nodes.back()].outputs[0];
  return true;
}

// A weight without its first axis, that of the directions.
std::optional<Tensor> one_direction(const Graph& graph, const std::string& value, std::size_t rank) {
  const std::optional<Tensor> weight = float_constant(graph, value);
  if (!weight || weight->rank() != rank || weight->dim(0) != 1) return std::nullopt;
  return weight->reshaped({weight->shape().begin() + 1, weight->shape().end()});
}

}  // namespace

std::optional<RecurrentNode> recurrent_node(const Graph& graph, std::size_t index, const char* op, std::int64_t gates) {
  const Node& first = graph.nodes[index];
  if (!swaps_batch_and_time(first)) return std::nullopt;
  const std::optional<std::size_t> place = only_reader(graph, first.outputs[0]);
  if (!place || !is(graph.nodes[*place], op) || graph.nodes[*place].inputs[0] != first.outputs[0]) return std::nullopt;
  const Node& node = graph.nodes[*place];
  const std::string direction = node.get<std::string>("direction", "forward");
  for (const char* attribute : {"clip", "activation_alpha", "activation_beta", "layout"})
    if (node.find(attribute) && (std::string_view(attribute) != "layout" || node.get<std::int64_t>("layout", 0) != 0)) return std::nullopt;
  if (direction == "bidirectional" || !input_or_none(node, 4).empty()) return std::nullopt;
  if (!absent_or_zero(graph, input_or_none(node, 5)) || !absent_or_zero(graph, input_or_none(node, 6))) return std::nullopt;
  const std::optional<Tensor> w = one_direction(graph, node.inputs[1], 3);
  const std::optional<Tensor> r = one_direction(graph, input_or_none(node, 2), 3);
  if (!w || !r || w->dim(0) != r->dim(0) || r->dim(0) != gates * r->dim(1)) return std::nullopt;
  RecurrentNode found{
      .node = &node,
      .w = *w,
      .r = *r,
      .b = std::nullopt,
      .activations = {"Sigmoid", "Tanh"},
      .recognised = {.settings = {{"units", r->dim(1)}}, .nodes = {index, *place}, .inputs = {first.inputs[0]}, .output = {}}};
  if (gates == 4) found.activations.emplace_back("Tanh");
  if (gates == 1) found.activations = {"Tanh"};
  found.activations = node.get<std::vector<std::string>>("activations", found.activations);
  if (const std::string bias = input_or_none(node, 3); bias.empty()) {
    found.recognised.settings["use_bias"] = false;
  } else {
    found.b = one_direction(graph, bias, 2);
    if (!found.b || found.b->size() != 2 * w->dim(0)) return std::nullopt;
  }
  if (!follow_output(graph, found, direction == "reverse")) return std::nullopt;
  for (const std::size_t state : {5U, 6U}) take_makers(graph, input_or_none(node, state), found.recognised.nodes);
  return found;
}

Tensor keras_matrix(const Tensor& matrix, const std::vector<std::size_t>& order) {
  const auto rows = static_cast<std::size_t>(matrix.dim(0));
  const auto columns = static_cast<std::size_t>(matrix.dim(1));
  const std::size_t units = rows / order.size();
  std::vector<float> values(rows * columns);
  for (std::size_t gate = 0; gate < order.size(); ++gate)
    for (std::size_t unit = 0; unit < units; ++unit)
      for (std::size_t column = 0; column < columns; ++column)
        values[column * rows + gate * units + unit] = matrix.floats()[(order[gate] * units + unit) * columns + column];
  return Tensor({matrix.dim(1), matrix.dim(0)}, std::move(values));
}

Tensor keras_bias_sum(const Tensor& biases, const std::vector<std::size_t>& order) {
  const auto count = static_cast<std::size_t>(biases.size()) / 2;
  const std::size_t units = count / order.size();
  std::vector<float> values(count);
  for (std::size_t gate = 0; gate < order.size(); ++gate)
    for (std::size_t unit = 0; unit < units; ++unit) {
      const std::size_t from = order[gate] * units + unit;
      values[gate * units + unit] = biases.floats()[from] + biases.floats()[count + from];
    }
  return Tensor({static_cast<std::int64_t>(count)}, std::move(values));
}

}  // namespace upkeep::layers
