#include "layers/shared/foreign_operations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <ranges>

#include "graph/stop_gradient.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

using Axes = std::vector<std::int64_t>;

Json input_number(std::size_t number) { return {{"input", number}}; }

Json slice_json(std::optional<std::int64_t> start, std::optional<std::int64_t> stop, std::int64_t step) {
  Json config = {{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}};
  if (start) config["start"] = *start;
  if (stop) config["stop"] = *stop;
  if (step != 1) config["step"] = step;
  return {{"class_name", "__slice__"}, {"config", std::move(config)}};
}

PlainLayer index_along(std::size_t axis, Json part) {
  Json key = Json::array();
  for (std::size_t i = 0; i < axis; ++i) key.push_back(slice_json({}, {}, 1));
  key.push_back(std::move(part));
  return operation("get_item", {{"key", std::move(key)}});
}

bool is_float(const GraphView& graph, const std::string& value) {
  const ValueInfo* info = graph.value(value);
  return info && info->type.dtype == DType::kFloat32;
}

std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  const std::int64_t counted = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  if (counted < 0 || counted >= static_cast<std::int64_t>(rank)) return std::nullopt;
  return static_cast<std::size_t>(counted);
}

// Attribute `axes`, or the integers of an input, as they have been since operator set 13 or 18; `none` without either.
std::optional<Axes> axes_of(const GraphView& graph, const Node& node, std::size_t input, Axes none = {}) {
  if (node.find("axes")) return node.get<Axes>("axes", {});
  if (node.inputs.size() <= input || node.inputs[input].empty()) return none;
  return integer_constant(graph, node.inputs[input]);
}

// --- one value -----------------------------------------------------------------------------------------------------

std::optional<std::vector<PlainLayer>> unary(const GraphView& graph, const Node& node) {
  static const std::map<std::string, std::string> kFunctions = {
      {"Neg", "negative"}, {"Abs", "absolute"}, {"Sqrt", "sqrt"}, {"Reciprocal", "reciprocal"}, {"Exp", "exp"}, {"Log", "log"},
      {"Sin", "sin"},      {"Cos", "cos"},      {"Tan", "tan"},   {"Atan", "arctan"},           {"Erf", "erf"}, {"Floor", "floor"},
      {"Ceil", "ceil"},    {"Round", "round"},  {"Sign", "sign"}, {"Identity", "identity"}};
  if (is_op(node, "Not")) return std::vector{operation("logical_not")};
  if (stops_gradient(node)) return std::vector{operation("stop_gradient", {{"variable", input_number(0)}})};
  const auto found = kFunctions.find(node.op);
  if (found == kFunctions.end() || !is_float(graph, node.inputs[0])) return std::nullopt;
  return std::vector{operation(found->second)};
}

std::optional<std::vector<PlainLayer>> cast(const GraphView&, const Node& node) {
  const auto type = static_cast<DType>(node.get<std::int64_t>("to", 0));
  if (type != DType::kFloat32 && type != DType::kInt32 && type != DType::kInt64 && type != DType::kBool) return std::nullopt;
  return std::vector{operation("cast", {{"dtype", to_string(type)}})};
}

std::optional<std::vector<PlainLayer>> clip_function(const GraphView& graph, const Node& node) {
  const auto bound = [&](std::size_t input, const char* attribute) -> std::optional<float> {
    if (const Attribute* given = node.find(attribute)) return std::get<float>(given->value);
    return node.inputs.size() > input && !node.inputs[input].empty() ? scalar_constant(graph, node.inputs[input]) : std::nullopt;
  };
  const std::size_t given = static_cast<std::size_t>(std::ranges::count_if(node.inputs, [](const auto& name) { return !name.empty(); }));
  const auto low = bound(1, "min"), high = bound(2, "max");
  if (!is_float(graph, node.inputs[0]) || (!low && !high) || given - 1 > std::size_t(low.has_value()) + std::size_t(high.has_value()))
    return std::nullopt;
  const auto with = [](const char* function, float number) {
    return std::vector{operation(function, {{"x1", input_number(0)}, {"x2", shortest(number)}})};
  };
  if (!high) return with("maximum", *low);
  if (!low) return with("minimum", *high);
  return std::vector{operation("clip", {{"x_min", shortest(*low)}, {"x_max", shortest(*high)}})};
}

