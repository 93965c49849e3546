// y = max(x_1, ..., x_n), or min      dL/dx_i = dL/dy where x_i is the first that equals y, as in TensorFlow
//
// Each input takes its part of the gradient; the rest goes on to the next ones.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads extreme(const ForwardNode& node, Ops& ops) {
  Grads grads;
  Value rest = node.grad(0);
  for (std::size_t i = 0; i + 1 < node.input_count(); ++i) {
    const Value taken = masked(ops, rest, ops.equal(node.input(i), node.output(0)));
    grads.push_back(to_input(node, ops, i, taken));
    rest = ops.sub(rest, taken);
  }
  grads.push_back(to_input(node, ops, node.input_count() - 1, rest));
  return grads;
}

void add_max(GradientCatalog& catalog) {
  catalog.add({.name = "Max", .aliases = {"Min"}, .help = "dL/dx_i = dL/dy where x_i = y; the first of equals takes it", .rule = extreme});
}

}  // namespace upkeep::gradients
