#include "layers/shared/augmentation.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::layers {

Interval read_interval(const std::string& setting, const Json& value) {
  return in_context(setting, [&] {
    if (!value.is_array() || value.size() != 2) throw wrong_type("two numbers", value);
    const auto a = from_json_checked<float>(value[0]);
    const auto b = from_json_checked<float>(value[1]);
    return Interval{std::min(a, b), std::max(a, b)};
  });
}

Interval read_factor(const std::string& setting, const Json& value, Interval bounds) {
  if (value.is_null())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} must be given", setting), "a number such as 0.2, or two: [-0.1, 0.2]");
  Interval factor;
  if (value.is_array()) {
    factor = read_interval(setting, value);
  } else {
    const float most = std::abs(in_context(setting, [&] { return from_json_checked<float>(value); }));
    factor = {std::max(-most, bounds.low), most};
  }
  if (factor.low < bounds.low || factor.high > bounds.high)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("{} is to lie in [{}, {}], got {}", setting, bounds.low, bounds.high, value.dump()));
  return factor;
}

Value draw(const BuildContext& context, const std::string& name, Interval interval) {
  Dim batch = context.inputs[0].dims()[0];
  if (!batch.known()) batch = "batch";
  Ops& ops = context.ops;
  return ops.add(ops.mul(context.random(name, {batch, 1, 1, 1}), interval.high - interval.low), interval.low);
}

Value Augmentation::build(const BuildContext& context) const {
  Ops& ops = context.ops;
  const Value input = context.inputs[0];
  if (input.rank() != 4) throw wrong_spatial_axes(input.dims(), 2);
  const Value x = ops.cast(input, DType::kFloat32);
  if (!context.training) return x;
  return in_data_format(ops, change(context, channels_first(ops, x, common_.data_format)), common_.data_format);
}

}  // namespace upkeep::layers