std::optional<std::vector<PlainLayer>> transpose(const GraphView& graph, const Node& node) {
  const Dims* input = dims(graph, node.inputs[0]);
  if (!input) return std::nullopt;
  Axes order(input->size());
  std::iota(order.rbegin(), order.rend(), 0);
  return std::vector{transposition(node.get<Axes>("perm", order))};
}

// Keras is told a shape with one open size at most. Sizes that stay where they are are no numbers in a graph: the batch.
std::optional<std::vector<PlainLayer>> reshape(const GraphView& graph, const Node& node) {
  const Dims* to = dims(graph, node.outputs[0]);
  if (!to || to->empty()) return std::nullopt;
  Json shape = Json::array();
  for (const Dim& dim : *to) shape.push_back(dim.known() ? dim.value : -1);
  if (std::ranges::count(shape, Json(-1)) > 1 || std::ranges::count(shape, Json(0)) > 0) return std::nullopt;
  return std::vector{operation("reshape", {{"newshape", std::move(shape)}})};
}

std::optional<std::vector<PlainLayer>> unsqueeze(const GraphView& graph, const Node& node) {
  const Dims* to = dims(graph, node.outputs[0]);
  const std::optional<Axes> axes = axes_of(graph, node, 1);
  if (!to || !axes) return std::nullopt;
  std::vector<std::size_t> places;
  for (const std::int64_t axis : *axes) {
    const auto place = axis_of(axis, to->size());
    if (!place) return std::nullopt;
    places.push_back(*place);
  }
  std::ranges::sort(places);
  std::vector<PlainLayer> made;
  for (const std::size_t place : places) made.push_back(operation("expand_dims", {{"axis", place}}));
  return made;
}

std::optional<std::vector<PlainLayer>> squeeze(const GraphView& graph, const Node& node) {
  const Dims* from = dims(graph, node.inputs[0]);
  if (!from) return std::nullopt;
  Axes ones;
  for (std::size_t i = 0; i < from->size(); ++i)
    if ((*from)[i] == Dim(1)) ones.push_back(static_cast<std::int64_t>(i));
  const std::optional<Axes> axes = axes_of(graph, node, 1, ones);
  if (!axes) return std::nullopt;
  std::vector<std::size_t> places;
  for (const std::int64_t axis : *axes) {
    const auto place = axis_of(axis, from->size());
    if (!place) return std::nullopt;
    places.push_back(*place);
  }
  std::ranges::sort(places, std::greater{});
  std::vector<PlainLayer> made;
  for (const std::size_t place : places) made.push_back(operation("squeeze", {{"axis", place}}));
  return made;
}

std::optional<std::vector<PlainLayer>> gather(const GraphView& graph, const Node& node) {
  const Dims* from = dims(graph, node.inputs[0]);
  const std::optional<Tensor> which = constant(graph, node.inputs[1]);
  const auto axis = from ? axis_of(node.get<std::int64_t>("axis", 0), from->size()) : std::nullopt;
  const std::optional<Axes> places = integer_constant(graph, node.inputs[1]);
  if (!axis || !places || which->rank() > 1) return std::nullopt;
  const Dim& size = (*from)[*axis];
  if (which->rank() == 0) return std::vector{element_of_axis(*axis, (*places)[0])};
  Json indices = Json::array();
  for (const std::int64_t place : *places) {
    if (place < 0 && !size.known()) return std::nullopt;
    indices.push_back(place < 0 ? place + size.value : place);
  }
  return std::vector{operation("take", {{"indices", std::move(indices)}, {"axis", *axis}})};
}

