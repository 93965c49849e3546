// Values inside are compared where both models say what they are: the outputs of layers of one name and kind, or values of one name that
// the same operator makes.

#include "convert/compare_inside.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "layers/view/places.hpp"
#include "runtime/session.hpp"

namespace upkeep {
namespace {

struct Inner {
  std::string value;
  std::vector<std::int64_t> order;  // how its axes are read
};

struct Pair {
  std::string layer;
  std::string kind;
  Inner first;
  Inner second;
};

Model shaped(const Model& model) {
  Model copy = model;
  try {
    infer_shapes(copy);
  } catch (const Error&) {  // values without a type are left out
    return model;
  }
  return copy;
}

bool is_float(const Graph& graph, const std::string& name) {
  const ValueInfo* value = graph.value(name);
  if (!value || graph.input(name)) return false;  // an input is what it was given
  return is_floating(value->type.dtype);
}

std::vector<Pair> layer_pairs(const Model& first, const Model& second) {
  std::vector<Pair> pairs;
  try {
    const std::vector<LayerPlace> there = layer_places(second);
    for (const LayerPlace& place : layer_places(first)) {
      const auto other = std::ranges::find(there, place.layer, &LayerPlace::layer);
      if (other == there.end() || other->kind != place.kind) continue;
      if (!is_float(first.graph, place.value) || !is_float(second.graph, other->value)) continue;
      pairs.push_back({place.layer, place.kind, {place.value, place.order}, {other->value, other->order}});
    }
  } catch (const Error&) {  // one of them has no layer view
    pairs.clear();
  }
  return pairs;
}

std::vector<Pair> name_pairs(const Model& first, const Model& second) {
  std::unordered_map<std::string, const Node*> there;
  for (const Node& node : second.graph.nodes)
    for (const std::string& output : node.outputs) there[output] = &node;
  std::vector<Pair> pairs;
  for (const Node& node : first.graph.nodes)
    for (const std::string& name : node.outputs) {
      const auto other = there.find(name);
      if (other == there.end() || other->second->op != node.op) continue;
      if (is_float(first.graph, name) && is_float(second.graph, name)) pairs.push_back({"", "", {name, {}}, {name, {}}});
    }
  return pairs;
}

// The model with values inside as outputs too.
Model exposing(const Model& model, const std::vector<Pair>& pairs, Inner Pair::* side) {
  Model copy = model;
  for (const Pair& pair : pairs) {
    const std::string& name = (pair.*side).value;
    if (std::ranges::contains(copy.graph.outputs, name, &ValueInfo::name)) continue;
    copy.graph.outputs.push_back(*model.graph.value(name));
  }
  return copy;
}

// Rows can be run alone where all inputs and outputs have a free first axis.
bool rows_are_free(const Graph& graph) {
  const auto free = [&](const ValueInfo& value) {
    return graph.initializer(value.name) || (value.type.shape && !value.type.shape->empty() && !value.type.shape->front().known());
  };
  return std::ranges::all_of(graph.inputs, free) && std::ranges::all_of(graph.outputs, free);
}

Tensors worst_row(const Model& first, const Model& second, const Tensors& inputs) {
  const Comparison outputs = compare(first, second, inputs);
  const bool same_rows =
      std::ranges::all_of(inputs, [&](const auto& input) { return input.second.rank() > 0 && input.second.dim(0) == outputs.rows; });
  if (!same_rows || !rows_are_free(first.graph) || !rows_are_free(second.graph)) return inputs;
  const auto worst = std::ranges::max_element(outputs.outputs, {}, &OutputComparison::largest_counted);
  Tensors row;
  for (const auto& [name, tensor] : inputs) row[name] = tensor.rows(worst->row, worst->row + 1);
  return row;
}

// Elements in the order of other axes.
Tensor reordered(const Tensor& tensor, const std::vector<std::int64_t>& order) {
  if (order.empty()) return tensor;
  const Tensor values = tensor.cast(DType::kFloat64);
  const std::size_t rank = order.size();
  std::vector<std::size_t> stride(rank, 1);
  for (std::size_t axis = rank - 1; axis > 0; --axis) stride[axis - 1] = stride[axis] * static_cast<std::size_t>(tensor.dim(axis));
  Shape shape;
  for (const std::int64_t axis : order) shape.push_back(tensor.dim(static_cast<std::size_t>(axis)));
  std::vector<double> made;
  made.reserve(values.data<double>().size());
  std::vector<std::int64_t> at(rank, 0);
  while (made.size() < values.data<double>().size()) {
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < rank; ++axis)
      from += static_cast<std::size_t>(at[axis]) * stride[static_cast<std::size_t>(order[axis])];
    made.push_back(values.data<double>()[from]);
    for (std::size_t axis = rank; axis-- > 0 && ++at[axis] == shape[axis];) at[axis] = 0;
  }
  return Tensor(std::move(shape), std::move(made));
}

}  // namespace

Inside compare_inside(const Model& first, const Model& second, const Tensors& inputs, double relative) {
  const Model one = shaped(first);
  const Model two = shaped(second);
  Inside inside{.by = "layers"};
  std::vector<Pair> pairs = layer_pairs(one, two);
  if (pairs.empty()) {
    pairs = name_pairs(one, two);
    inside.by = pairs.empty() ? "nothing" : "names";
  }
  if (pairs.empty()) return inside;
  const Tensors row = worst_row(first, second, inputs);
  const Session left(exposing(one, pairs, &Pair::first));
  const Session right(exposing(two, pairs, &Pair::second));
  const Tensors other = right.run(renamed_inputs(left.inputs(), right, row));
  const Tensors values = left.run(row);
  for (const Pair& pair : pairs) {
    const Tensor a = reordered(values.at(pair.first.value), pair.first.order);
    const Tensor b = reordered(other.at(pair.second.value), pair.second.order);
    if (a.shape() != b.shape()) continue;  // one name for two things
    ++inside.values;
    OutputComparison found = compare_values(pair.first.value, a, pair.second.value, b);
    if (found.largest_counted <= relative) continue;
    inside.first = {pair.layer, pair.kind, std::move(found)};
    break;
  }
  return inside;
}

Json to_json(const Inside& inside) {
  Json json = {{"by", inside.by}, {"values", inside.values}, {"first", nullptr}};
  if (!inside.first) return json;
  json["first"] = to_json(inside.first->difference);
  if (inside.by == "layers") json["first"].update({{"layer", inside.first->layer}, {"kind", inside.first->kind}});
  return json;
}

std::string to_text(const Inside& inside) {
  if (inside.by == "nothing") return "the models have no layers or values of equal names, so only their outputs can be compared";
  if (!inside.first)
    return upkeep::format("none of the {} {} inside differs beyond the bound by itself", inside.values,
                          inside.by == "layers" ? "layers" : "values");
  const OutputComparison& difference = inside.first->difference;
  if (inside.by == "names")
    return upkeep::format("the two part at the value \"{}\", by {:.3g} (relative)", difference.output, difference.largest_relative);
  return upkeep::format("the two part at layer \"{}\" ({}), by {:.3g} (relative)", inside.first->layer, inside.first->kind,
                        difference.largest_relative);
}

}  // namespace upkeep
