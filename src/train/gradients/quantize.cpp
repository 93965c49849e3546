// q = clip(round(x / s) + z)      y = (q - z) * s      with a scale s and a zero point z for all of x, for each place along an axis, or for
// each block along it. Rounding counts as the identity ("straight through"; Bengio, Leonard & Courville 2013), clipping as what it is:
//
// QuantizeLinear          dL/dx = dL/dq / s where q was not clipped       dL/ds = -sum of dL/dx * x / s
// DequantizeLinear        dL/dq = dL/dy * s                               dL/ds = sum of dL/dy * (q - z)
// DynamicQuantizeLinear   the same as QuantizeLinear, with s = (max(x, 0) - min(x, 0)) / 255, which goes on to the largest and the smallest
//
// Together: dL/dx = dL/dy, and of the scale the gradient of Learned Step Size Quantization (Esser et al. 2020). Zero points are integers
// and carry none.

#include <utility>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

struct Limits {
  double low, high;
  bool whole = true;  // the numbers in between are the integers
};

Limits limits_of(DType dtype) {
  switch (dtype) {
    case DType::kUInt4: return {0, 15};
    case DType::kInt4: return {-8, 7};
    case DType::kUInt8: return {0, 255};
    case DType::kInt8: return {-128, 127};
    case DType::kUInt16: return {0, 65535};
    case DType::kInt16: return {-32768, 32767};
    case DType::kFloat8E4M3FN: return {-448, 448, false};
    case DType::kFloat8E4M3FNUZ: return {-240, 240, false};
    case DType::kFloat8E5M2:
    case DType::kFloat8E5M2FNUZ: return {-57344, 57344, false};
    default:
      throw Error(ErrorCode::kUnsupported, "a quantisation to " + to_string(dtype), "4, 8 and 16 bit integers and 8 bit floats have one");
  }
}

// The scale of one node, and x, which it belongs to.
class Scale {
 public:
  Scale(const ForwardNode& node, Ops& ops) : node_(node), ops_(ops), x_(node.input(0)), scale_(node.input(1)) {
    if (block_ != 0 && is_scalar(scale_)) block_ = 0;
    if (!is_scalar(scale_)) axis_ = positive_axis(node.attribute<std::int64_t>("axis", 1), known_rank(x_));
  }

  // A value of the scale's shape, as it broadcasts to x.
  Value spread(Value value) const {
    if (is_scalar(scale_)) return value;
    if (block_ != 0) return ops_.gather(value, blocks(), axis_);
    std::vector<std::int64_t> after;
    for (std::int64_t i = axis_ + 1; i < static_cast<std::int64_t>(x_.rank()); ++i) after.push_back(i - axis_);
    return after.empty() ? value : ops_.unsqueeze(value, std::move(after));
  }

  // A gradient of the shape of x, summed to that of the scale.
  Value gathered(Value grad) const {
    if (is_scalar(scale_)) return ops_.reduce_sum(grad, {});
    if (block_ != 0) return returned_along(ops_, scale_, axis_, blocks(), grad);
    return reshape_like(ops_, sum_to_shape(ops_, grad, spread(scale_)), scale_);
  }

 private:
  Value blocks() const { return ops_.div(count_along(ops_, x_, static_cast<std::size_t>(axis_)), ops_.constant(Tensor::scalar(block_))); }

  const ForwardNode& node_;
  Ops& ops_;
  Value x_, scale_;
  std::int64_t axis_ = 0;
  std::int64_t block_ = node_.attribute<std::int64_t>("block_size", 0);
};

Grads quantize(const ForwardNode& node, Ops& ops) {
  const Scale scale(node, ops);
  const Limits limits = limits_of(node.output(0).dtype());
  const Value s = scale.spread(node.input(1));
  const Value grad = full_grad(node, ops);
  const Value ratio = ops.div(ops.cast(node.input(0), s.dtype()), s);
  Value q = limits.whole ? ops.node("Round", {ratio}) : ratio;
  if (const Value zero = node.input(2)) q = ops.add(q, scale.spread(ops.cast(zero, s.dtype())));
  const Value inside = ops.node("Clip", {q, number(ops, limits.low, s.dtype()), number(ops, limits.high, s.dtype())});
  const Value dx = ops.div(masked(ops, grad, ops.equal(q, inside)), s);
  Grads grads(node.input_count());
  grads[0] = dx;
  if (node.wants(1)) grads[1] = times(ops, scale.gathered(ops.mul(dx, ratio)), -1);
  return grads;
}

Grads dequantize(const ForwardNode& node, Ops& ops) {
  const Scale scale(node, ops);
  const Value s = scale.spread(node.input(1));
  Grads grads(node.input_count());
  grads[0] = times(ops, node.grad(0), s);
  if (!node.wants(1)) return grads;
  Value centred = ops.cast(node.input(0), s.dtype());
  if (const Value zero = node.input(2)) centred = ops.sub(centred, scale.spread(ops.cast(zero, s.dtype())));
  grads[1] = scale.gathered(ops.mul(full_grad(node, ops), centred));
  return grads;
}

// Shared evenly by all that equal the extreme; nothing when 0 is more extreme.
Value to_extreme(Ops& ops, Value x, std::string_view op, Value grad) {
  const Value extreme = ops.reduce(op, x, {}, false);
  const Value hits = ops.cast(ops.equal(x, extreme), x.dtype());
  const Value beyond = ops.cast(op == "ReduceMax" ? ops.greater(extreme, 0.0f) : ops.less(extreme, 0.0f), x.dtype());
  return ops.mul(hits, ops.mul(grad, ops.div(beyond, ops.reduce_sum(hits, {}))));
}

Grads quantize_dynamically(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value s = node.output(1);
  if (!node.grad(0))  // the gradient of the scale alone would be half of the truth
    throw Error(ErrorCode::kUnsupported, "no gradient reaches its integers", "DequantizeLinear, not MatMulInteger or ConvInteger, has one");
  const Value dx = ops.div(full_grad(node, ops), s);
  const Value back = ops.neg(ops.div(ops.reduce_sum(ops.mul(dx, x), {}), s));
  const Value share = times(ops, node.grad(1) ? ops.add(node.grad(1), back) : back, 1.0 / 255);
  return {plus(ops, {dx, to_extreme(ops, x, "ReduceMax", share), ops.neg(to_extreme(ops, x, "ReduceMin", share))})};
}

}  // namespace

void add_quantize(GradientCatalog& catalog) {
  catalog.add({.name = "QuantizeLinear",
               .aliases = {},
               .help = "dL/dx = dL/dq / scale where q was not clipped: straight through the rounding",
               .rule = quantize,
               .through_integers = true});
  catalog.add({.name = "DequantizeLinear",
               .aliases = {},
               .help = "dL/dq = dL/dy * scale, dL/dscale = sum of dL/dy * (q - zero_point)",
               .rule = dequantize});
  catalog.add({.name = "DynamicQuantizeLinear",
               .aliases = {},
               .help = "dL/dx = dL/dq / scale, and by way of the scale to the largest and the smallest x",
               .rule = quantize_dynamically,
               .through_integers = true});
}

}  // namespace upkeep::gradients