std::optional<std::vector<PlainLayer>> slice(const GraphView& graph, const Node& node) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();
  const Dims* from = dims(graph, node.inputs[0]);
  const bool attributes = node.find("starts") != nullptr;  // before operator set 10
  const auto list = [&](std::size_t input, const char* name, const Axes& none) -> std::optional<Axes> {
    if (attributes) return node.get<Axes>(name, none);
    return node.inputs.size() > input && !node.inputs[input].empty() ? integer_constant(graph, node.inputs[input]) : std::optional(none);
  };
  const auto starts = list(1, "starts", {}), ends = list(2, "ends", {});
  if (!from || !starts || !ends || starts->size() != ends->size()) return std::nullopt;
  Axes all(starts->size());
  std::iota(all.begin(), all.end(), 0);
  const auto axes = list(3, "axes", all), steps = list(4, "steps", Axes(starts->size(), 1));
  if (!axes || !steps || axes->size() != starts->size() || steps->size() != starts->size()) return std::nullopt;
  std::vector<PlainLayer> made;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis = axis_of((*axes)[i], from->size());
    if (!axis) return std::nullopt;
    const std::int64_t start = (*starts)[i], end = (*ends)[i], step = (*steps)[i];
    if (step == -1 && start == -1 && end <= -kFar) {
      made.push_back(operation("flip", {{"axis", *axis}}));
      continue;
    }
    if (step < 1) return std::nullopt;
    const Dim& size = (*from)[*axis];
    const bool to_end = end >= kFar || (size.known() && end >= size.value);
    made.push_back(
        slice_of_axis(*axis, start == 0 ? std::nullopt : std::optional(start), to_end ? std::nullopt : std::optional(end), step));
  }
  return made;
}

std::optional<std::vector<PlainLayer>> reduction(const GraphView& graph, const Node& node) {
  static const std::map<std::string, std::string> kFunctions = {
      {"ReduceMean", "mean"},           {"ReduceSum", "sum"}, {"ReduceMax", "max"}, {"ReduceMin", "min"},      {"ReduceProd", "prod"},
      {"ReduceLogSumExp", "logsumexp"}, {"ReduceL1", "sum"},  {"ReduceL2", "sum"},  {"ReduceSumSquare", "sum"}};
  const auto found = kFunctions.find(node.op);
  const Dims* from = dims(graph, node.inputs[0]);
  if (found == kFunctions.end() || !from || !is_float(graph, node.inputs[0])) return std::nullopt;
  Axes every(from->size());
  std::iota(every.begin(), every.end(), 0);
  std::optional<Axes> axes = axes_of(graph, node, 1);
  if (!axes) return std::nullopt;
  if (axes->empty() && node.get<std::int64_t>("noop_with_empty_axes", 0) != 0) return std::nullopt;
  if (axes->empty()) axes = every;
  Json places = Json::array();
  for (const std::int64_t axis : *axes) {
    const auto place = axis_of(axis, from->size());
    if (!place) return std::nullopt;
    places.push_back(*place);
  }
  std::vector<PlainLayer> made;
  if (node.op == "ReduceL1") made.push_back(operation("absolute"));
  if (node.op == "ReduceL2" || node.op == "ReduceSumSquare") made.push_back(operation("square"));
  made.push_back(operation(found->second, {{"axis", std::move(places)}, {"keepdims", node.get<std::int64_t>("keepdims", 1) != 0}}));
  if (node.op == "ReduceL2") made.push_back(operation("sqrt"));
  return made;
}

std::optional<std::vector<PlainLayer>> place_of_extreme(const GraphView& graph, const Node& node) {
  const Dims* from = dims(graph, node.inputs[0]);
  const auto axis = from ? axis_of(node.get<std::int64_t>("axis", 0), from->size()) : std::nullopt;
  if (!axis || node.get<std::int64_t>("select_last_index", 0) != 0) return std::nullopt;
  const Json arguments = {{"axis", *axis}, {"keepdims", node.get<std::int64_t>("keepdims", 1) != 0}};
  return std::vector{operation(node.op == "ArgMax" ? "argmax" : "argmin", arguments), operation("cast", {{"dtype", "int64"}})};
}

std::optional<std::vector<PlainLayer>> tile(const GraphView& graph, const Node& node) {
  const std::optional<Axes> repeats = integer_constant(graph, node.inputs.at(1));
  if (!repeats) return std::nullopt;
  return std::vector{operation("tile", {{"repeats", *repeats}})};
}

