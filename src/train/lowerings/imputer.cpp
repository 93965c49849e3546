// Imputer (ai.onnx.ml)    y = x, but a given value (or NaN) is replaced, by one value for all features or one for each

#include <cmath>

#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {
namespace {

std::vector<Value> imputer(const Composite& node, Ops& ops) {
  const Value x = node.input(0);
  if (x.dtype() == DType::kInt64) {
    auto values = node.attribute<std::vector<std::int64_t>>("imputed_value_int64s", {});
    const auto count = static_cast<std::int64_t>(values.size());
    const auto replaced = ops.constant(Tensor::scalar(node.attribute<std::int64_t>("replaced_value_int64", 0)));
    return {ops.where(ops.equal(x, replaced), fixed(ops, Tensor({count}, std::move(values))), x)};
  }
  auto values = node.attribute<std::vector<float>>("imputed_value_floats", {});
  const auto count = static_cast<std::int64_t>(values.size());
  const float replaced = node.attribute("replaced_value_float", 0.0f);
  const Value missing = std::isnan(replaced) ? ops.node("IsNaN", {x}) : ops.equal(x, ops.constant(replaced, x.dtype()));
  return {ops.where(missing, fixed(ops, Tensor({count}, std::move(values)).cast(x.dtype())), x)};
}

}  // namespace

void add_imputer(LoweringCatalog& catalog) {
  catalog.add({.name = "Imputer", .aliases = {}, .help = "y = x with a value replaced, by Where", .domain = kMl, .rule = imputer});
}

}  // namespace upkeep::lowerings
