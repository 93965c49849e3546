#include "layers/shared/noise.hpp"

#include <algorithm>
#include <numbers>

#include "layers/view/layout.hpp"

namespace upkeep::layers {

void check_noise_shape(const Json& noise_shape) {
  const auto is_size = [](const Json& size) { return size.is_null() || (size.is_number_integer() && size.get<std::int64_t>() > 0); };
  if (!noise_shape.is_null() && (!noise_shape.is_array() || !std::ranges::all_of(noise_shape, is_size)))
    throw wrong_type("a list of sizes", noise_shape);
}

Dims noise_dims(const Dims& input, const Json& noise_shape) {
  Dims noise = input;
  if (!noise[0].known()) noise[0] = "batch";
  if (!noise_shape.is_null()) {
    if (noise_shape.size() != input.size())
      throw Error(ErrorCode::kInvalidArgument, "noise_shape " + noise_shape.dump() + " does not fit the input " + to_string(input));
    for (std::size_t i = 0; i < noise.size(); ++i)
      if (!noise_shape[i].is_null()) noise[i] = noise_shape[i].get<std::int64_t>();
  }
  for (std::size_t i = 1; i < noise.size(); ++i)
    if (!noise[i].known())
      throw Error(ErrorCode::kUnsupported, "noise needs known sizes behind the batch to train, got " + to_string(input),
                  "give the input layer its shape");
  return noise;
}

Value drop_factors(const BuildContext& context, double rate, const Dims& noise, const std::string& name) {
  Ops& ops = context.ops;
  const float scale = rate < 1 ? static_cast<float>(1 / (1 - rate)) : 0.0F;
  const Value dropped = ops.less(context.random(name, noise), static_cast<float>(rate));
  return ops.where(dropped, ops.constant(0.0F), ops.constant(scale));
}

Value drop(const BuildContext& context, Value x, double rate, const Dims& noise, const std::string& name) {
  Ops& ops = context.ops;
  if (!has_channels_first(ops, x)) return ops.mul(ops.cast(x, DType::kFloat32), drop_factors(context, rate, noise, name));
  const Value factors = drop_factors(context, rate, channels_first_dims(noise), name);
  return channels_last(ops, ops.mul(ops.cast(channels_first(ops, x), DType::kFloat32), factors));
}

// Box & Muller 1958: sqrt(-2 log u) cos(2 pi v), with u in (0, 1].
Value normal_noise(const BuildContext& context, const Dims& dims) {
  Ops& ops = context.ops;
  const Value u = ops.sub(1.0F, context.random("radius", dims));
  const Value v = context.random("angle", dims);
  const Value angle = ops.mul(v, static_cast<float>(2 * std::numbers::pi));
  return ops.mul(ops.sqrt(ops.mul(ops.log(u), -2.0F)), ops.node("Cos", {angle}));
}

}  // namespace upkeep::layers
