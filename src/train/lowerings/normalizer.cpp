// Normalizer (ai.onnx.ml)    y = x / norm(x), along the features      MAX: max x, L1: sum |x|, L2: sqrt(sum x^2); rows of norm 0 stay

#include "base/names.hpp"
#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {
namespace {

Value norm_of(Ops& ops, Value x, const std::string& norm) {
  if (norm == "MAX") return ops.reduce_max(x, {-1}, true);
  if (norm == "L1") return ops.reduce("ReduceL1", x, {-1}, true);
  if (norm == "L2") return ops.reduce("ReduceL2", x, {-1}, true);
  throw unknown_name("norm", norm, {"MAX", "L1", "L2"}, ErrorCode::kUnsupported);
}

std::vector<Value> normalizer(const Composite& node, Ops& ops) {
  const Value x = ops.cast(node.input(0), DType::kFloat32);
  const Value norm = norm_of(ops, x, node.attribute<std::string>("norm", "MAX"));
  const Value zero = ops.equal(norm, ops.constant(0.0f));
  return {ops.div(x, ops.where(zero, ops.constant(1.0f), norm))};
}

}  // namespace

void add_normalizer(LoweringCatalog& catalog) {
  catalog.add({.name = "Normalizer", .aliases = {}, .help = "y = x / norm(x), along the features", .domain = kMl, .rule = normalizer});
}

}  // namespace upkeep::lowerings
