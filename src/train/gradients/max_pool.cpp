// MaxPool       y = the maximum of each window           dL/dx = dL/dy added up at the places where the maxima came from
// AveragePool   y = the mean of each window              dL/dx = each dL/dy / n shared out over its window
// LpPool        y = (sum over a window |x|^p)^(1/p)      dL/dx = |x|^(p-1) sign(x) * (dL/dy * y^(1-p) shared out over the windows)

#include "train/gradients/shared/pooling.hpp"

namespace upkeep::gradients {

static Grads max_pool(const ForwardNode& node, Ops& ops) {
  const bool row_major = node.attribute<std::int64_t>("storage_order", 0) == 0;
  return {max_pool_input_grad(ops, node.node(), full_grad(node, ops), node.input(0), row_major ? node.output(1) : Value())};
}

static Grads average_pool(const ForwardNode& node, Ops& ops) {
  return {average_pool_input_grad(ops, node.node(), full_grad(node, ops), node.input(0))};
}

static Grads lp_pool(const ForwardNode& node, Ops& ops) {
  return {lp_pool_input_grad(ops, node.node(), full_grad(node, ops), node.input(0), node.output(0))};
}

void add_max_pool(GradientCatalog& catalog) {
  catalog.add({.name = "MaxPool", .aliases = {}, .help = "dL/dx = dL/dy added up where the maxima came from", .rule = max_pool});
  catalog.add({.name = "AveragePool", .aliases = {}, .help = "dL/dx = dL/dy / n shared out over the window", .rule = average_pool});
  catalog.add({.name = "LpPool", .aliases = {}, .help = "dL/dx = |x|^(p-1) sign(x) * (dL/dy * y^(1-p) shared out)", .rule = lp_pool});
}

}  // namespace upkeep::gradients
