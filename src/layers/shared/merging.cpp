#include "layers/shared/merging.hpp"

#include <algorithm>

#include "layers/shared/promotion.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::layers {

std::vector<Value> in_one_type(Ops& ops, std::vector<Value> inputs) {
  std::vector<OperandType> operands;
  for (const Value& x : inputs) operands.push_back({x.dtype()});
  for (Value& x : inputs) x = ops.cast(x, common_type(operands));
  return inputs;
}

bool any_channels_first(const Ops& ops, const std::vector<Value>& inputs) {
  const std::size_t rank = inputs[0].rank();
  return std::ranges::all_of(inputs, [&](const Value& x) { return x.rank() == rank; }) &&
         std::ranges::any_of(inputs, [&](const Value& x) { return has_channels_first(ops, x); });
}

std::vector<Value> all_channels_first(Ops& ops, std::vector<Value> inputs) {
  for (Value& x : inputs) x = channels_first(ops, x);
  return inputs;
}

Value merged_mask(const BuildContext& context) {
  const bool keras2 = context.mask_rules == MaskRules::kKeras2;
  Value merged;
  for (std::size_t i = 0; i < context.inputs.size(); ++i) {
    const Value mask = context.mask(i);
    if (!mask && keras2) continue;
    if (!mask) return {};
    merged = merged ? context.ops.node(keras2 ? "And" : "Or", {merged, mask}) : mask;
  }
  return merged;
}

}  // namespace upkeep::layers
