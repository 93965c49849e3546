// Products of matrices.

#include <numeric>

#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

Value turned(Ops& ops, const Value& x, bool turn) {
  if (!turn) return x;
  std::vector<std::int64_t> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[x.rank() - 1], order[x.rank() - 2]);
  return ops.transpose(x, std::move(order));
}

std::vector<Value> matmul(const Call& call) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2");
  return {ops.matmul(turned(ops, a, call.get<bool>("transpose_a", false)), turned(ops, b, call.get<bool>("transpose_b", false)))};
}

std::vector<Value> einsum(const Call& call) {
  return {call.ops().node("Einsum", call.values("operands"), {{"equation", call.get<std::string>("subscripts", ""), {}}})};
}

}  // namespace

void add_linear(OperationCatalog& catalog) {
  catalog.add({.name = "matmul",
               .aliases = {"Matmul", "linalg.matmul", "matmul"},
               .keras_class = "Matmul",
               .help = "product of matrices",
               .parameters = {called("x1", {"a"}),
                              called("x2", {"b"}),
                              {.name = "transpose_a", .only_tensorflow = true},
                              {.name = "transpose_b", .only_tensorflow = true}},
               .build = matmul});
  catalog.add({.name = "einsum",
               .aliases = {"Einsum"},
               .keras_class = "Einsum",
               .help = "sums of products, by an equation",
               .parameters = {made("subscripts", {"equation"}), {.name = "operands", .also = {"inputs"}, .rest = true}},
               .build = einsum});
}

}  // namespace upkeep::operations
