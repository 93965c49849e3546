// Products of matrices.

#include <numeric>

#include "base/format.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/axes.hpp"

namespace upkeep::operations {
namespace {

Value turned(Ops& ops, const Value& x, bool turn) {
  if (!turn) return x;
  std::vector<std::int64_t> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[x.rank() - 1], order[x.rank() - 2]);
  return ops.transpose(x, std::move(order));
}

// Keras sums products of integers in float32; two int8 give int32, where it does so.
enum class Bytes { kAsAll, kToInt32 };
Value summed(Ops& ops, std::vector<Value> values, Bytes bytes, const std::function<Value(const std::vector<Value>&)>& f) {
  const DType type = values[0].dtype();
  const bool exact = type == DType::kInt8 && bytes == Bytes::kToInt32;
  const DType computed = exact ? DType::kInt32 : layers::computed_type(layers::floating_type(type));
  for (Value& value : values) value = ops.cast(value, computed);
  return ops.cast(f(values), exact ? DType::kInt32 : type);
}

std::vector<Value> matmul(const Call& call) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2", Numbers::kStrong);
  return {summed(ops, {a, b}, Bytes::kToInt32, [&](const std::vector<Value>& x) {
    return ops.matmul(turned(ops, x[0], call.get<bool>("transpose_a", false)), turned(ops, x[1], call.get<bool>("transpose_b", false)));
  })};
}

std::vector<Value> einsum(const Call& call) {
  return {summed(call.ops(), call.values("operands"), Bytes::kToInt32, [&](const std::vector<Value>& x) {
    return call.ops().node("Einsum", x, {{"equation", call.get<std::string>("subscripts", ""), {}}});
  })};
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

// int32 and int64 are summed as they are, other integers in float32.
Value in_own_type(Ops& ops, const Value& a, const Value& b, const Equation& equation) {
  const DType type = a.dtype();
  const bool own = type == DType::kInt32 || type == DType::kInt64;
  const DType computed = own ? type : layers::computed_type(layers::floating_type(type));
  return ops.cast(product(ops, ops.cast(a, computed), ops.cast(b, computed), equation), type);
}

// Summed over the last n axes of x1 and the first n of x2, or over the pairs of axes that are named.
std::vector<Value> tensordot(const Call& call) {
  const auto [a, b] = call.pair("x1", "x2", Numbers::kStrong);
  Equation equation(a.rank(), b.rank());
  const Json axes = call.plain("axes", Json(2));
  if (axes.is_number_integer()) {
    const auto count = axes.get<std::size_t>();
    if (count > std::min(a.rank(), b.rank()))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} axes of {} and {}", count, a.rank(), b.rank()));
    for (std::size_t i = 0; i < count; ++i) equation.sum_over(a.rank() - count + i, i);
    return {in_own_type(call.ops(), a, b, equation)};
  }
  const auto list = [](const Json& one) { return one.is_array() ? one : Json::array({one}); };
  if (!axes.is_array() || axes.size() != 2 || list(axes[0]).size() != list(axes[1]).size())
    throw wrong_type("a number of axes, or as many of x1 as of x2", axes);
  const auto place = [](const Json& axis, const Value& x) {
    return layers::positive_axis(from_json_checked<std::int64_t>(axis), x.dims());
  };
  for (std::size_t i = 0; i < list(axes[0]).size(); ++i) equation.sum_over(place(list(axes[0])[i], a), place(list(axes[1])[i], b));
  return {in_own_type(call.ops(), a, b, equation)};
}

// Over the last axis of x1 and the last (inner) or the last but one (dot) of x2; one number is a factor.
std::vector<Value> summed_product(const Call& call, std::size_t from_the_end) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2", Numbers::kStrong);
  return {summed(ops, {a, b}, Bytes::kAsAll, [&](const std::vector<Value>& x) {
    if (x[0].rank() == 0 || x[1].rank() == 0) return ops.mul(x[0], x[1]);
    Equation equation(x[0].rank(), x[1].rank());
    equation.sum_over(x[0].rank() - 1, x[1].rank() - std::min(x[1].rank(), from_the_end));
    return product(ops, x[0], x[1], equation);
  })};
}

// Each element of x1 times each of x2.
std::vector<Value> outer(const Call& call) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2", Numbers::kStrong);
  return {layers::in_type(ops, a, b, a.dtype(),
                          [&](const Value& x, const Value& y) { return ops.mul(ops.reshape(x, {-1, 1}), ops.reshape(y, {1, -1})); })};
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
