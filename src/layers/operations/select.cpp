// where, clip, cast, zeros_like, ones_like, full_like, nan_to_num, convert_to_tensor, one_hot.

#include <limits>

#include "graph/element_types.hpp"
#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

std::vector<Value> where(const Call& call) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2");
  const Value condition = call.value("condition", DType::kBool);
  return {layers::in_type(ops, a, b, a.dtype(), [&](const Value& x, const Value& y) { return ops.where(condition, x, y); })};
}

std::vector<Value> clip(const Call& call) {
  Ops& ops = call.ops();
  return {elementwise(ops, call.value("x"), [&](const Value& any) {
    const DType type = any.dtype() == DType::kBool ? DType::kInt32 : any.dtype();
    return layers::in_type(ops, any, type, [&](const Value& x) {
      return ops.node("Clip", {x, call.value("x_min", x.dtype()), call.value("x_max", x.dtype())});
    });
  })};
}

std::vector<Value> cast(const Call& call) {
  Ops& ops = call.ops();
  return {elementwise(ops, call.value("x"),
                      [&](const Value& x) { return ops.cast(x, dtype_from_string(call.get<std::string>("dtype", "float32"))); })};
}

std::vector<Value> one_hot(const Call& call) {
  Ops& ops = call.ops();
  if (call.get<std::int64_t>("axis", -1) != -1) throw Error(ErrorCode::kUnsupported, "one_hot along another axis than the last");
  const Value x = call.value("x", DType::kInt64);
  const Value rows = ops.one_hot(x, from_json_checked<std::int64_t>(call.plain("num_classes")), DType::kFloat32);
  return {ops.cast(rows, dtype_from_string(call.get<std::string>("dtype", "float32")))};
}

// As many zeros or ones as x has elements, in x's type or another one.
std::vector<Value> filled(const Call& call, double number) {
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const DType type = call.has("dtype") ? dtype_from_string(call.get<std::string>("dtype", "")) : x.dtype();
  return {ops.expand(ops.constant(Tensor::scalar(number).cast(type)), ops.shape(x))};
}

// A number, or what broadcasts to x, for each element of x.
std::vector<Value> full_like(const Call& call) {
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const DType type = call.has("dtype") ? dtype_from_string(call.get<std::string>("dtype", "")) : x.dtype();
  return {ops.expand(call.value("fill_value", type), ops.shape(x))};
}

double largest_of(DType type) {
  constexpr double kLargestFloat16 = 65504;
  return type == DType::kFloat16   ? kLargestFloat16
         : type == DType::kFloat64 ? std::numeric_limits<double>::max()
                                   : static_cast<double>(std::numeric_limits<float>::max());
}

// Numbers in the place of NaN and the infinities, which are the largest and the smallest of the type where none is given. Integers have
// none of them.
std::vector<Value> nan_to_num(const Call& call) {
  Ops& ops = call.ops();
  const Value given = call.value("x");
  const DType type = given.dtype();
  if (!is_floating(type)) return {ops.identity(given)};
  return {elementwise(ops, given, [&](const Value& any) {
    return layers::in_type(ops, any, type, [&](const Value& x) {
      const auto number = [&](const char* name, double fallback) {
        return layers::number(ops, call.get<double>(name, fallback), x.dtype());
      };
      const auto infinite = [&](std::int64_t negative) {
        return ops.node("IsInf", {x}, {{"detect_negative", negative}, {"detect_positive", 1 - negative}});
      };
      const Value above = ops.where(infinite(0), number("posinf", largest_of(type)), x);
      const Value below = ops.where(infinite(1), number("neginf", -largest_of(type)), above);
      return ops.where(ops.node("IsNaN", {x}), number("nan", 0), below);
    });
  })};
}

// x itself: it is a value already.
std::vector<Value> convert_to_tensor(const Call& call) {
  const Value x = call.value("x");
  return {call.has("dtype") ? call.ops().cast(x, dtype_from_string(call.get<std::string>("dtype", ""))) : call.ops().identity(x)};
}

}  // namespace

void add_select(OperationCatalog& catalog) {
  catalog.add({.name = "where",
               .aliases = {"Where", "compat.v1.where", "where"},
               .keras_class = "Where",
               .help = "x1 where the condition holds, else x2",
               .parameters = {called("condition"), called("x1", {"x"}), called("x2", {"y"})},
               .build = where});
  catalog.add({.name = "clip",
               .aliases = {"Clip", "clip_by_value"},
               .keras_class = "Clip",
               .help = "no less than x_min and no more than x_max",
               .parameters = {called("x", {"t"}), made("x_min", {"clip_value_min"}), made("x_max", {"clip_value_max"})},
               .build = clip});
  catalog.add({.name = "cast",
               .aliases = {"Cast"},
               .keras_class = "Cast",
               .keras_module = "keras.src.ops.core",
               .help = "another element type",
               .parameters = {called("x"), made("dtype")},
               .build = cast});
  catalog.add({.name = "zeros_like",
               .aliases = {"ZerosLike"},
               .keras_class = "ZerosLike",
               .help = "a 0 for each element",
               .parameters = {called("x", {"input"}), made("dtype")},
               .build = [](const Call& call) { return filled(call, 0); }});
  catalog.add({.name = "ones_like",
               .aliases = {"OnesLike"},
               .keras_class = "OnesLike",
               .help = "a 1 for each element",
               .parameters = {called("x", {"input"}), made("dtype")},
               .build = [](const Call& call) { return filled(call, 1); }});
  catalog.add({.name = "full_like",
               .aliases = {"FullLike"},
               .keras_class = "FullLike",
               .help = "a number for each element",
               .parameters = {called("x"), called("fill_value"), made("dtype")},
               .build = full_like});
  catalog.add({.name = "nan_to_num",
               .aliases = {"NanToNum"},
               .keras_class = "NanToNum",
               .help = "numbers in the place of NaN and infinities",
               .parameters = {called("x"), made("nan"), made("posinf"), made("neginf")},
               .build = nan_to_num});
  catalog.add({.name = "convert_to_tensor",
               .aliases = {"ConvertToTensor"},
               .keras_class = "ConvertToTensor",
               .keras_module = "keras.src.ops.core",
               .help = "x itself, perhaps in another element type",
               .parameters = {called("x", {"value"}), made("dtype", {"preferred_dtype", "dtype_hint"}), made("sparse"), made("ragged")},
               .build = convert_to_tensor});
  catalog.add({.name = "one_hot",
               .aliases = {"OneHot"},
               .keras_class = "OneHot",
               .keras_module = "keras.src.ops.nn",
               .help = "a row with a 1 for each integer",
               .parameters = {called("x", {"indices"}), made("num_classes", {"depth"}), made("axis"), made("dtype"), made("sparse")},
               .build = one_hot});
}

}  // namespace upkeep::operations
