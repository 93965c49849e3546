#include "optimize/quantize/shared/integers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace upkeep::quantization {

IntegerRange range_of(DType dtype) {
  switch (dtype) {
    case DType::kUInt4: return {0, 15};
    case DType::kInt4: return {-8, 7};
    case DType::kUInt8: return {0, 255};
    case DType::kUInt16: return {0, 65535};
    case DType::kInt16: return {-32768, 32767};
    default: return {-128, 127};
  }
}

Parameters parameters_for(double low, double high, DType dtype, bool symmetric) {
  return parameters_for(low, high, range_of(dtype), symmetric);
}

Parameters parameters_for(double low, double high, IntegerRange range, bool symmetric) {
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  if (!(high > low)) return {.scale = 1, .zero_point = std::clamp<std::int64_t>(0, range.low, range.high)};
  if (symmetric) {
    const std::int64_t middle = range.low < 0 ? 0 : (range.high + 1) / 2;
    const double largest = std::max(-low, high);
    return {.scale = std::max(static_cast<float>(largest / static_cast<double>(range.high - middle)), std::numeric_limits<float>::min()),
            .zero_point = middle};
  }
  const auto scale =
      std::max(static_cast<float>((high - low) / static_cast<double>(range.high - range.low)), std::numeric_limits<float>::min());
  const auto zero = static_cast<std::int64_t>(std::llround(static_cast<double>(range.low) - low / static_cast<double>(scale)));
  return {.scale = scale, .zero_point = std::clamp(zero, range.low, range.high)};
}

std::int64_t quantized(float value, const Parameters& parameters, IntegerRange range) {
  const float steps = std::nearbyint(value / parameters.scale) + static_cast<float>(parameters.zero_point);
  return static_cast<std::int64_t>(std::clamp(steps, static_cast<float>(range.low), static_cast<float>(range.high)));
}

namespace {

template <typename T>
Tensor converted(Shape shape, std::span<const std::int64_t> values) {
  return Tensor(std::move(shape), std::vector<T>(values.begin(), values.end()));
}

Tensor packed(DType dtype, Shape shape, std::span<const std::int64_t> values) {
  std::vector<std::byte> bytes((values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i) bytes[i / 2] |= static_cast<std::byte>((values[i] & 15) << (i % 2 == 0 ? 0 : 4));
  return Tensor::from_bytes(dtype, std::move(shape), bytes);
}

}  // namespace

Tensor integer_tensor(DType dtype, Shape shape, std::span<const std::int64_t> values) {
  switch (dtype) {
    case DType::kUInt8: return converted<std::uint8_t>(std::move(shape), values);
    case DType::kInt16: return converted<std::int16_t>(std::move(shape), values);
    case DType::kUInt16: return converted<std::uint16_t>(std::move(shape), values);
    case DType::kInt32: return converted<std::int32_t>(std::move(shape), values);
    case DType::kInt4:
    case DType::kUInt4: return packed(dtype, std::move(shape), values);
    default: return converted<std::int8_t>(std::move(shape), values);
  }
}

Along along(const Shape& shape, std::size_t axis) {
  Along parts;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto size = static_cast<std::size_t>(shape[i]);
    if (i < axis) parts.outer *= size;
    else if (i == axis) parts.count = size;
    else parts.inner *= size;
  }
  return parts;
}

namespace {

Along parts_of(const Shape& shape, const std::optional<std::size_t>& axis, std::size_t size) {
  return axis ? along(shape, *axis) : Along{.outer = 1, .count = 1, .inner = size};
}

// Calls work(element, index along the axis) for each element.
template <typename Work>
void each_element(const Along& parts, Work work) {
  std::size_t element = 0;
  for (std::size_t outer = 0; outer < parts.outer; ++outer)
    for (std::size_t index = 0; index < parts.count; ++index)
      for (std::size_t inner = 0; inner < parts.inner; ++inner) work(element++, index);
}

}  // namespace

IntegerRange range_of_weight(DType dtype, int bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return range_of(dtype).low < 0 ? IntegerRange{bits < 8 ? 1 - half : -half, half - 1} : IntegerRange{0, 2 * half - 1};
}

int bits_for(const Tensor& integers) {
  const Tensor wide = integers.cast(DType::kInt64);
  std::int64_t largest = 0;
  for (const std::int64_t value : wide.data<std::int64_t>()) largest = std::max(largest, std::abs(value));
  const int sign = range_of(integers.dtype()).low < 0 ? 1 : 0;
  return std::clamp(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(largest))) + sign, 2, 8);
}

QuantizedWeight quantize_weight(const Tensor& weight, const WeightOptions& options, const std::vector<float>& least_scales) {
  const std::span<const float> values = weight.floats();
  const Along parts = parts_of(weight.shape(), options.axis, values.size());
  std::vector<double> low(parts.count, 0), high(parts.count, 0);
  each_element(parts, [&](std::size_t element, std::size_t index) {
    low[index] = std::min<double>(low[index], values[element]);
    high[index] = std::max<double>(high[index], values[element]);
  });
  const IntegerRange range = range_of_weight(options.dtype, options.bits);
  std::vector<Parameters> parameters;
  for (std::size_t i = 0; i < parts.count; ++i) parameters.push_back(parameters_for(low[i], high[i], range, options.symmetric));
  for (std::size_t i = 0; i < least_scales.size(); ++i) parameters[i].scale = std::max(parameters[i].scale, least_scales[i]);
  std::vector<std::int64_t> integers(values.size());
  each_element(parts,
               [&](std::size_t element, std::size_t index) { integers[element] = quantized(values[element], parameters[index], range); });
  QuantizedWeight made{
      .values = integer_tensor(options.dtype, weight.shape(), integers), .scales = {}, .zero_points = {}, .axis = options.axis};
  for (const Parameters& one : parameters) {
    made.scales.push_back(one.scale);
    made.zero_points.push_back(one.zero_point);
  }
  return made;
}

Tensor dequantized(const QuantizedWeight& weight) {
  const Tensor wide = weight.values.cast(DType::kFloat32);
  std::vector<float> values(wide.floats().begin(), wide.floats().end());
  each_element(parts_of(weight.values.shape(), weight.axis, values.size()), [&](std::size_t element, std::size_t index) {
    values[element] = (values[element] - static_cast<float>(weight.zero_points[index])) * weight.scales[index];
  });
  return Tensor(weight.values.shape(), std::move(values));
}

}  // namespace upkeep::quantization
