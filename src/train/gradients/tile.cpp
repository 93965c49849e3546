// Tile      y = x repeated      dL/dx = dL/dy summed over the repetitions: seen as [r_1, d_1, r_2, d_2, ...], over every r
// CumSum    y_i = x_1 + ... + x_i      dL/dx_i = dL/dy_i + ... + dL/dy_n: the cumulative sum from the other end
// Trilu     y = a triangle of x      dL/dx = the same triangle of dL/dy

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Grads tile(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const std::size_t rank = known_rank(x);
  if (rank == 0) return {node.grad(0), Value()};
  const Value pairs = ops.concat({ops.unsqueeze(node.input(1), {1}), ops.unsqueeze(ops.shape(x), {1})}, 1);
  const Value apart = ops.node("Reshape", {full_grad(node, ops), ops.reshape(pairs, {-1})}, {{"allowzero", std::int64_t{1}}});
  std::vector<std::int64_t> repetitions;
  for (std::size_t i = 0; i < rank; ++i) repetitions.push_back(static_cast<std::int64_t>(2 * i));
  return {ops.reduce_sum(apart, std::move(repetitions)), Value()};
}

Grads cum_sum(const ForwardNode& node, Ops& ops) {
  const std::int64_t reversed = node.attribute<std::int64_t>("reverse", 0) != 0 ? 0 : 1;
  const std::int64_t exclusive = node.attribute<std::int64_t>("exclusive", 0);
  return {ops.node("CumSum", {full_grad(node, ops), node.input(1)}, {{"reverse", reversed}, {"exclusive", exclusive}}), Value()};
}

Grads trilu(const ForwardNode& node, Ops& ops) {
  const std::int64_t upper = node.attribute<std::int64_t>("upper", 1);
  return {ops.node("Trilu", {full_grad(node, ops), node.input(1)}, {{"upper", upper}}), Value()};
}

}  // namespace

void add_tile(GradientCatalog& catalog) {
  catalog.add({.name = "Tile", .aliases = {}, .help = "dL/dx = dL/dy summed over the repetitions", .rule = tile, .through_integers = true});
  catalog.add({.name = "CumSum", .aliases = {}, .help = "dL/dx = the cumulative sum of dL/dy from the other end", .rule = cum_sum});
  catalog.add({.name = "Trilu", .aliases = {}, .help = "dL/dx = the same triangle of dL/dy", .rule = trilu});
}

}  // namespace upkeep::gradients
