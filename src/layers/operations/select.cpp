// where, clip, cast, one_hot.

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
  catalog.add({.name = "one_hot",
               .aliases = {"OneHot"},
               .keras_class = "OneHot",
               .keras_module = "keras.src.ops.nn",
               .help = "a row with a 1 for each integer",
               .parameters = {called("x", {"indices"}), made("num_classes", {"depth"}), made("axis"), made("dtype"), made("sparse")},
               .build = one_hot});
}

}  // namespace upkeep::operations