// Sizes of 1 that become others; the batch, and all that is not known, must stay.
std::optional<std::vector<PlainLayer>> expand(const GraphView& graph, const Node& node) {
  const Dims* from = dims(graph, node.inputs[0]);
  const Dims* to = dims(graph, node.outputs[0]);
  if (!from || !to || from->size() != to->size()) return std::nullopt;
  Axes repeats;
  for (std::size_t i = 0; i < from->size(); ++i) {
    const bool stays = (*from)[i] == (*to)[i] && ((*from)[i].known() || !(*from)[i].symbol.empty());
    if (!stays && ((*from)[i] != Dim(1) || !(*to)[i].known())) return std::nullopt;
    repeats.push_back(stays ? 1 : (*to)[i].value);
  }
  return std::vector{operation("tile", {{"repeats", repeats}})};
}

std::optional<std::vector<PlainLayer>> pad(const GraphView& graph, const Node& node) {
  const Dims* from = dims(graph, node.inputs[0]);
  if (!from || !is_float(graph, node.inputs[0])) return std::nullopt;
  const std::size_t rank = from->size();
  std::optional<Axes> pads = node.find("pads") ? node.get<Axes>("pads", {}) : integer_constant(graph, node.inputs.at(1));
  if (!pads || pads->size() != 2 * rank || (node.inputs.size() > 3 && !node.inputs[3].empty())) return std::nullopt;
  if (std::ranges::any_of(*pads, [](std::int64_t pad) { return pad < 0; })) return std::nullopt;
  const auto mode = node.get<std::string>("mode", "constant");
  if (mode == "edge") return edge_padding(*pads);
  if (mode != "constant" && mode != "reflect") return std::nullopt;
  Json widths = Json::array();
  for (std::size_t i = 0; i < rank; ++i) widths.push_back({(*pads)[i], (*pads)[i + rank]});
  Json arguments = {{"pad_width", std::move(widths)}, {"mode", mode}};
  float filling = node.get<float>("value", 0);
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const auto given = scalar_constant(graph, node.inputs[2]);
    if (!given) return std::nullopt;
    filling = *given;
  }
  if (!std::isfinite(filling)) return std::nullopt;  // no number in JSON
  if (mode == "constant") arguments["constant_values"] = shortest(filling);
  return std::vector{operation("pad", std::move(arguments))};
}

// Blocks of channels as pictures that are larger, and back: sizes apart, in another order, and together.
std::optional<std::vector<PlainLayer>> depth_and_space(const GraphView& graph, const Node& node) {
  const Dims* x = dims(graph, node.inputs[0]);
  const auto block = node.get<std::int64_t>("blocksize", 0);
  if (!x || x->size() != 4 || block < 1 || std::ranges::any_of(*x | std::views::drop(1), [](const Dim& dim) { return !dim.known(); }))
    return std::nullopt;
  const std::int64_t channels = (*x)[1].value, rows = (*x)[2].value, columns = (*x)[3].value;
  const auto layers = [](Shape apart, Axes order, Shape together) {
    return std::vector<PlainLayer>{
        {"reshape", {{"target_shape", std::move(apart)}}}, transposition(order), {"reshape", {{"target_shape", std::move(together)}}}};
  };
  if (is_op(node, "SpaceToDepth")) {
    if (rows % block != 0 || columns % block != 0) return std::nullopt;
    return layers({channels, rows / block, block, columns / block, block}, {0, 3, 5, 1, 2, 4},
                  {channels * block * block, rows / block, columns / block});
  }
  if (channels % (block * block) != 0) return std::nullopt;
  const std::int64_t left = channels / (block * block);
  const bool channels_first = node.get<std::string>("mode", "DCR") == "CRD";
  const Shape apart = channels_first ? Shape{left, block, block, rows, columns} : Shape{block, block, left, rows, columns};
  const Axes order = channels_first ? Axes{0, 1, 4, 2, 5, 3} : Axes{0, 3, 4, 1, 5, 2};
  return layers(apart, order, {left, rows * block, columns * block});
}

using OneValue = std::optional<std::vector<PlainLayer>> (*)(const GraphView& graph, const Node& node);

