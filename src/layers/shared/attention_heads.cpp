#include "layers/shared/attention_heads.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "layers/keras/form.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/shared/noise.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::layers {
namespace {

std::int64_t count_of(const Shape& shape) { return element_count(shape); }

Value length(Ops& ops, Value x) { return ops.gather(ops.shape(x), ops.constant(Tensor::scalar(std::int64_t{1})), 0); }

// 0, 1, ..., n - 1
Value counting(Ops& ops, Value n) {
  return ops.node("Range", {ops.constant(Tensor::scalar(std::int64_t{0})), n, ops.constant(Tensor::scalar(std::int64_t{1}))});
}

Value both(Ops& ops, Value a, Value b) {
  if (!a || !b) return a ? a : b;
  return ops.node("And", {a, b});
}

}  // namespace

HeadsAttention::HeadsAttention(const std::string& kind, HeadsOptions heads) : heads_(std::move(heads)) {
  check(heads_.kernel, kind, "kernel");
  check(heads_.bias, kind, "bias");
  in_context(kind + ".activity_regularizer", [&] { check_regularizer(heads_.activity_regularizer); });
}

Value HeadsAttention::query(const BuildContext& context) { return context.ops.cast(context.inputs[0], DType::kFloat32); }
Value HeadsAttention::value(const BuildContext& context) { return context.ops.cast(context.inputs[1], DType::kFloat32); }
Value HeadsAttention::key(const BuildContext& context) const { return context.ops.cast(data(context.inputs).back(), DType::kFloat32); }

std::vector<WeightSpec> HeadsAttention::map_weights(const std::vector<HeadsMap>& maps) const {
  std::vector<WeightSpec> all;
  for (const HeadsMap& map : maps) {
    std::vector<std::int64_t> axes(map.from.size() + map.to.size());
    std::iota(axes.begin(), axes.end(), 0);
    const auto middle = axes.begin() + static_cast<std::ptrdiff_t>(map.from.size());
    Shape shape = map.from;
    shape.insert(shape.end(), map.to.begin(), map.to.end());
    WeightSettings kernel = heads_.kernel;
    kernel.initializer = with_fan_axes(kernel.initializer, {axes.begin(), middle}, {middle, axes.end()});
    std::vector<WeightSpec> own = {weight_spec("kernel", shape, kernel, heads_.trainable)};
    if (heads_.use_bias) own.push_back(weight_spec("bias", map.to, heads_.bias, heads_.trainable));
    for (WeightSpec& weight : in_part(prefixed(std::move(own), map.name), map.part)) all.push_back(std::move(weight));
  }
  return all;
}

Value HeadsAttention::apply_map(const BuildContext& context, const HeadsMap& map, Value x) const {
  Ops& ops = context.ops;
  const std::int64_t to = count_of(map.to);
  Value y = ops.matmul(x, ops.reshape(context.weight(map.name + "/kernel"), {count_of(map.from), to}));
  if (heads_.use_bias) y = ops.add(y, ops.reshape(context.weight(map.name + "/bias"), {to}));
  penalise(context, y, heads_.activity_regularizer);
  return y;
}

HeadsAttention::Attended HeadsAttention::attend(const BuildContext& context, Value q, Value k, Value v, std::int64_t size,
                                                Value mask) const {
  Ops& ops = context.ops;
  std::vector<std::int64_t> swapped(k.rank());
  std::iota(swapped.begin(), swapped.end(), 0);
  std::swap(swapped[k.rank() - 1], swapped[k.rank() - 2]);
  const Value scaled = ops.mul(q, static_cast<float>(1 / std::sqrt(static_cast<double>(size))));
  Value scores = ops.matmul(scaled, ops.transpose(k, std::move(swapped)));
  if (mask) scores = ops.where(mask, scores, ops.constant(-0.7F * std::numeric_limits<float>::max()));
  Value shares = ops.softmax(scores, -1);
  // Keras 3 gives no share at all where nothing is seen, if it computes the shares itself; elsewhere they are equal then.
  const bool by_shares = heads_.dropout > 0 || heads_.return_attention_scores;
  if (mask && by_shares && context.mask_rules == MaskRules::kKeras3) shares = ops.where(mask, shares, ops.constant(0.0F));
  const bool drops = context.training && heads_.dropout > 0;
  return {ops.matmul(drops ? drop(context, shares, heads_.dropout, noise_dims(shares.dims())) : shares, v), shares};
}

Value HeadsAttention::attention_mask(const BuildContext& context) const {
  Ops& ops = context.ops;
  const auto seen_by = [&](std::size_t input, std::int64_t axis) {
    const Value mask = context.mask(input);
    return mask ? ops.unsqueeze(mask, {axis}) : Value();
  };
  Value all = both(ops, seen_by(0, 2), seen_by(1, 1));
  if (data(context.inputs).size() > 2) all = both(ops, all, seen_by(2, 1));
  if (heads_.attention_mask) {
    const Value given = context.inputs.back();
    if (given.dims().size() != 3)
      throw Error(ErrorCode::kUnsupported, "it expects an attention mask of [batch, time, keys], got " + to_string(given.dims()));
    all = both(ops, all, ops.cast(given, DType::kBool));
  }
  if (!heads_.use_causal_mask && !heads_.sliding_window) return all;
  const Value steps = ops.unsqueeze(counting(ops, length(ops, context.inputs[0])), {0, 2});
  const Value keys = ops.unsqueeze(counting(ops, length(ops, context.inputs[1])), {0, 1});
  if (heads_.use_causal_mask) all = both(ops, all, ops.greater_or_equal(steps, keys));
  if (!heads_.sliding_window) return all;
  const Value distance = ops.abs(ops.sub(steps, keys));
  return both(ops, all, ops.less(distance, ops.constant(Tensor::scalar(*heads_.sliding_window))));
}

}  // namespace upkeep::layers
