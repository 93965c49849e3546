// where, clip, cast, zeros_like, ones_like, full_like, nan_to_num, convert_to_tensor, one_hot.

#include <limits>

#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

std::vector<Value> where(const Call& call) {
  Ops& ops = call.ops();
  const auto [a, b] = call.pair("x1", "x2");
  return {ops.where(ops.cast(call.value("condition"), DType::kBool), a, b)};
}

std::vector<Value> clip(const Call& call) {
  Ops& ops = call.ops();
  return {elementwise(ops, call.value("x"), [&](const Value& x) {
    const Value low = ops.constant(call.get<float>("x_min", 0), x.dtype());
    return ops.node("Clip", {x, low, ops.constant(call.get<float>("x_max", 0), x.dtype())});
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
  const Value x = ops.cast(call.value("x"), DType::kInt64);
  return {ops.one_hot(x, from_json_checked<std::int64_t>(call.plain("num_classes")), DType::kFloat32)};
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
  return {ops.expand(ops.cast(call.value("fill_value"), type), ops.shape(x))};
}

// Numbers in the place of NaN and the infinities, which are the largest and the smallest float32 where none is given.
std::vector<Value> nan_to_num(const Call& call) {
  Ops& ops = call.ops();
  return {elementwise(ops, ops.cast(call.value("x"), DType::kFloat32), [&](const Value& x) {
    const auto number = [&](const char* name, float fallback) { return ops.constant(call.get<float>(name, fallback)); };
    const auto infinite = [&](std::int64_t negative) {
      return ops.node("IsInf", {x}, {{"detect_negative", negative}, {"detect_positive", 1 - negative}});
    };
    const Value above = ops.where(infinite(0), number("posinf", std::numeric_limits<float>::max()), x);
    const Value below = ops.where(infinite(1), number("neginf", std::numeric_limits<float>::lowest()), above);
    return ops.where(ops.node("IsNaN", {x}), number("nan", 0), below);
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
