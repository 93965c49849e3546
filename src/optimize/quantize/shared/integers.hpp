// Integers for real numbers: real = scale * (integer - zero_point)   (Jacob et al. 2018, arXiv:1712.05877, equation 1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::quantization {

struct IntegerRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
// Of int8, uint8, int16, uint16, int4, uint4.
IntegerRange range_of(DType dtype);

struct Parameters {
  float scale = 1;
  std::int64_t zero_point = 0;
  bool operator==(const Parameters&) const = default;
};

// For values in [low, high], which is widened to hold 0: padding, masks and ReLU rely on an exact 0. Symmetric: 0 lies in the middle, and
// the lowest integer of a signed type is not used.
Parameters parameters_for(double low, double high, IntegerRange range, bool symmetric);
Parameters parameters_for(double low, double high, DType dtype, bool symmetric);

// round half to even and saturate, as QuantizeLinear does.
std::int64_t quantized(float value, const Parameters& parameters, IntegerRange range);

// Whole numbers as a tensor of an integer type, 4-bit types packed.
Tensor integer_tensor(DType dtype, Shape shape, std::span<const std::int64_t> values);

// A weight as integers, with one scale for each index of `axis`, or one for all.
struct QuantizedWeight {
  Tensor values;
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  std::optional<std::size_t> axis;
};

struct WeightOptions {
  DType dtype = DType::kInt8;
  bool symmetric = true;
  int bits = 8;                          // 2 to 8; fewer than 8 leave integers of the type unused
  std::optional<std::size_t> axis = {};  // one scale for each of its indices
};
// `least_scales`: what each scale must be at least; empty: anything.
QuantizedWeight quantize_weight(const Tensor& weight, const WeightOptions& options, const std::vector<float>& least_scales = {});

// The integers that a weight of so many bits has in a type of 8 bits; and the fewest bits that hold these integers.
IntegerRange range_of_weight(DType dtype, int bits);
int bits_for(const Tensor& integers);

// The numbers that the integers stand for.
Tensor dequantized(const QuantizedWeight& weight);

// Elements of a tensor along an axis: element (outer, index, inner) lies at (outer * count + index) * inner_size + inner.
struct Along {
  std::size_t outer = 1, count = 1, inner = 1;
};
Along along(const Shape& shape, std::size_t axis);

}  // namespace upkeep::quantization
