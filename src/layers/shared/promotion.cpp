#include "layers/shared/promotion.hpp"

#include <algorithm>

#include "graph/element_types.hpp"

namespace upkeep::layers {
namespace {

constexpr DType kSigned[] = {DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64};

bool is_signed(DType type) { return std::ranges::contains(kSigned, type); }

DType signed_of(std::size_t bits) {
  for (const DType type : kSigned)
    if (size_bits(type) == bits) return type;
  return DType::kFloat32;  // no integer holds it
}

DType common_float(DType a, DType b) {
  if (size_bits(a) != size_bits(b)) return size_bits(a) > size_bits(b) ? a : b;
  return a == b ? a : DType::kFloat32;  // float16 and bfloat16
}

DType common_of_two(DType a, DType b) {
  if (a == b || b == DType::kBool) return a;
  if (a == DType::kBool) return b;
  if (is_floating(a) && is_floating(b)) return common_float(a, b);
  if (is_floating(a) || is_floating(b)) return is_floating(a) ? a : b;
  if (is_signed(a) == is_signed(b)) return size_bits(a) > size_bits(b) ? a : b;
  const std::size_t of_signed = size_bits(is_signed(a) ? a : b), of_unsigned = size_bits(is_signed(a) ? b : a);
  return signed_of(std::max(of_signed, 2 * of_unsigned));
}

}  // namespace

DType common_type(const std::vector<OperandType>& operands) {
  DType strong = DType::kUndefined;
  bool fractions = false, integers = false;
  for (const auto& [type, weak] : operands) {
    if (weak && type != DType::kBool) (is_floating(type) ? fractions : integers) = true;
    else strong = strong == DType::kUndefined ? type : common_of_two(strong, type);
  }
  if (fractions && !is_floating(strong)) return DType::kFloat32;
  if (integers && (strong == DType::kUndefined || strong == DType::kBool)) return DType::kInt32;
  return strong;
}

DType floating_type(DType type) { return is_floating(type) ? type : DType::kFloat32; }

DType computed_type(DType type) {
  if (type == DType::kBool || (is_integer_type(type) && size_bits(type) < 32)) return DType::kInt32;
  if (type == DType::kUInt32 || type == DType::kUInt64) return DType::kInt64;
  return is_floating(type) && size_bits(type) < 32 ? DType::kFloat32 : type;
}

Value in_type(Ops& ops, const Value& x, DType type, const std::function<Value(const Value&)>& f) {
  return ops.cast(f(ops.cast(x, computed_type(type))), type);
}

Value in_type(Ops& ops, const Value& a, const Value& b, DType type, const std::function<Value(const Value&, const Value&)>& f) {
  const DType computed = computed_type(type);
  return ops.cast(f(ops.cast(a, computed), ops.cast(b, computed)), type);
}

Value number(Ops& ops, double value, DType type) { return ops.constant(Tensor::scalar(value).cast(type)); }

}  // namespace upkeep::layers
