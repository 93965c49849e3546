// What order says about values: sort, argsort, top_k, median, quantile, sums so far (cumsum), differences (diff).

#include <limits>
#include <numeric>

#include "base/format.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/integer_arithmetic.hpp"

namespace upkeep::operations {
namespace {

// The values along an axis in order, and where each stood; of equal ones the first stays first. NaN is the largest, as in NumPy and in
// Keras on JAX; TensorFlow's sort has no order for it.
struct Sorted {
  Value values;
  Value places;
};

enum class Order { kRising, kFalling };

// The size of an axis, int64 [1].
Value size_of(Ops& ops, const Value& x, std::size_t axis) {
  const Dim& size = x.dims()[axis];
  if (size.known()) return ops.ints({size.value});
  return ops.gather(ops.shape(x), ops.ints({static_cast<std::int64_t>(axis)}), 0);
}

Sorted sorted(Ops& ops, const Value& x, std::size_t axis, Order order, Value count = {}) {
  const std::vector<Value> made =
      ops.nodes("TopK", {ops.cast(x, layers::computed_type(x.dtype())), count ? count : size_of(ops, x, axis)}, 2,
                {{"axis", static_cast<std::int64_t>(axis)}, {"largest", std::int64_t{order == Order::kFalling ? 1 : 0}}});
  return {ops.cast(made[0], x.dtype()), made[1]};
}

// The axis that a call names, or the whole value in a row.
struct Along {
  Value x;
  std::size_t axis = 0;
};

Along along(const Call& call, const Value& x, const Json& fallback) {
  const Json axis = call.has("axis") ? call.plain("axis") : fallback;
  if (axis.is_null()) return {call.ops().reshape(x, {-1}), 0};
  return {x, layers::positive_axis(from_json_checked<std::int64_t>(axis), x.dims())};
}

std::vector<Value> sort(const Call& call) {
  const Along on = along(call, call.value("x"), nullptr);
  return {sorted(call.ops(), on.x, on.axis, Order::kRising).values};
}

std::vector<Value> argsort(const Call& call) {
  const Along on = along(call, call.value("x"), nullptr);
  return {call.ops().cast(sorted(call.ops(), on.x, on.axis, Order::kRising).places, DType::kInt32)};
}

std::vector<Value> top_k(const Call& call) {
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const Sorted largest =
      sorted(ops, x, x.rank() - 1, Order::kFalling, ops.ints({from_json_checked<std::int64_t>(call.plain("k", Json(1)))}));
  return {largest.values, ops.cast(largest.places, DType::kInt32)};
}

// Between the two values that a share of the others lies below, as numpy's "linear": at place share * (n - 1) of those in order. As Keras
// on TensorFlow has it, also where one of the two counts nothing: an infinite one makes NaN of it.
Value between_sorted(Ops& ops, const Value& x, double share) {
  const std::size_t axis = x.rank() - 1;
  const Value last = ops.cast(ops.sub(size_of(ops, x, axis), ops.ints({1})), DType::kFloat32);
  const Value place = ops.mul(last, static_cast<float>(share));
  const Value below = ops.max(ops.sub(ops.node("Ceil", {place}), 1.0F), ops.constant(0));
  const Value above = ops.min(ops.add(below, 1.0F), last);
  const Value values = sorted(ops, x, axis, Order::kRising).values;
  const auto at = [&](const Value& where) { return ops.gather(values, ops.cast(where, DType::kInt64), static_cast<std::int64_t>(axis)); };
  const Value share_below = ops.cast(ops.sub(above, place), x.dtype());
  const Value answer = ops.add(ops.mul(at(above), ops.sub(1.0F, share_below)), ops.mul(at(below), share_below));
  return ops.squeeze(answer, {static_cast<std::int64_t>(axis)});
}

// NaN among the values is NaN.
std::vector<Value> quantile(const Call& call, double share) {
  Ops& ops = call.ops();
  const Value input = call.value("x");
  std::vector<std::size_t> axes(input.rank());
  std::iota(axes.begin(), axes.end(), 0);
  if (call.has("axis")) axes = layers::positive_axes(call.plain("axis"), input.dims());
  return {layers::in_type(ops, input, layers::floating_type(input.dtype()), [&](const Value& y) {
    const Value x = layers::gathered_axes(ops, y, axes);
    const Value answer = ops.add(between_sorted(ops, x, share),
                                 ops.reduce("ReduceSum", zero_or_nan(ops, x), {static_cast<std::int64_t>(x.rank()) - 1}, false));
    return call.get<bool>("keepdims", false) ? ops.unsqueeze(answer, layers::integers(axes)) : answer;
  })};
}

std::vector<Value> cumsum(const Call& call) {
  Ops& ops = call.ops();
  const Along on = along(call, call.value("x"), nullptr);
  const DType own = on.x.dtype() == DType::kBool ? DType::kInt32 : on.x.dtype();
  const DType type = call.has("dtype") ? dtype_from_string(call.get<std::string>("dtype", "")) : own;
  const Value axis = ops.constant(Tensor::scalar(static_cast<std::int64_t>(on.axis)));
  const auto flag = [&](const char* name) { return std::int64_t{call.get<bool>(name, false) ? 1 : 0}; };
  return {layers::in_type(ops, on.x, type, [&](const Value& x) {
    return ops.node("CumSum", {x, axis}, {{"exclusive", flag("exclusive")}, {"reverse", flag("reverse")}});
  })};
}

// Each value less the one before it, n times; of truth values, whether they differ.
Value step_difference(Ops& ops, const Value& a, const Value& b) {
  if (a.dtype() == DType::kBool) return ops.node("Xor", {a, b});
  return layers::in_type(ops, a, b, a.dtype(), [&](const Value& p, const Value& q) { return ops.sub(p, q); });
}

std::vector<Value> diff(const Call& call) {
  Ops& ops = call.ops();
  Value x = call.value("a");
  const auto axis = static_cast<std::int64_t>(layers::positive_axis(call.get<std::int64_t>("axis", -1), x.dims()));
  const auto part = [&](std::int64_t from, std::int64_t to) {
    return ops.node("Slice", {x, ops.ints({from}), ops.ints({to}), ops.ints({axis})});
  };
  for (std::int64_t i = 0; i < call.get<std::int64_t>("n", 1); ++i)
    x = step_difference(ops, part(1, std::numeric_limits<std::int64_t>::max()), part(0, -1));
  return {x};
}

}  // namespace

void add_order(OperationCatalog& catalog) {
  // TensorFlow sorts along the last axis where none is named, Keras the whole value where it is None.
  const auto last_axis = [](Json& arguments) {
    if (!arguments.contains("axis") || arguments["axis"].is_null()) arguments["axis"] = -1;
    if (arguments.value("direction", Json("ASCENDING")) != "ASCENDING")
      throw Error(ErrorCode::kUnsupported, "it is sorted from the largest down", "sort the negative values");
    arguments.erase("direction");
  };
  catalog.add({.name = "sort",
               .aliases = {"Sort", "sort"},
               .keras_class = "Sort",
               .help = "from the smallest to the largest",
               .parameters = {called("x", {"values"}), made("axis"), {.name = "direction", .only_tensorflow = true}},
               .build = sort,
               .from_tensorflow = last_axis});
  catalog.add({.name = "argsort",
               .aliases = {"Argsort", "argsort"},
               .keras_class = "Argsort",
               .help = "places of the smallest to the largest",
               .parameters = {called("x", {"values"}), made("axis"), {.name = "direction", .only_tensorflow = true}},
               .build = argsort,
               .from_tensorflow = last_axis});
  catalog.add({.name = "top_k",
               .aliases = {"TopK", "math.top_k", "nn.top_k"},
               .keras_class = "TopK",
               .keras_module = "keras.src.ops.math",
               .help = "the k largest of the last axis, and their places",
               .parameters = {called("x", {"input"}), made("k"), made("sorted")},
               .build = top_k});
  catalog.add({.name = "median",
               .aliases = {"Median"},
               .keras_class = "Median",
               .help = "the value in the middle over axes",
               .parameters = {called("x"), made("axis"), made("keepdims")},
               .build = [](const Call& call) { return quantile(call, 0.5); }});
  catalog.add({.name = "cumsum",
               .aliases = {"Cumsum", "math.cumsum", "cumsum"},
               .keras_class = "Cumsum",
               .help = "sums so far along an axis",
               .parameters = {called("x"),
                              made("axis"),
                              made("dtype"),
                              {.name = "exclusive", .only_tensorflow = true},
                              {.name = "reverse", .only_tensorflow = true}},
               .build = cumsum,
               .from_tensorflow = [](Json& arguments) {
                 if (!arguments.contains("axis") || arguments["axis"].is_null()) arguments["axis"] = 0;
               }});
  catalog.add({.name = "diff",
               .aliases = {"Diff"},
               .keras_class = "Diff",
               .help = "each value less the one before it",
               .parameters = {called("a"), made("n"), made("axis")},
               .build = diff});
}

}  // namespace upkeep::operations