std::optional<Recognised> of_one_value(const GraphView& graph, std::size_t index) {
  static const std::map<std::string, OneValue> kMakers = {{"DepthToSpace", depth_and_space},
                                                          {"SpaceToDepth", depth_and_space},
                                                          {"Cast", cast},
                                                          {"Clip", clip_function},
                                                          {"Transpose", transpose},
                                                          {"Reshape", reshape},
                                                          {"Flatten", reshape},
                                                          {"Unsqueeze", unsqueeze},
                                                          {"Squeeze", squeeze},
                                                          {"Gather", gather},
                                                          {"Slice", slice},
                                                          {"ArgMax", place_of_extreme},
                                                          {"ArgMin", place_of_extreme},
                                                          {"Tile", tile},
                                                          {"Expand", expand},
                                                          {"Pad", pad}};
  const Node& node = graph.nodes[index];
  if (node.inputs.empty() || constant(graph, node.inputs[0])) return std::nullopt;
  std::optional<std::vector<PlainLayer>> made = unary(graph, node);
  if (const auto maker = kMakers.find(node.op); !made && maker != kMakers.end()) made = maker->second(graph, node);
  if (!made && node.op.starts_with("Reduce")) made = reduction(graph, node);
  if (!made) return std::nullopt;
  Recognised found = chain(*std::move(made), index, node.inputs[0], node.outputs[0]);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) take_makers(graph, node.inputs[i], found.nodes);
  return found;
}

// --- several values ------------------------------------------------------------------------------------------------

const std::map<std::string, std::string>& binary_functions() {
  static const std::map<std::string, std::string> kFunctions = {{"Add", "add"},         {"Sub", "subtract"},
                                                                {"Mul", "multiply"},    {"Div", "divide"},
                                                                {"Pow", "power"},       {"Max", "maximum"},
                                                                {"Min", "minimum"},     {"MatMul", "matmul"},
                                                                {"Greater", "greater"}, {"Less", "less"},
                                                                {"Equal", "equal"},     {"GreaterOrEqual", "greater_equal"},
                                                                {"And", "logical_and"}, {"LessOrEqual", "less_equal"},
                                                                {"Or", "logical_or"},   {"Xor", "logical_xor"}};
  return kFunctions;
}

Json operation_settings(const std::string& function, Json arguments) {
  return {{"function", function}, {"arguments", std::move(arguments)}};
}

// Arguments by name: values by their number, single numbers as they are. nullopt where a constant is more than a number.
std::optional<Recognised> of_values(const GraphView& graph, std::size_t index, const std::string& function,
                                    const std::vector<std::string>& names) {
  const Node& node = graph.nodes[index];
  Recognised found{.nodes = {index}, .inputs = {}, .output = node.outputs[0], .kind = "operation"};
  Json arguments = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const std::optional<Tensor> given = constant(graph, node.inputs.at(i))) {
      const bool number = given->size() == 1 && given->rank() <= 1 && given->dtype() != DType::kString;
      const float value = number ? given->cast(DType::kFloat32).floats()[0] : 0;
      if (!number || !std::isfinite(value)) return std::nullopt;
      arguments[names[i]] = shortest(value);
      continue;
    }
    const auto before = std::ranges::find(found.inputs, node.inputs[i]);
    arguments[names[i]] = input_number(static_cast<std::size_t>(before - found.inputs.begin()));
    if (before == found.inputs.end()) found.inputs.push_back(node.inputs[i]);
  }
  if (found.inputs.empty()) return std::nullopt;
  found.settings = operation_settings(function, std::move(arguments));
  return found;
}

std::optional<Recognised> binary(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const auto found = binary_functions().find(node.op);
  if (found == binary_functions().end() || node.inputs.size() != 2 || !node.attributes.empty()) return std::nullopt;
  const bool truth = found->second.starts_with("logical") || found->second == "equal";
  const auto fits = [&](const std::string& value) { return is_float(graph, value) || constant(graph, value); };
  if (!truth && (!fits(node.inputs[0]) || !fits(node.inputs[1]))) return std::nullopt;
  return of_values(graph, index, found->second, {"x1", "x2"});
}

std::optional<Recognised> joined(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  Json all = Json::array();
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (constant(graph, node.inputs[i])) return std::nullopt;
    all.push_back(input_number(i));
  }
  const bool sums = is_op(node, "Einsum");
  Json arguments = sums ? Json{{"subscripts", node.get<std::string>("equation", "")}, {"operands", std::move(all)}}
                        : Json{{"xs", std::move(all)}, {"axis", node.get<std::int64_t>("axis", 0)}};
  return Recognised{.settings = operation_settings(sums ? "einsum" : "concatenate", std::move(arguments)),
                    .nodes = {index},
                    .inputs = node.inputs,
                    .output = node.outputs[0],
                    .kind = "operation"};
}

