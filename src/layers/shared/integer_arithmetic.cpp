#include "layers/shared/integer_arithmetic.hpp"

#include <algorithm>
#include <bit>

#include "base/format.hpp"
#include "layers/shared/axes.hpp"

namespace upkeep::layers {
namespace {

Value integer(Ops& ops, std::int64_t number, DType type) { return ops.constant(Tensor::scalar(number).cast(type)); }

// base^exponent by squaring, for exponents below 2^bits.
Value power_by_squares(Ops& ops, Value base, Value exponent, int bits) {
  const DType type = base.dtype();
  const Value one = integer(ops, 1, type), two = integer(ops, 2, type);
  Value power = one;
  for (int bit = 0; bit < bits; ++bit) {
    const Value odd = ops.equal(ops.node("Mod", {exponent, two}), one);
    power = ops.mul(power, ops.where(odd, base, one));
    if (bit + 1 == bits) break;
    base = ops.mul(base, base);
    exponent = ops.div(exponent, two);
  }
  return power;
}

Value power_by_constant(Ops& ops, Value base, std::int64_t exponent) {
  Value power;
  while (true) {
    if (exponent % 2 == 1) power = power ? ops.mul(power, base) : base;
    exponent /= 2;
    if (exponent == 0) return power;
    base = ops.mul(base, base);
  }
}

// The products of the first and the second half of the last axis, until one number is left.
Value product_of_last_axis(Ops& ops, Value x, std::int64_t size) {
  const auto axis = static_cast<std::int64_t>(x.rank()) - 1;
  const auto part = [&](const Value& of, std::int64_t from, std::int64_t to) {
    return ops.node("Slice", {of, ops.ints({from}), ops.ints({to}), ops.ints({axis})});
  };
  while (size > 1) {
    const std::int64_t half = size / 2;
    const Value product = ops.mul(part(x, 0, half), part(x, half, 2 * half));
    x = size % 2 == 0 ? product : ops.concat({product, part(x, 2 * half, size)}, axis);
    size = half + size % 2;
  }
  return ops.squeeze(x, {axis});
}

}  // namespace

// The smallest integer divided by -1 ends the process in the runtime's Div: -a takes its place.
Value floor_quotient(Ops& ops, const Value& a, const Value& b) {
  const auto quotient = [&](const Value& divisor) { return ops.div(ops.sub(a, ops.node("Mod", {a, divisor})), divisor); };
  const Tensor* constant = ops.constant_tensor(b.name());
  const Tensor known = constant ? constant->cast(DType::kInt64) : Tensor();
  if (constant && !std::ranges::contains(known.data<std::int64_t>(), -1)) return quotient(b);
  const Value negates = ops.equal(b, integer(ops, -1, b.dtype()));
  return ops.where(negates, ops.neg(a), quotient(ops.where(negates, integer(ops, 1, b.dtype()), b)));
}

// Exponents are taken bit by bit: as many as the largest constant one has, or all of the type.
Value integer_power(Ops& ops, const Value& base, const Value& exponent) {
  int bits = static_cast<int>(size_bits(base.dtype())) - 1;
  if (const Tensor* constant = ops.constant_tensor(exponent.name())) {
    const Tensor given = constant->cast(DType::kInt64);
    const std::span<const std::int64_t> exponents = given.data<std::int64_t>();
    if (std::ranges::any_of(exponents, [](std::int64_t one) { return one < 0; }))
      throw Error(ErrorCode::kUnsupported, "a power of integers with an exponent below 0", "raise floats to it");
    if (given.rank() == 0 && exponents[0] > 0) return power_by_constant(ops, base, exponents[0]);
    const std::int64_t most = exponents.empty() ? 0 : std::ranges::max(exponents);
    bits = std::max(1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most))));
  }
  return power_by_squares(ops, base, exponent, bits);
}

// int32 fits into the 53 bits of the runtime's sums; of int64 the upper and lower halves are summed, which fit, too.
Value integer_sum(Ops& ops, const Value& x, const std::vector<std::int64_t>& axes, bool keepdims) {
  const auto sum = [&](const Value& of) { return ops.reduce("ReduceSum", of, axes, keepdims); };
  if (x.dtype() != DType::kInt64) return ops.cast(sum(ops.cast(x, DType::kInt64)), x.dtype());
  const Value unit = integer(ops, std::int64_t{1} << 32, DType::kInt64);
  const Value lower = ops.node("Mod", {x, unit});
  return ops.add(ops.mul(sum(ops.div(ops.sub(x, lower), unit)), unit), sum(lower));
}

Value integer_product(Ops& ops, const Value& x, const std::vector<std::int64_t>& axes, bool keepdims) {
  std::vector<std::size_t> gone;
  std::int64_t size = 1;
  for (const std::int64_t axis : axes) {
    const Dim& dim = x.dims()[static_cast<std::size_t>(axis)];
    if (!dim.known())
      throw Error(ErrorCode::kUnsupported, upkeep::format("a product of integers over axis {}, whose size is not known", axis),
                  "multiply floats, or give the axis a size");
    gone.push_back(static_cast<std::size_t>(axis));
    size *= dim.value;
  }
  if (size == 0) return ops.cast(ops.reduce("ReduceProd", x, axes, keepdims), x.dtype());
  const Value product = product_of_last_axis(ops, gathered_axes(ops, x, gone), size);
  return keepdims ? ops.unsqueeze(product, axes) : product;
}

Value gathered_axes(Ops& ops, const Value& x, const std::vector<std::size_t>& axes) {
  std::vector<std::int64_t> order = all_but(axes, x.rank());
  std::vector<std::int64_t> shape(order.size(), 0);
  shape.push_back(-1);
  const std::vector<std::int64_t> behind = integers(axes);
  order.insert(order.end(), behind.begin(), behind.end());
  return ops.reshape(ops.transpose(x, std::move(order)), std::move(shape));
}

}  // namespace upkeep::layers
