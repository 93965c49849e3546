#include "layers/shared/recurrent_view.hpp"

#include <algorithm>

#include "layers/shared/foreign_operations.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

std::string input_or_none(const Node& node, std::size_t i) { return i < node.inputs.size() ? node.inputs[i] : std::string(); }
std::string output_or_none(const Node& node, std::size_t i) { return i < node.outputs.size() ? node.outputs[i] : std::string(); }

bool used(const GraphView& graph, const std::string& value) {
  return !value.empty() && (graph.is_output(value) || !graph.readers(value).empty());
}

// Zeros as a constant, or made for any number of rows.
bool absent_or_zero(const GraphView& graph, const std::string& value) {
  static const std::vector<std::string> kCopies = {"Expand", "Unsqueeze", "Squeeze", "Reshape",   "Tile",   "Cast",
                                                   "Slice",  "Gather",    "Split",   "Transpose", "Concat", "Identity"};
  if (value.empty()) return true;
  if (const std::optional<Tensor> state = float_constant(graph, value))
    return std::ranges::all_of(state->floats(), [](float one) { return one == 0; });
  const Node* node = graph.producer(value);
  if (!node || !node->domain.empty()) return false;
  if (node->op == "ConstantOfShape") {
    const Tensor* filling = node->find("value") ? std::get_if<Tensor>(&node->find("value")->value) : nullptr;
    return !filling || *filling == Tensor({1}, std::vector<float>{0});
  }
  if (!std::ranges::contains(kCopies, node->op)) return false;
  const std::size_t parts = node->op == "Concat" ? node->inputs.size() : 1;
  return std::ranges::all_of(node->inputs.begin(), node->inputs.begin() + static_cast<std::ptrdiff_t>(parts),
                             [&](const std::string& input) { return absent_or_zero(graph, input); });
}

// Part `direction` of a weight whose first axis is that of the directions.
std::optional<Tensor> of_direction(const GraphView& graph, const std::string& value, std::size_t rank, std::size_t direction,
                                   std::size_t directions) {
  const std::optional<Tensor> weight = float_constant(graph, value);
  if (!weight || weight->rank() != rank || weight->dim(0) != static_cast<std::int64_t>(directions)) return std::nullopt;
  const auto at = static_cast<std::int64_t>(direction);
  return weight->rows(at, at + 1).reshaped({weight->shape().begin() + 1, weight->shape().end()});
}

std::optional<RecurrentDirection> read_direction(const GraphView& graph, const Node& node, const RecurrentOperator& about,
                                                 std::size_t direction, std::size_t directions) {
  const std::optional<Tensor> w = of_direction(graph, node.inputs[1], 3, direction, directions);
  const std::optional<Tensor> r = of_direction(graph, input_or_none(node, 2), 3, direction, directions);
  if (!w || !r || w->dim(0) != r->dim(0) || r->dim(0) != static_cast<std::int64_t>(about.gates) * r->dim(1)) return std::nullopt;
  RecurrentDirection made{.w = *w, .r = *r, .b = std::nullopt, .activations = about.activations};
  if (const std::string bias = input_or_none(node, 3); !bias.empty()) {
    made.b = of_direction(graph, bias, 2, direction, directions);
    if (!made.b || made.b->size() != 2 * w->dim(0)) return std::nullopt;
  }
  const auto all = node.get<std::vector<std::string>>("activations", {});
  if (all.empty()) return made;
  if (all.size() != directions * about.activations.size()) return std::nullopt;
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(direction * about.activations.size());
  made.activations.assign(first, first + static_cast<std::ptrdiff_t>(about.activations.size()));
  return made;
}

bool has_plain_attributes(const Node& node) {
  return !node.find("clip") && !node.find("activation_alpha") && !node.find("activation_beta") && node.get<std::int64_t>("layout", 0) == 0;
}

// Settings and weights of one direction.
std::optional<Recognised> read_layer(const GraphView& graph, const Node& node, const RecurrentOperator& about, std::size_t direction,
                                     std::size_t directions) {
  const std::optional<RecurrentDirection> read = read_direction(graph, node, about, direction, directions);
  std::optional<Recognised> made = read ? about.read(node, *read) : std::nullopt;
  if (!made) return std::nullopt;
  Json settings = {{"units", read->r.dim(1)}};
  settings.update(made->settings);
  made->settings = std::move(settings);
  if (!read->b) made->settings["use_bias"] = false;
  return made;
}

// What the node reads, and the states that it starts from where they are not zero: [directions, batch, units].
bool take_inputs(const GraphView& graph, const Node& node, const RecurrentOperator& about, bool may_start, Recognised& made) {
  if (node.inputs.size() < 3 || constant(graph, node.inputs[0]) || !input_or_none(node, 4).empty()) return false;
  made.inputs = {node.inputs[0]};
  made.before = {transposition({1, 0, 2})};
  std::vector<std::string> states;
  for (std::size_t i = 0; i < about.states; ++i)
    if (const std::string state = input_or_none(node, 5 + i); !absent_or_zero(graph, state)) states.push_back(state);
  if (states.empty()) return true;
  const bool computed = std::ranges::none_of(states, [&](const std::string& state) { return constant(graph, state).has_value(); });
  if (!may_start || !computed || states.size() != about.states) return false;
  made.inputs.insert(made.inputs.end(), states.begin(), states.end());
  made.before_others = {operation("squeeze", {{"axis", 0}})};
  return true;
}

