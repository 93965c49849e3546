// LinearRegressor (ai.onnx.ml)    y = x W^T + b

#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {

static std::vector<Value> linear_regressor(const Composite& node, Ops& ops) {
  const auto transform = node.attribute<std::string>("post_transform", "NONE");
  if (transform != "NONE") throw Error(ErrorCode::kUnsupported, "post_transform " + transform, "NONE can be written out");
  return {linear_scores(node, ops, node.attribute<std::int64_t>("targets", 1))};
}

void add_linear_regressor(LoweringCatalog& catalog) {
  catalog.add({.name = "LinearRegressor", .aliases = {}, .help = "y = x W^T + b, by Gemm", .domain = kMl, .rule = linear_regressor});
}

}  // namespace upkeep::lowerings
