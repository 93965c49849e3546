// Sizes of vectors and matrices (norm), and vectors of size 1 (normalize).

#include <cmath>

#include "base/format.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/axes.hpp"

namespace upkeep::operations {
namespace {

using Axes = std::vector<std::int64_t>;

// A number, or "fro"; JSON has no infinity, and files say it in several ways.
struct NormOrder {
  bool given = false;
  std::string name;  // empty: a number
  double number = 2;
};

NormOrder order_of(const Json& given) {
  if (given.is_null()) return {};
  if (given.is_number()) return {.given = true, .name = "", .number = given.get<double>()};
  const auto text = from_json_checked<std::string>(given);
  if (text == "inf" || text == "Infinity") return {.given = true, .name = "", .number = HUGE_VAL};
  if (text == "-inf" || text == "-Infinity") return {.given = true, .name = "", .number = -HUGE_VAL};
  return {.given = true, .name = text, .number = 0};
}

Value root_of_squares(Ops& ops, const Value& x, const Axes& axes, bool keepdims) {
  return ops.sqrt(ops.reduce("ReduceSum", ops.mul(x, x), axes, keepdims));
}

// ReduceMax and ReduceMin of the runtime pass over a NaN.
Value extreme_over(Ops& ops, const char* op, const Value& x, const Axes& axes, bool keepdims) {
  return ops.add(ops.reduce(op, x, axes, keepdims), ops.reduce("ReduceSum", zero_or_nan(ops, x), axes, keepdims));
}

// (sum |x|^p)^(1/p), and its limits.
Value vector_norm(Ops& ops, const Value& x, double p, const Axes& axes, bool keepdims) {
  if (p == 2) return root_of_squares(ops, x, axes, keepdims);
  if (std::isinf(p)) return extreme_over(ops, p > 0 ? "ReduceMax" : "ReduceMin", ops.abs(x), axes, keepdims);
  if (p == 1) return ops.reduce("ReduceSum", ops.abs(x), axes, keepdims);
  if (p == 0) {
    const Value other = ops.node("Not", {ops.equal(x, ops.constant(0, x.dtype()))});
    return ops.reduce("ReduceSum", ops.cast(other, x.dtype()), axes, keepdims);
  }
  const auto power = [&](const Value& value, double exponent) { return ops.pow(value, layers::number(ops, exponent, x.dtype())); };
  return power(ops.reduce("ReduceSum", power(ops.abs(x), p), axes, keepdims), 1 / p);
}

// The largest or smallest sum of magnitudes of a column (1, -1) or a row (infinity).
Value matrix_norm(Ops& ops, const Value& x, const NormOrder& order, const Axes& axes, bool keepdims) {
  if (!order.given || order.name == "fro") return root_of_squares(ops, x, axes, keepdims);
  const bool columns = std::abs(order.number) == 1;
  if (!order.name.empty() || (!columns && !std::isinf(order.number)))
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("the norm {} of matrices, which is of their singular values",
                               order.name.empty() ? upkeep::format("{:g}", order.number) : "\"" + order.name + "\""));
  const Value sums = ops.reduce("ReduceSum", ops.abs(x), {axes[columns ? 0 : 1]}, true);
  const Value one = extreme_over(ops, order.number > 0 ? "ReduceMax" : "ReduceMin", sums, {axes[columns ? 1 : 0]}, true);
  return keepdims ? one : ops.squeeze(one, axes);
}

// Axes in the order in which they are named: of a matrix the first is that of the rows.
Axes named_axes(const Call& call, const Value& x) {
  Axes axes;
  if (!call.has("axis")) {
    for (std::size_t i = 0; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    return axes;
  }
  const Json given = call.plain("axis");
  for (const Json& one : given.is_array() ? given : Json::array({given}))
    axes.push_back(static_cast<std::int64_t>(layers::positive_axis(from_json_checked<std::int64_t>(one), x.dims())));
  return axes;
}

Value norm(const Call& call, const Value& x) {
  Ops& ops = call.ops();
  const Axes axes = named_axes(call, x);
  const NormOrder order = order_of(call.plain("ord"));
  const bool keepdims = call.get<bool>("keepdims", false);
  if (axes.size() == 1 && !order.name.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no norm of vectors", order.name));
  if (axes.size() == 1) return vector_norm(ops, x, order.number, axes, keepdims);
  if (axes.size() == 2) return matrix_norm(ops, x, order, axes, keepdims);
  if (order.given && order.name != "fro")
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a norm of {} axes takes no order", axes.size()), "one or two axes have one");
  return root_of_squares(ops, x, axes, keepdims);
}

Value normalize(const Call& call, const Value& x) {
  constexpr double kEpsilon = 1e-7;  // Keras's
  Ops& ops = call.ops();
  const Value size = vector_norm(ops, x, call.get<double>("order", 2),
                                 layers::integers(layers::positive_axes(call.plain("axis", Json(-1)), x.dims())), true);
  return ops.div(x, ops.max(size, layers::number(ops, call.get<double>("epsilon", kEpsilon), x.dtype())));
}

// Integers are float32 there.
template <Value (*f)(const Call& call, const Value& x)>
std::vector<Value> float_function(const Call& call) {
  const Value x = call.value("x");
  return {layers::in_type(call.ops(), x, layers::floating_type(x.dtype()), [&](const Value& y) { return f(call, y); })};
}

}  // namespace

void add_norm(OperationCatalog& catalog) {
  catalog.add({.name = "norm",
               .aliases = {"Norm", "norm", "linalg.norm"},
               .keras_class = "Norm",
               .keras_module = "keras.src.ops.linalg",
               .help = "size of vectors or matrices",
               .parameters = {called("x", {"tensor"}), made("ord"), made("axis"), made("keepdims")},
               .build = float_function<norm>,
               .from_tensorflow = [](Json& arguments) {
                 if (arguments.value("ord", Json()) == "euclidean") arguments.erase("ord");
               }});
  catalog.add({.name = "normalize",
               .aliases = {"Normalize"},
               .keras_class = "Normalize",
               .keras_module = "keras.src.ops.nn",
               .help = "vectors divided by their size",
               .parameters = {called("x"), made("axis"), made("order"), made("epsilon")},
               .build = float_function<normalize>});
}

}  // namespace upkeep::operations
