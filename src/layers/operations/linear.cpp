// Products of matrices.

#include <numeric>

#include "base/format.hpp"
#include "layers/axes.hpp"
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

// The equation of a product of two: their axes, the same letter for two that are summed over, and those that are left in order.
struct Equation {
  Equation(std::size_t first, std::size_t second) {
    for (std::size_t i = 0; i < first; ++i) left += static_cast<char>('a' + i);
    for (std::size_t i = 0; i < second; ++i) right += static_cast<char>('a' + first + i);
  }
  void sum_over(std::size_t of_first, std::size_t of_second) { right.at(of_second) = left.at(of_first); }
  std::string text() const {
    std::string kept;
    for (const char axis : left + right)
      if (left.contains(axis) != right.contains(axis)) kept += axis;
    return left + "," + right + "->" + kept;
  }

  std::string left, right;
};

Value product(Ops& ops, const Value& a, const Value& b, const Equation& equation) {
  return ops.node("Einsum", {a, b}, {{"equation", equation.text(), {}}});
}

// Summed over the last n axes of x1 and the first n of x2, or over the pairs of axes that are named.
std::vector<Value> tensordot(const Call& call) {
  const auto [a, b] = call.pair("x1", "x2");
  Equation equation(a.rank(), b.rank());
  const Json axes = call.plain("axes", Json(2));
  if (axes.is_number_integer()) {
    const auto count = axes.get<std::size_t>();
    if (count > std::min(a.rank(), b.rank()))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} axes of {} and {}", count, a.rank(), b.rank()));
    for (std::size_t i = 0; i < count; ++i) equation.sum_over(a.rank() - count + i, i);
    return {product(call.ops(), a, b, equation)};
  }
  const auto list = [](const Json& one) { return one.is_array() ? one : Json::array({one}); };
  if (!axes.is_array() || axes.size() != 2 || list(axes[0]).size() != list(axes[1]).size())
    throw wrong_type("a number of axes, or as many of x1 as of x2", axes);
  const auto place = [](const Json& axis, const Value& x) {
    return layers::positive_axis(from_json_checked<std::int64_t>(axis), x.dims());
  };
  for (std::size_t i = 0; i < list(axes[0]).size(); ++i) equation.sum_over(place(list(axes[0])[i], a), place(list(axes[1])[i], b));
  return {product(call.ops(), a, b, equation)};
}

// Over the last axis of x1 and the last (inner) or the last but one (dot) of x2; one number is a factor.
std::vector<Value> summed_product(const Call& call, std::size_t from_the_end) {
  const auto [a, b] = call.pair("x1", "x2");
  if (a.rank() == 0 || b.rank() == 0) return {call.ops().mul(a, b)};
  Equation equation(a.rank(), b.rank());
  equation.sum_over(a.rank() - 1, b.rank() - std::min(b.rank(), from_the_end));
  return {product(call.ops(), a, b, equation)};
}

// Each element of x1 times each of x2.
std::vector<Value> outer(const Call& call) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2");
  return {ops.mul(ops.reshape(a, {-1, 1}), ops.reshape(b, {1, -1}))};
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
  catalog.add({.name = "tensordot",
               .aliases = {"Tensordot", "tensordot"},
               .keras_class = "Tensordot",
               .help = "sums of products over axes of both",
               .parameters = {called("x1", {"a"}), called("x2", {"b"}), made("axes")},
               .build = tensordot});
  catalog.add({.name = "dot",
               .aliases = {"Dot"},
               .keras_class = "Dot",
               .help = "sums of products, as numpy's dot",
               .parameters = {called("x1"), called("x2")},
               .build = [](const Call& call) { return summed_product(call, 2); }});
  catalog.add({.name = "inner",
               .aliases = {"Inner"},
               .keras_class = "Inner",
               .help = "sums of products over the last axis of both",
               .parameters = {called("x1"), called("x2")},
               .build = [](const Call& call) { return summed_product(call, 1); }});
  catalog.add({.name = "outer",
               .aliases = {"Outer"},
               .keras_class = "Outer",
               .help = "each element times each other",
               .parameters = {called("x1"), called("x2")},
               .build = outer});
}

}  // namespace upkeep::operations