// Spread to the sizes of another value, only to meet values of these sizes: they spread it themselves.
std::optional<Recognised> spread_for_arithmetic(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const Dims* to = dims(graph, node.outputs[0]);
  if (!is_op(node, "Expand") || !to || constant(graph, node.inputs[0]) || graph.is_output(node.outputs[0])) return std::nullopt;
  for (const std::size_t reader : graph.readers(node.outputs[0])) {
    const Node& arithmetic = graph.nodes[reader];
    if (!binary_functions().contains(arithmetic.op) || is_op(arithmetic, "MatMul") || arithmetic.inputs.size() != 2) return std::nullopt;
    const std::string& other = arithmetic.inputs[arithmetic.inputs[0] == node.outputs[0] ? 1 : 0];
    const Dims* beside = dims(graph, other);
    if (other == node.outputs[0] || !beside || *beside != *to) return std::nullopt;
    if (std::ranges::any_of(*to, [](const Dim& dim) { return !dim.known() && dim.symbol.empty(); })) return std::nullopt;
  }
  Recognised found = chain({operation("identity")}, index, node.inputs[0], node.outputs[0]);
  take_makers(graph, node.inputs[1], found.nodes);
  return found;
}

}  // namespace

PlainLayer operation(const std::string& function, Json arguments) {
  const bool named = arguments.contains("x") || arguments.contains("variable") || arguments.contains("x1") || arguments.contains("xs");
  if (!named) arguments["x"] = input_number(0);
  return {"operation", operation_settings(function, std::move(arguments))};
}

PlainLayer transposition(const std::vector<std::int64_t>& order) { return operation("transpose", {{"axes", order}}); }

PlainLayer slice_of_axis(std::size_t axis, std::optional<std::int64_t> start, std::optional<std::int64_t> stop, std::int64_t step) {
  return index_along(axis, slice_json(start, stop, step));
}

PlainLayer element_of_axis(std::size_t axis, std::int64_t at) { return index_along(axis, at); }

std::vector<PlainLayer> edge_padding(const std::vector<std::int64_t>& pads) {
  const std::size_t rank = pads.size() / 2;
  std::vector<PlainLayer> made;
  for (std::int64_t step = 0; step < std::ranges::max(pads); ++step) {
    Json widths = Json::array();
    for (std::size_t i = 0; i < rank; ++i) widths.push_back({pads[i] > step ? 1 : 0, pads[i + rank] > step ? 1 : 0});
    made.push_back(operation("pad", {{"pad_width", std::move(widths)}, {"mode", "symmetric"}}));
  }
  return made;
}

Recognised chain(std::vector<PlainLayer> layers, std::size_t node, std::string input, std::string output) {
  if (layers.empty()) layers.push_back(operation("identity"));
  Recognised found{.settings = std::move(layers[0].settings),
                   .weights = std::move(layers[0].weights),
                   .nodes = {node},
                   .inputs = {std::move(input)},
                   .output = std::move(output),
                   .kind = std::move(layers[0].kind)};
  found.after.assign(std::make_move_iterator(layers.begin() + 1), std::make_move_iterator(layers.end()));
  return found;
}

std::optional<Recognised> recognise_operation(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!node.domain.empty() || node.outputs.empty()) return std::nullopt;
  for (std::size_t i = 1; i < node.outputs.size(); ++i)
    if (!graph.readers(node.outputs[i]).empty() || graph.is_output(node.outputs[i])) return std::nullopt;
  if (auto found = spread_for_arithmetic(graph, index)) return found;
  if (auto found = recognise_spread_constant(graph, index)) return found;
  if (auto found = of_one_value(graph, index)) return found;
  if (auto found = binary(graph, index)) return found;
  if (is_op(node, "Where") && node.inputs.size() == 3) return of_values(graph, index, "where", {"condition", "x1", "x2"});
  if (is_op(node, "Concat") || is_op(node, "Einsum")) return joined(graph, index);
  if (is_op(node, "Resize")) return recognise_resize(graph, index);
  return recognise_array_arithmetic(graph, index);
}

}  // namespace upkeep::layers
