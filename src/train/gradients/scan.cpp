// s_t, y_t = f(s_t-1, x_t, captured values) for t = 1, 2, ...      Back from the last step to the first, see repeated.cpp.

#include "train/gradients/shared/control_flow.hpp"

namespace upkeep::gradients {
namespace {

Grads scan(const ForwardNode& node, Ops& ops) {
  Repeated steps{.wiring = wirings(node.node()).at(0), .taken = {}, .stacked = {}};
  const std::size_t states = steps.wiring.carried.size();
  const std::size_t taken = steps.wiring.inputs.size() - states;
  const std::size_t stacked = steps.wiring.outputs.size() - states;
  const auto in_axes = list_attribute(node.node(), "scan_input_axes", taken);
  const auto in_directions = list_attribute(node.node(), "scan_input_directions", taken);
  const auto out_axes = list_attribute(node.node(), "scan_output_axes", stacked);
  const auto out_directions = list_attribute(node.node(), "scan_output_directions", stacked);
  for (std::size_t i = 0; i < taken; ++i) steps.taken.push_back({states + i, states + i, in_axes[i], in_directions[i]});
  for (std::size_t i = 0; i < stacked && states + i < node.output_count(); ++i)
    steps.stacked.push_back({states + i, states + i, out_axes[i], out_directions[i]});
  return differentiate_repeated(node, ops, steps);
}

}  // namespace

void add_scan(GradientCatalog& catalog) {
  catalog.add({.name = "Scan", .aliases = {}, .help = "the gradients of its steps, from the last to the first", .rule = scan});
}

}  // namespace upkeep::gradients
