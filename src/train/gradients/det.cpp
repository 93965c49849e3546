// y = det(x), of the matrices in the last two axes      dL/dx = dL/dy * the cofactors of x      (Jacobi)
//
// A cofactor is the signed determinant of x without one row and one column. All of them are one Det over n * n smaller matrices, which one
// Gather takes from x. No inverse is needed: it is right for a singular matrix too.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

constexpr std::int64_t kLargest = 32;  // the smaller matrices hold n^4 numbers

// For each row i and column j, the places in row-major order of what stays without them: [n, n, n - 1, n - 1].
Tensor places_of_minors(std::int64_t n) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t row = 0; row < n; ++row)
        for (std::int64_t column = 0; column < n; ++column)
          if (row != i && column != j) places.push_back(row * n + column);
  return Tensor({n, n, n - 1, n - 1}, std::move(places));
}

Tensor checkerboard(std::int64_t n) {
  std::vector<float> signs;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) signs.push_back((i + j) % 2 == 0 ? 1.0f : -1.0f);
  return Tensor({n, n}, std::move(signs));
}

Grads det(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const std::size_t rank = known_rank(x);
  const Dim& rows = x.dims()[rank - 1];
  const std::int64_t n = rows.known() ? rows.value : x.dims()[rank - 2].value;
  if (n < 0) throw Error(ErrorCode::kUnsupported, "the size of the matrices is not known", "give the graph's inputs their shapes");
  if (n > kLargest)
    throw Error(ErrorCode::kUnsupported, "matrices of size " + std::to_string(n), "up to " + std::to_string(kLargest) + " have a gradient");
  const Value grad = ops.unsqueeze(full_grad(node, ops), {-2, -1});
  if (n == 1) return {grad};
  const Value flat =
      ops.node("Reshape", {x, joined(ops, {sizes(ops, x, 0, rank - 2), ops.ints({n * n})})}, {{"allowzero", std::int64_t{1}, {}}});
  const Value minors = ops.node("Det", {ops.gather(flat, ops.constant(places_of_minors(n)), -1)});
  return {ops.mul(grad, ops.mul(minors, ops.constant(checkerboard(n).cast(x.dtype()))))};
}

}  // namespace

void add_det(GradientCatalog& catalog) {
  catalog.add({.name = "Det", .aliases = {}, .help = "dL/dx = dL/dy * the cofactors of x", .rule = det});
}

}  // namespace upkeep::gradients
