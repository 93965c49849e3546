// s_t, y_t = f(t, s_t-1, captured values), as often as a trip count and a condition say      Back from the last step to the first, see
// repeated.cpp. States whose shape changes from step to step are kept in sequences, all others in stacks.
//
// Not for states that are sequences themselves.

#include "train/gradients/shared/control_flow.hpp"

namespace upkeep::gradients {

static Grads loop(const ForwardNode& node, Ops& ops) {
  Repeated steps{.wiring = wirings(node.node()).at(0), .taken = {}, .stacked = {}};
  const std::size_t states = steps.wiring.carried.size();
  for (std::size_t i = states + 1; i < steps.wiring.outputs.size() && i - 1 < node.output_count(); ++i)
    steps.stacked.push_back({i - 1, i, 0, 0});
  return differentiate_repeated(node, ops, steps);
}

void add_loop(GradientCatalog& catalog) {
  catalog.add({.name = "Loop", .aliases = {}, .help = "the gradients of its steps, from the last to the first", .rule = loop});
}

}  // namespace upkeep::gradients