void take_zero_states(const GraphView& graph, const Node& node, Recognised& made) {
  for (const std::size_t state : {5U, 6U})
    if (absent_or_zero(graph, input_or_none(node, state))) take_makers(graph, input_or_none(node, state), made.nodes);
}

}  // namespace

std::optional<Recognised> recognise_recurrent(const GraphView& graph, std::size_t index, const RecurrentOperator& about) {
  const Node& node = graph.nodes[index];
  const std::string direction = node.get<std::string>("direction", "forward");
  if (!is_op(node, about.op) || direction == "bidirectional" || !has_plain_attributes(node)) return std::nullopt;
  std::optional<Recognised> made = read_layer(graph, node, about, 0, 1);
  if (!made || !take_inputs(graph, node, about, true, *made)) return std::nullopt;
  made->nodes = {index};
  const bool backwards = direction == "reverse";
  if (backwards) made->settings["go_backwards"] = true;
  const std::string steps = output_or_none(node, 0), last = output_or_none(node, 1), cell = output_or_none(node, 2);
  const bool sequences = used(graph, steps), states = used(graph, cell) || (sequences && used(graph, last));
  if (sequences) {
    made->settings["return_sequences"] = true;
    DerivedValue all{.value = steps};
    if (backwards) all.through.push_back(operation("flip", {{"axis", 1}}));  // Keras gives the steps in the order of reading
    all.through.push_back(transposition({1, 0, 2}));
    all.through.push_back(operation("expand_dims", {{"axis", 1}}));
    made->derived.push_back(std::move(all));
  }
  if (states) made->settings["return_state"] = true;
  const PlainLayer directions = operation("expand_dims", {{"axis", 0}});
  if (used(graph, last)) made->derived.push_back({.value = last, .of = {sequences ? 1U : 0U}, .through = {directions}});
  if (used(graph, cell)) made->derived.push_back({.value = cell, .of = {2}, .through = {directions}});
  take_zero_states(graph, node, *made);
  return made;
}

namespace {

// PyTorch's way to put the directions side by side: [time, 2, batch, units] to [time, batch, 2, units] to [time, batch, 2 units].
std::optional<std::string> joined_directions(const GraphView& graph, const std::string& steps, std::int64_t units, Recognised& made) {
  const std::optional<std::size_t> turned = graph.only_reader(steps);
  if (!turned || !is_op(graph.nodes[*turned], "Transpose")) return std::nullopt;
  if (graph.nodes[*turned].get<std::vector<std::int64_t>>("perm", {}) != std::vector<std::int64_t>{0, 2, 1, 3}) return std::nullopt;
  const std::optional<std::size_t> joined = graph.only_reader(graph.nodes[*turned].outputs[0]);
  if (!joined || !is_op(graph.nodes[*joined], "Reshape")) return std::nullopt;
  const std::string& value = graph.nodes[*joined].outputs[0];
  const std::optional<Tensor> sizes = constant(graph, graph.nodes[*joined].inputs[1]);
  const Dims* shape = dims(graph, value);
  const bool says = sizes && sizes->dtype() == DType::kInt64 && sizes->shape() == Shape{3} &&
                    (sizes->data<std::int64_t>()[2] == -1 || sizes->data<std::int64_t>()[2] == 2 * units);
  if (!says || !shape || shape->size() != 3 || shape->back() != Dim(2 * units)) return std::nullopt;
  made.nodes.insert(made.nodes.end(), {*turned, *joined});
  return value;
}

}  // namespace

std::optional<Recognised> recognise_bidirectional(const GraphView& graph, std::size_t index, const RecurrentOperator& about) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, about.op) || node.get<std::string>("direction", "forward") != "bidirectional" || !has_plain_attributes(node))
    return std::nullopt;
  const std::optional<Recognised> forward = read_layer(graph, node, about, 0, 2), backward = read_layer(graph, node, about, 1, 2);
  Recognised made;
  if (!forward || !backward || forward->settings != backward->settings || !take_inputs(graph, node, about, false, made))
    return std::nullopt;
  made.nodes = {index};
  for (const auto& [prefix, one] : {std::pair("forward/", &*forward), std::pair("backward/", &*backward)})
    for (const auto& [name, tensor] : one->weights) made.weights.emplace_back(prefix + name, tensor);
  Json settings = forward->settings;
  const auto units = settings.at("units").get<std::int64_t>();
  const std::string steps = output_or_none(node, 0);
  if (used(graph, steps)) {
    settings["return_sequences"] = true;
    if (const auto joined = joined_directions(graph, steps, units, made))
      made.derived.push_back({.value = *joined, .through = {transposition({1, 0, 2})}});
    else
      made.derived.push_back({.value = steps, .through = {{"reshape", {{"target_shape", {-1, 2, units}}}}, transposition({1, 2, 0, 3})}});
  }
  for (std::size_t state = 0; state < about.states; ++state) {
    const std::string value = output_or_none(node, 1 + state);
    if (!used(graph, value)) continue;
    settings["return_state"] = true;
    const Json both = Json::array({{{"input", 0}}, {{"input", 1}}});
    made.derived.push_back(
        {.value = value, .of = {1 + state, 1 + about.states + state}, .through = {operation("stack", {{"x", both}, {"axis", 0}})}});
  }
  made.settings["layer"] = {{about.kind, std::move(settings)}};
  take_zero_states(graph, node, made);
  return made;
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
