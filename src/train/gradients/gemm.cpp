// Y = alpha * A' B' + beta * C, where A' is A or its transpose
//
// dL/dA' = alpha * dL/dY B'^T      dL/dB' = alpha * A'^T dL/dY      dL/dC = beta * dL/dY, summed back over what broadcasting repeated
// Each is one Gemm whose flags do the transposing; for a transposed A the factors change places.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

struct Factor {
  Value value;
  bool transposed;
};

Value product(Ops& ops, Factor left, Factor right, float alpha) {
  std::vector<Attribute> attributes;
  if (alpha != 1) attributes.push_back({"alpha", alpha});
  if (left.transposed) attributes.push_back({"transA", std::int64_t{1}});
  if (right.transposed) attributes.push_back({"transB", std::int64_t{1}});
  return ops.node("Gemm", {left.value, right.value}, std::move(attributes));
}

Grads gemm(const ForwardNode& node, Ops& ops) {
  const float alpha = node.attribute("alpha", 1.0f);
  const bool a_transposed = node.attribute<std::int64_t>("transA", 0) != 0;
  const bool b_transposed = node.attribute<std::int64_t>("transB", 0) != 0;
  const Value a = node.input(0);
  const Value b = node.input(1);
  const Value grad = full_grad(node, ops);
  Grads grads(node.input_count());
  if (node.wants(0))
    grads[0] = a_transposed ? product(ops, {b, b_transposed}, {grad, true}, alpha) : product(ops, {grad, false}, {b, !b_transposed}, alpha);
  if (node.wants(1))
    grads[1] = b_transposed ? product(ops, {grad, true}, {a, a_transposed}, alpha) : product(ops, {a, !a_transposed}, {grad, false}, alpha);
  if (node.wants(2)) grads[2] = times(ops, to_input(node, ops, 2, grad), node.attribute("beta", 1.0f));
  return grads;
}

}  // namespace

void add_gemm(GradientCatalog& catalog) {
  catalog.add(
      {.name = "Gemm", .aliases = {}, .help = "dL/dA = alpha dL/dY B^T, dL/dB = alpha A^T dL/dY, dL/dC = beta dL/dY", .rule = gemm});
}

}  // namespace upkeep::gradients
