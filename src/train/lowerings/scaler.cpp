// Scaler (ai.onnx.ml)    y = (x - offset) * scale      one offset and scale for all features, or one for each
// Binarizer              y = x > threshold ? 1 : 0

#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {
namespace {

Value list(const Composite& node, Ops& ops, const char* name) {
  auto values = node.attribute<std::vector<float>>(name, {});
  const auto count = static_cast<std::int64_t>(values.size());
  return values.empty() ? Value() : fixed(ops, Tensor({count}, std::move(values)));
}

std::vector<Value> scaler(const Composite& node, Ops& ops) {
  const Value offset = list(node, ops, "offset");
  const Value scale = list(node, ops, "scale");
  Value y = ops.cast(node.input(0), DType::kFloat32);
  if (offset) y = ops.sub(y, offset);
  return {scale ? ops.mul(y, scale) : y};
}

std::vector<Value> binarizer(const Composite& node, Ops& ops) {
  const Value x = node.input(0);
  return {ops.cast(ops.greater(x, node.attribute("threshold", 0.0f)), x.dtype())};
}

}  // namespace

void add_scaler(LoweringCatalog& catalog) {
  catalog.add({.name = "Scaler", .aliases = {}, .help = "y = (x - offset) * scale", .domain = kMl, .rule = scaler});
  catalog.add({.name = "Binarizer", .aliases = {}, .help = "y = x > threshold ? 1 : 0", .domain = kMl, .rule = binarizer});
}

}  // namespace upkeep::lowerings
