#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {

Value weight(Ops& ops, const std::string& name, Tensor tensor) {
  std::string free = ops.prefix() + name;
  for (int i = 1; ops.knows(free); ++i) free = ops.prefix() + name + "_" + std::to_string(i);
  return ops.initializer(free, std::move(tensor));
}

Value fixed(Ops& ops, Tensor tensor) { return ops.node("Constant", {}, {{"value", std::move(tensor), {}}}); }

Value linear_scores(const Composite& node, Ops& ops, std::int64_t rows) {
  auto coefficients = node.attribute<std::vector<float>>("coefficients", {});
  auto intercepts = node.attribute<std::vector<float>>("intercepts", {});
  const auto size = static_cast<std::int64_t>(coefficients.size());
  if (rows == 0 || size % rows != 0)
    throw Error(ErrorCode::kUnsupported, std::to_string(size) + " coefficients for " + std::to_string(rows) + " rows of scores");
  const Value w = weight(ops, "coefficients", Tensor({rows, size / rows}, std::move(coefficients)));
  const Value b = intercepts.empty() ? Value() : weight(ops, "intercepts", Tensor({rows}, std::move(intercepts)));
  return ops.gemm(as_rows(ops, node.input(0)), w, b, false, true);
}

Value as_rows(Ops& ops, Value x) {
  const Value floats = ops.cast(x, DType::kFloat32);
  return floats.rank_known() && floats.rank() == 1 ? ops.unsqueeze(floats, {0}) : floats;
}

}  // namespace upkeep::lowerings
