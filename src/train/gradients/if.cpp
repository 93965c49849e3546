// y = condition ? then : else      Each branch is differentiated where it stands: the gradients of what the branches read from outside come
// from an If on the same condition. Its branches run their forward part again, as far as their gradients need it; storing it would need
// values that only one of the branches has.

#include "train/gradients/rule.hpp"
#include "train/gradients/shared/control_flow.hpp"

namespace upkeep::gradients {
namespace {

GraphPtr gradients_of_branch(const ForwardNode& node, Ops& ops, const Wiring& wiring) {
  Subgraph branch(ops, *wiring.graph, body_prefix(ops, node.node(), wiring));
  std::vector<Arrival> arrivals;
  for (std::size_t i = 0; i < node.output_count(); ++i)
    if (node.grad(i))
      arrivals.push_back({branch.ops().existing(wiring.graph->outputs.at(i).name), branch.ops().existing(node.grad(i).name())});
  std::vector<Value> captures;
  for (std::size_t i = 0; i < node.capture_count(); ++i) captures.push_back(branch.ops().existing(node.capture(i).name()));
  GraphPtr made = branch.with_outputs(differentiate(branch.ops(), arrivals, captures));
  refuse_random(*made);
  return made;
}

Grads if_rule(const ForwardNode& node, Ops& ops) {
  std::vector<Attribute> branches;
  for (const Wiring& wiring : wirings(node.node())) branches.push_back({wiring.attribute, gradients_of_branch(node, ops, wiring), {}});
  Grads grads = ops.nodes("If", {node.input(0)}, node.capture_count(), std::move(branches));
  grads.insert(grads.begin(), Value());  // of the condition
  return grads;
}

}  // namespace

void add_if(GradientCatalog& catalog) {
  catalog.add({.name = "If", .aliases = {}, .help = "the gradients of the branch that ran", .rule = if_rule});
}

}  // namespace upkeep::gradients
