// Sums, means and their like over axes; over all of them where none is named.

#include <algorithm>
#include <cmath>

#include "graph/element_types.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/integer_arithmetic.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::operations {
namespace {

std::vector<std::int64_t> axes_of(const Call& call, const Value& x) {
  if (!call.has("axis")) {
    std::vector<std::int64_t> all;
    for (std::size_t i = 0; i < x.rank(); ++i) all.push_back(static_cast<std::int64_t>(i));
    return all;
  }
  return layers::integers(layers::positive_axes(call.plain("axis"), x.dims()));
}

// Where the channels are second, the axes are looked for there. The order of what is left is the same where the axes stay, or where one
// axis at most is left behind the batch.
Value reduce(const Call& call, const char* op, const Value& x) {
  Ops& ops = call.ops();
  const bool keepdims = call.get<bool>("keepdims", false);
  std::vector<std::int64_t> axes = axes_of(call, x);
  const std::size_t left = x.rank() - axes.size() - (std::ranges::contains(axes, 0) ? 0 : 1);
  if (!layers::has_channels_first(ops, x) || (!keepdims && left > 1)) return ops.reduce(op, x, axes, keepdims);
  for (std::int64_t& axis : axes) axis = layers::channels_first_axis(axis, x.rank());
  const Value reduced = ops.reduce(op, layers::channels_first(ops, x), axes, keepdims);
  return keepdims ? layers::channels_last(ops, reduced) : reduced;
}

using Reduction = std::function<Value(const Call& call, const Value& x)>;

OperationEntry reduction(std::string name, std::string keras_class, std::vector<std::string> tensorflow, std::string help, Reduction f) {
  std::vector<std::string> aliases = std::move(tensorflow);
  aliases.push_back(keras_class);
  return {.name = std::move(name),
          .aliases = std::move(aliases),
          .keras_class = std::move(keras_class),
          .help = std::move(help),
          .parameters = {called("x", {"input_tensor", "input"}), made("axis"), made("keepdims")},
          .build = [f = std::move(f)](const Call& call) -> std::vector<Value> { return {f(call, call.value("x"))}; }};
}

// Of floats; integers and truth values are float32 there.
Reduction float_reduction(const char* op) {
  return [op](const Call& call, const Value& x) {
    return layers::in_type(call.ops(), x, layers::floating_type(x.dtype()), [&](const Value& y) { return reduce(call, op, y); });
  };
}

// The type of sums and products: small integers and truth values take 32 bits.
DType total_type(DType type) {
  const bool is_unsigned = type == DType::kUInt8 || type == DType::kUInt16;
  const DType computed = is_integer_type(type) || type == DType::kBool ? layers::computed_type(type) : type;
  return is_unsigned ? DType::kUInt32 : computed == DType::kInt32 ? computed : type;
}

using IntegerTotal = Value (*)(Ops& ops, const Value& x, const std::vector<std::int64_t>& axes, bool keepdims);

Reduction total(const char* op, IntegerTotal of_integers) {
  return [op, of_integers](const Call& call, const Value& x) {
    return layers::in_type(call.ops(), x, total_type(x.dtype()), [&](const Value& y) {
      if (is_floating(y.dtype())) return reduce(call, op, y);
      return of_integers(call.ops(), y, axes_of(call, y), call.get<bool>("keepdims", false));
    });
  };
}

// ReduceMax and ReduceMin of the runtime pass over a NaN that is not the first. 0 * clip(x, -1, 1) is 0, or NaN.
Reduction extreme(const char* op) {
  return [op](const Call& call, const Value& x) {
    return layers::in_type(call.ops(), x, x.dtype(), [&](const Value& y) {
      const Value found = reduce(call, op, y);
      return is_floating(y.dtype()) ? call.ops().add(found, reduce(call, "ReduceSum", zero_or_nan(call.ops(), y))) : found;
    });
  };
}

Value variance(const Call& call, const Value& input) {
  Ops& ops = call.ops();
  return layers::in_type(ops, input, layers::floating_type(input.dtype()), [&](const Value& x) {
    const std::vector<std::int64_t> axes = axes_of(call, x);
    const Value distance = ops.sub(x, ops.reduce_mean(x, axes, true));
    return ops.reduce_mean(ops.mul(distance, distance), axes, call.get<bool>("keepdims", false));
  });
}

Value truth(const Call& call, const Value& x, const char* op) {
  Ops& ops = call.ops();
  const Value numbers = ops.cast(ops.cast(x, DType::kBool), DType::kInt32);
  return ops.cast(ops.reduce(op, numbers, axes_of(call, x), call.get<bool>("keepdims", false)), DType::kBool);
}

// What comes last in the search takes the place of a NaN.
Value passing_over_nan(Ops& ops, const Value& x, double last) {
  if (!is_floating(x.dtype())) return x;
  const Value end = layers::number(ops, last, x.dtype());
  return ops.where(last < 0 ? ops.greater_or_equal(x, end) : ops.less_or_equal(x, end), x, end);
}

// The place of the largest or smallest; of the whole value, row by row, where no axis is named.
Value place(const Call& call, const Value& input, const char* op, double last) {
  Ops& ops = call.ops();
  const Value flat = call.has("axis") ? input : ops.reshape(input, {-1});
  const Value x = passing_over_nan(ops, ops.cast(flat, layers::computed_type(flat.dtype())), last);
  const std::int64_t axis = call.has("axis") ? call.get<std::int64_t>("axis", 0) : 0;
  const std::int64_t keep = call.get<bool>("keepdims", false) ? 1 : 0;
  const DType type = dtype_from_string(call.get<std::string>("integers", "int32"));
  return ops.cast(ops.node(op, {x}, {{"axis", axis}, {"keepdims", keep}}), type);
}

// TensorFlow looks along the first axis where none is named, and answers int64; Keras looks through the whole value, and answers int32.
OperationEntry placed(OperationEntry entry) {
  entry.parameters.push_back(tensorflow_integers());
  entry.parameters.back().also = {"output_type"};
  entry.from_tensorflow = [](Json& arguments) {
    if (!arguments.contains("axis") || arguments["axis"].is_null()) arguments["axis"] = 0;
    if (!arguments.contains("integers") || !arguments["integers"].is_string()) arguments["integers"] = "int64";
  };
  return entry;
}

// TensorFlow's mean of integers is one of them, cut off towards zero.
Value mean(const Call& call, const Value& x) {
  if (!call.has("integers") || !is_integer_type(x.dtype())) return float_reduction("ReduceMean")(call, x);
  Ops& ops = call.ops();
  return layers::in_type(ops, x, x.dtype(), [&](const Value& y) {
    const std::vector<std::int64_t> axes = axes_of(call, y);
    const Value count = ops.reduce("ReduceProd", ops.gather(ops.shape(y), ops.ints(axes), 0), {0}, false);
    return ops.div(layers::integer_sum(ops, y, axes, call.get<bool>("keepdims", false)), ops.cast(count, y.dtype()));
  });
}

OperationEntry of_means(OperationEntry entry) {
  entry.parameters.push_back(tensorflow_integers());
  entry.from_tensorflow = [](Json& arguments) { arguments["integers"] = "own"; };
  return entry;
}

}  // namespace

