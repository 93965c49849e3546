#include "optimize/removal/rules.hpp"

namespace upkeep::removal {

namespace {

bool all_ranked(const Coupling& coupling, const Node& node) {
  const auto ranked = [&](const std::string& name) { return name.empty() || coupling.has_rank(name); };
  return std::ranges::all_of(node.inputs, ranked) && std::ranges::all_of(node.outputs, ranked);
}

// A vector of one number for each channel.
void along(Coupling& coupling, const Node& node, std::size_t place, const std::string& value, std::size_t axis) {
  const std::string vector = input(node, place);
  if (!vector.empty() && coupling.rank(vector) == 1 && coupling.size(vector, 0) == coupling.size(value, axis))
    coupling.same(vector, 0, value, axis);
  else if (!vector.empty() && !(coupling.rank(vector) == 1 && coupling.size(vector, 0) == 1)) coupling.fix(value, axis);
}

}  // namespace

void elementwise_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node)) return;
  for (const std::string& output : node.outputs)
    if (!output.empty()) coupling.same(node.inputs[0], output);
}

void broadcasting_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node)) return;
  for (const std::string& input : node.inputs) coupling.broadcast(input, node.outputs[0]);
}

void softmax_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node)) return;
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  const std::size_t rank = coupling.rank(x);
  const std::size_t axis = axis_of(node, coupling.opset() >= 13 ? -1 : 1, rank);
  for (std::size_t i = 0; i < rank; ++i)
    if (coupling.opset() >= 13 ? i != axis : i < axis) coupling.same(x, i, y, i);
}

// The mean and variance of training runs are outputs of old operator sets; they stay unsaid.
void batch_normalization_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node) || coupling.rank(node.inputs[0]) < 2 || node.outputs.size() != 1) return;
  coupling.same(node.inputs[0], node.outputs[0]);
  for (std::size_t i = 1; i < 5; ++i) along(coupling, node, i, node.outputs[0], 1);
}

void instance_normalization_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node) || coupling.rank(node.inputs[0]) < 2) return;
  for (const std::size_t axis : {0, 1}) coupling.same(node.inputs[0], axis, node.outputs[0], axis);
  for (const std::size_t i : {1, 2}) along(coupling, node, i, node.outputs[0], 1);
}

// Each group loses the same channels, so that all stay equally large.
void group_normalization_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node) || coupling.rank(node.inputs[0]) < 2 || coupling.opset() < 21) return;
  const std::string& y = node.outputs[0];
  for (const std::size_t axis : {0, 1}) coupling.same(node.inputs[0], axis, y, axis);
  const auto groups = static_cast<std::size_t>(node.get<std::int64_t>("num_groups", 1));
  const std::size_t channels = coupling.size(y, 1);
  if (groups == 0 || channels % groups != 0) return coupling.fix(y, 1);
  const std::size_t each = channels / groups;
  for (std::size_t place = each; place < channels; ++place) coupling.unite(coupling.slot(y, 1, place), coupling.slot(y, 1, place % each));
  for (const std::size_t i : {1, 2}) along(coupling, node, i, y, 1);
  coupling.inexact(y, 1);
}

void layer_normalization_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  if (!all_ranked(coupling, node) || coupling.rank(x) != coupling.rank(y) || node.outputs.size() != 1) return;
  coupling.same(x, y);
  const std::size_t rank = coupling.rank(y), axis = axis_of(node, -1, rank);
  for (std::size_t i = axis; i < rank; ++i) coupling.inexact(y, i);
  for (const std::size_t i : {1, 2})
    if (!input(node, i).empty()) coupling.broadcast(input(node, i), y);
}

void pooling_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node) || coupling.rank(node.inputs[0]) < 2) return;
  for (const std::string& output : node.outputs)
    for (const std::size_t axis : {0, 1})
      if (!output.empty()) coupling.same(node.inputs[0], axis, output, axis);
}

void reduction_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  if (!all_ranked(coupling, node) || node.outputs.size() != 1) return;
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  const std::size_t rank = coupling.rank(x);
  auto axes =
      node.op.starts_with("Arg") ? std::optional(std::vector<std::size_t>{axis_of(node, 0, rank)}) : axes_of(coupling, node, 1, rank);
  if (!axes || axes->empty()) return;
  const bool keeps = node.get<std::int64_t>("keepdims", 1) != 0;
  std::size_t to = 0;
  for (std::size_t from = 0; from < rank; ++from) {
    const bool reduced = std::ranges::contains(*axes, from);
    if (!reduced) coupling.same(x, from, y, to);
    if (!reduced || keeps) ++to;
  }
}

}  // namespace upkeep::removal
