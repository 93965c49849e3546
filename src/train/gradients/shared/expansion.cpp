#include "train/gradients/shared/expansion.hpp"

namespace upkeep::gradients {

// Each wanted input gets a name of its own: one input may depend on another, and what flows that way is counted elsewhere.
Grads by_expansion(const ForwardNode& node, Ops& ops, const Expansion& expansion) {
  std::vector<Value> inputs;
  std::vector<Value> wanted;
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    inputs.push_back(node.wants(i) ? ops.identity(node.input(i)) : node.input(i));
    if (node.wants(i)) wanted.push_back(inputs.back());
  }
  const std::vector<Value> outputs = expansion(ops, inputs);
  std::vector<std::vector<Value>> arrived(wanted.size());
  for (std::size_t j = 0; j < outputs.size(); ++j) {
    if (!node.grad(j)) continue;
    const std::vector<Value> parts = differentiate(ops, outputs[j], wanted, full_grad(node, ops, j));
    for (std::size_t i = 0; i < parts.size(); ++i) arrived[i].push_back(parts[i]);
  }
  Grads grads(node.input_count());
  for (std::size_t i = 0, next = 0; i < grads.size(); ++i)
    if (node.wants(i)) grads[i] = plus(ops, arrived[next++]);
  return grads;
}

}  // namespace upkeep::gradients
