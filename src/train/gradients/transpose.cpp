// y = x with its axes permuted      dL/dx = dL/dy, permuted back

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads transpose(const ForwardNode& node, Ops& ops) {
  if (is_scalar(node.grad(0))) return {node.grad(0)};
  const auto perm = node.attribute<std::vector<std::int64_t>>("perm", {});
  if (perm.empty()) return {ops.node("Transpose", {full_grad(node, ops)})};  // reversed, which undoes itself
  std::vector<std::int64_t> inverse(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) inverse[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return {ops.transpose(full_grad(node, ops), std::move(inverse))};
}

void add_transpose(GradientCatalog& catalog) {
  catalog.add({.name = "Transpose",
               .aliases = {},
               .help = "dL/dx = dL/dy, transposed by the inverse permutation",
               .rule = transpose,
               .through_integers = true});
}

}  // namespace upkeep::gradients
