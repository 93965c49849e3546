// What order says about values: sort, argsort, top_k, median, quantile, sums so far (cumsum), differences (diff).

#include <cmath>

#include "base/format.hpp"
#include "layers/axes.hpp"
#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

// The values along an axis in order, and where each stood; of equal ones the first stays first.
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

// TopK of ONNX Runtime takes no truth values and no small integers.
Value sortable(Ops& ops, const Value& x) { return x.dtype() == DType::kBool ? ops.cast(x, DType::kInt32) : x; }

Sorted sorted(Ops& ops, const Value& x, std::size_t axis, Order order, Value count = {}) {
  const std::vector<Value> made =
      ops.nodes("TopK", {sortable(ops, x), count ? count : size_of(ops, x, axis)}, 2,
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

// All axes that are named, as the last one; the axes that are left stay in their order.
Value gathered_axes(Ops& ops, const Value& x, const std::vector<std::size_t>& axes) {
  std::vector<std::int64_t> order = layers::all_but(axes, x.rank());
  std::vector<std::int64_t> shape(order.size(), 0);
  shape.push_back(-1);
  const std::vector<std::int64_t> behind = layers::integers(axes);
  order.insert(order.end(), behind.begin(), behind.end());
  return ops.reshape(ops.transpose(x, std::move(order)), std::move(shape));
}

// Between the two values that a share of the others lies below, as numpy's "linear": at place share * (n - 1) of those in order.
std::vector<Value> quantile(const Call& call, double share) {
  Ops& ops = call.ops();
  const Value input = ops.cast(call.value("x"), DType::kFloat32);
  const bool whole = !call.has("axis");
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; whole && i < input.rank(); ++i) axes.push_back(i);
  if (!whole) axes = layers::positive_axes(call.plain("axis"), input.dims());
  const Value x = gathered_axes(ops, input, axes);
  const std::size_t last = x.rank() - 1;
  const Value place = ops.mul(ops.cast(ops.sub(size_of(ops, x, last), ops.ints({1})), DType::kFloat32), static_cast<float>(share));
  const Value below = ops.node("Floor", {place});
  const Value values = sorted(ops, x, last, Order::kRising).values;
  const auto at = [&](const Value& where) { return ops.gather(values, ops.cast(where, DType::kInt64), static_cast<std::int64_t>(last)); };
  const Value low = at(below), high = at(ops.node("Ceil", {place}));
  const Value between = ops.squeeze(ops.add(low, ops.mul(ops.sub(high, low), ops.sub(place, below))), {static_cast<std::int64_t>(last)});
  return {call.get<bool>("keepdims", false) ? ops.unsqueeze(between, layers::integers(axes)) : between};
}

std::vector<Value> cumsum(const Call& call) {
  Ops& ops = call.ops();
  const Along on = along(call, call.value("x"), nullptr);
  const DType own = on.x.dtype() == DType::kBool ? DType::kInt32 : on.x.dtype();
  const DType type = call.has("dtype") ? dtype_from_string(call.get<std::string>("dtype", "")) : own;
  const Value axis = ops.constant(Tensor::scalar(static_cast<std::int64_t>(on.axis)));
  const auto flag = [&](const char* name) { return std::int64_t{call.get<bool>(name, false) ? 1 : 0}; };
  return {ops.node("CumSum", {ops.cast(on.x, type), axis}, {{"exclusive", flag("exclusive")}, {"reverse", flag("reverse")}})};
}

// Each value less the one before it, n times.
std::vector<Value> diff(const Call& call) {
  Ops& ops = call.ops();
  Value x = call.value("a");
  const auto axis = static_cast<std::int64_t>(layers::positive_axis(call.get<std::int64_t>("axis", -1), x.dims()));
  const auto part = [&](std::int64_t from, std::int64_t to) {
    return ops.node("Slice", {x, ops.ints({from}), ops.ints({to}), ops.ints({axis})});
  };
  for (std::int64_t i = 0; i < call.get<std::int64_t>("n", 1); ++i)
    x = ops.sub(part(1, std::numeric_limits<std::int64_t>::max()), part(0, -1));
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