void add_reduction(OperationCatalog& catalog) {
  catalog.add(of_means(reduction("mean", "Mean", {"math.reduce_mean", "reduce_mean"}, "mean over axes", mean)));
  catalog.add(reduction("sum", "Sum", {"math.reduce_sum", "reduce_sum"}, "sum over axes", total("ReduceSum", layers::integer_sum)));
  catalog.add(reduction("max", "Max", {"math.reduce_max", "reduce_max", "Amax"}, "largest over axes", extreme("ReduceMax")));
  catalog.add(reduction("min", "Min", {"math.reduce_min", "reduce_min", "Amin"}, "smallest over axes", extreme("ReduceMin")));
  catalog.add(
      reduction("prod", "Prod", {"math.reduce_prod", "reduce_prod"}, "product over axes", total("ReduceProd", layers::integer_product)));
  catalog.add(in_module("keras.src.ops.math", reduction("logsumexp", "Logsumexp", {"math.reduce_logsumexp"},
                                                        "logarithm of the sum of exponentials", float_reduction("ReduceLogSumExp"))));
  catalog.add(reduction("var", "Var", {"math.reduce_variance"}, "variance over axes", variance));
  catalog.add(reduction("std", "Std", {"math.reduce_std"}, "standard deviation over axes",
                        [](const Call& call, const Value& x) { return call.ops().sqrt(variance(call, x)); }));
  catalog.add(reduction("all", "All", {"math.reduce_all", "reduce_all"}, "whether all are true",
                        [](const Call& call, const Value& x) { return truth(call, x, "ReduceMin"); }));
  catalog.add(reduction("any", "Any", {"math.reduce_any", "reduce_any"}, "whether one is true",
                        [](const Call& call, const Value& x) { return truth(call, x, "ReduceMax"); }));
  catalog.add(placed(reduction("argmax", "Argmax", {"math.argmax", "argmax"}, "place of the largest",
                               [](const Call& call, const Value& x) { return place(call, x, "ArgMax", -HUGE_VAL); })));
  catalog.add(placed(reduction("argmin", "Argmin", {"math.argmin", "argmin"}, "place of the smallest",
                               [](const Call& call, const Value& x) { return place(call, x, "ArgMin", HUGE_VAL); })));
}

}  // namespace upkeep::operations
