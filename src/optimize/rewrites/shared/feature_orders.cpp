#include "optimize/rewrites/shared/feature_orders.hpp"

#include <algorithm>

namespace upkeep::rewrites {

struct FeatureOrders::Step {
  Wiring::Id reader;
  std::string source;  // in the old order
  std::string value;   // in the new one, which the reader reads
  Permutation order;
  std::size_t axis;
  std::size_t rank;
};

void FeatureOrders::put_behind(Wiring::Id node, std::size_t axis, const Permutation& order) {
  if (is_identity(order)) return;
  const std::string name = wiring_.node(node).outputs[0];
  const std::string inner = wiring_.fresh(name + "/moved");
  if (const ValueType* type = wiring_.type(name)) wiring_.set_type(inner, ValueType(*type));
  const std::string places = wiring_.add_constant(name + "/order", int64s(order));
  wiring_.change(node, [&](Node& changed) { changed.outputs[0] = inner; });
  const Wiring::Id gather = wiring_.add({.op = "Gather",
                                         .domain = {},
                                         .name = {},
                                         .inputs = {inner, places},
                                         .outputs = {name},
                                         .attributes = {{"axis", static_cast<std::int64_t>(axis), {}}}},
                                        {});
  gathers_.insert(gather);
  sink(gather);
}

std::size_t FeatureOrders::left_over() const {
  return static_cast<std::size_t>(std::ranges::count_if(gathers_, [&](Wiring::Id id) { return wiring_.alive(id); }));
}

void FeatureOrders::sink(Wiring::Id gather) {
  const Node node = wiring_.node(gather);
  const auto dims = wiring_.dims(node.inputs[0]);
  const Permutation order = *integers(wiring_.constant(node.inputs[1]));
  for (const Wiring::Id reader : wiring_.readers(node.outputs[0])) {
    if (!wiring_.alive(reader) || !std::ranges::contains(wiring_.node(reader).inputs, node.outputs[0]) || !dims) continue;
    const Step step{.reader = reader,
                    .source = node.inputs[0],
                    .value = node.outputs[0],
                    .order = order,
                    .axis = static_cast<std::size_t>(node.get<std::int64_t>("axis", 0)),
                    .rank = dims->size()};
    [[maybe_unused]] const bool moved =
        pass_elementwise(step) || pass_broadcast(step) || pass_concat(step) || pass_normalization(step) || enter_weights(step);
  }
  if (!wiring_.is_output(node.outputs[0]) && wiring_.readers(node.outputs[0]).empty()) wiring_.remove(gather);
}

void FeatureOrders::read_source(const Step& step, const std::function<void(Node&)>& edit) {
  wiring_.change(step.reader, [&](Node& node) {
    std::ranges::replace(node.inputs, step.value, step.source);
    edit(node);
  });
}

bool FeatureOrders::pass_elementwise(const Step& step) {
  const Node& reader = wiring_.node(step.reader);
  if (!is_elementwise(reader) || reader.inputs[0] != step.value) return false;
  read_source(step, [](Node&) {});
  put_behind(step.reader, step.axis, step.order);
  return true;
}

bool FeatureOrders::pass_broadcast(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (!is_broadcasting(reader)) return false;
  std::vector<std::string> inputs;
  for (const std::string& name : reader.inputs) {
    const Tensor* tensor = wiring_.constant(name);
    if (name == step.value) inputs.push_back(step.source);
    else if (name.empty() || has_one_element(wiring_, name)) inputs.push_back(name);
    else if (!tensor || tensor->rank() > step.rank || size_bits(tensor->dtype()) < 8) return false;
    else {
      const std::size_t missing = step.rank - tensor->rank();
      const bool along = step.axis >= missing && tensor->dim(step.axis - missing) != 1;
      inputs.push_back(along ? wiring_.add_constant(name + "/ordered", taken(*tensor, step.axis - missing, inverse(step.order))) : name);
    }
  }
  wiring_.change(step.reader, [&](Node& node) { node.inputs = inputs; });
  put_behind(step.reader, step.axis, step.order);
  return true;
}

// Side by side with others along the features: theirs stay where they are.
bool FeatureOrders::pass_concat(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (!is_op(reader, "Concat") || from_front(reader.get<std::int64_t>("axis", 0), step.rank) != static_cast<std::int64_t>(step.axis))
    return false;
  Permutation order;
  for (const std::string& name : reader.inputs) {
    const auto dims = wiring_.dims(name);
    if (!dims || dims->size() != step.rank || !(*dims)[step.axis].known()) return false;
    const auto start = static_cast<std::int64_t>(order.size());
    for (std::int64_t i = 0; i < (*dims)[step.axis].value; ++i)
      order.push_back(start + (name == step.value ? step.order[static_cast<std::size_t>(i)] : i));
  }
  read_source(step, [](Node&) {});
  put_behind(step.reader, step.axis, order);
  return true;
}

bool FeatureOrders::pass_normalization(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (!is_op(reader, "BatchNormalization") || step.axis != 1 || reader.outputs.size() != 1 || reader.inputs[0] != step.value) return false;
  std::vector<std::string> inputs{step.source};
  for (std::size_t i = 1; i < reader.inputs.size(); ++i) {
    const Tensor* tensor = wiring_.constant(reader.inputs[i]);
    if (!tensor || tensor->rank() != 1) return false;
    inputs.push_back(wiring_.add_constant(reader.inputs[i] + "/ordered", taken(*tensor, 0, inverse(step.order))));
  }
  wiring_.change(step.reader, [&](Node& node) { node.inputs = inputs; });
  put_behind(step.reader, step.axis, step.order);
  return true;
}

bool FeatureOrders::enter_weights(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  const bool gemm = is_op(reader, "Gemm") && reader.get<std::int64_t>("transA", 0) == 0;
  if ((!gemm && !is_op(reader, "MatMul")) || reader.inputs[0] != step.value || step.axis + 1 != step.rank) return false;
  const Tensor* weight = wiring_.constant(reader.inputs[1]);
  if (!weight || weight->rank() != 2 || std::ranges::count(reader.inputs, step.value) != 1) return false;
  const std::size_t axis = gemm && reader.get<std::int64_t>("transB", 0) != 0 ? 1 : 0;
  const std::string name = wiring_.add_constant(reader.inputs[1] + "/ordered", taken(*weight, axis, inverse(step.order)));
  read_source(step, [&](Node& node) { node.inputs[1] = name; });
  return true;
}

}  // namespace upkeep::rewrites
