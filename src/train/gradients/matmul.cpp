// Y = A B      dL/dA = dL/dY B^T      dL/dB = A^T dL/dY, in the last two axes; summed back over the batch axes that broadcasting repeated
//
// Two matrices: each gradient is one Gemm. A batch A [..., m, k] times one matrix B [k, n], as in a dense layer over sequences: dL/dB is
// one Gemm over all rows. A vector is a matrix of one row (A) or one column (B) whose axis Y lacks.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value transposed(Ops& ops, Value value) {
  std::vector<std::int64_t> perm(value.rank());
  for (std::size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<std::int64_t>(i);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return ops.transpose(value, std::move(perm));
}

Value as_rows(Ops& ops, Value value) {  // [..., m, k] -> [... * m, k]
  return ops.node("Flatten", {value}, {{"axis", static_cast<std::int64_t>(value.rank()) - 1}});
}

struct Factors {
  Value a, b, grad;  // of rank 2 or more
};

Value left_gradient(Ops& ops, const Factors& of) {
  if (of.grad.rank() == 2) return ops.gemm(of.grad, of.b, {}, false, true);
  return sum_to_shape(ops, ops.matmul(of.grad, transposed(ops, of.b)), of.a);
}

Value right_gradient(Ops& ops, const Factors& of) {
  if (of.grad.rank() == 2) return ops.gemm(of.a, of.grad, {}, true, false);
  if (of.b.rank() == 2) return ops.gemm(as_rows(ops, of.a), as_rows(ops, of.grad), {}, true, false);
  return sum_to_shape(ops, ops.matmul(transposed(ops, of.a), of.grad), of.b);
}

Grads matmul(const ForwardNode& node, Ops& ops) {
  const Value a = node.input(0);
  const Value b = node.input(1);
  if (!a.rank_known() || !b.rank_known())
    throw Error(ErrorCode::kUnsupported, "the ranks of the factors are not known", "give the graph's inputs their shapes");
  std::vector<std::int64_t> lacking;
  if (a.rank() == 1) lacking.push_back(-2);
  if (b.rank() == 1) lacking.push_back(-1);
  Value grad = full_grad(node, ops);
  if (!lacking.empty()) grad = ops.unsqueeze(grad, lacking);
  const Factors factors{a.rank() == 1 ? ops.unsqueeze(a, {0}) : a, b.rank() == 1 ? ops.unsqueeze(b, {1}) : b, grad};
  Grads grads(2);
  if (node.wants(0)) grads[0] = left_gradient(ops, factors);
  if (node.wants(1)) grads[1] = right_gradient(ops, factors);
  if (grads[0] && a.rank() == 1) grads[0] = ops.squeeze(grads[0], {0});
  if (grads[1] && b.rank() == 1) grads[1] = ops.squeeze(grads[1], {1});
  return grads;
}

}  // namespace

void add_matmul(GradientCatalog& catalog) {
  catalog.add({.name = "MatMul", .aliases = {}, .help = "dL/dA = dL/dY B^T, dL/dB = A^T dL/dY", .rule = matmul});
}

}  // namespace upkeep::gradients
