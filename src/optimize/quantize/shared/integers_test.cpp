#include "optimize/quantize/shared/integers.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace upkeep::quantization {

TEST(Integers, ZeroIsExactAndTheEndsAreWithinHalfAStep) {
  for (const DType dtype : {DType::kUInt8, DType::kInt8, DType::kUInt16, DType::kInt16})
    for (const bool symmetric : {false, true})
      for (const auto& [low, high] : {std::pair{-1.0, 3.0}, {0.0, 6.0}, {2.0, 5.0}, {-7.0, -1.0}, {0.0, 0.0}}) {
        const Parameters made = parameters_for(low, high, dtype, symmetric);
        const IntegerRange range = range_of(dtype);
        EXPECT_GE(made.zero_point, range.low);
        EXPECT_LE(made.zero_point, range.high);
        for (const double end : {low, high, 0.0}) {
          const auto back = static_cast<double>(quantized(static_cast<float>(end), made, range) - made.zero_point) * made.scale;
          EXPECT_NEAR(back, end, 0.51 * static_cast<double>(made.scale)) << to_string(dtype) << symmetric << low << high;
        }
      }
}

TEST(Integers, RoundsHalvesToEvenAsQuantizeLinearDoes) {
  const Parameters one{.scale = 1, .zero_point = 0};
  EXPECT_EQ(quantized(0.5F, one, {-128, 127}), 0);
  EXPECT_EQ(quantized(1.5F, one, {-128, 127}), 2);
  EXPECT_EQ(quantized(-300, one, {-128, 127}), -128);
}

TEST(Integers, EachChannelOfAWeightHasItsScale) {
  const Tensor weight({2, 2}, std::vector<float>{1.27F, -0.5F, 12.7F, 127});
  const QuantizedWeight made = quantize_weight(weight, {.axis = 0});
  EXPECT_THAT(made.scales, testing::ElementsAre(testing::FloatEq(0.01F), testing::FloatEq(1)));
  EXPECT_THAT(made.values.data<std::int8_t>(), testing::ElementsAre(127, -50, 13, 127));
  const QuantizedWeight reduced = quantize_weight(weight, {.bits = 7, .axis = 0});
  for (const std::int8_t value : reduced.values.data<std::int8_t>()) EXPECT_LE(std::abs(value), 64);
  const Tensor back = dequantized(reduced);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(back.floats()[i], weight.floats()[i], i < 2 ? 0.011 : 1.1);
}

}  // namespace upkeep::quantization
