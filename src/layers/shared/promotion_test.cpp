#include "layers/shared/promotion.hpp"

#include <gtest/gtest.h>

namespace upkeep::layers {
namespace {

// Expected: keras.backend.result_type of Keras 3 on TensorFlow.
TEST(Promotion, FindsTheTypeThatKerasComputesIn) {
  using enum DType;
  const struct {
    DType a, b, common;
  } kCases[] = {{kInt32, kInt64, kInt64},      {kBool, kInt8, kInt8},        {kUInt8, kInt8, kInt16},     {kUInt8, kInt32, kInt32},
                {kUInt16, kInt16, kInt32},     {kUInt32, kInt32, kInt64},    {kUInt64, kInt8, kFloat32},  {kUInt8, kUInt32, kUInt32},
                {kInt64, kFloat32, kFloat32},  {kInt64, kFloat16, kFloat16}, {kBool, kFloat64, kFloat64}, {kFloat16, kBFloat16, kFloat32},
                {kFloat16, kFloat64, kFloat64}};
  for (const auto& [a, b, common] : kCases) {
    EXPECT_EQ(common_type({{a}, {b}}), common) << to_string(a) << ' ' << to_string(b);
    EXPECT_EQ(common_type({{b}, {a}}), common) << to_string(b) << ' ' << to_string(a);
  }
}

TEST(Promotion, NumbersTakeTheTypeOfWhatStandsBesideThem) {
  using enum DType;
  const OperandType integer = {.type = kInt64, .weak = true}, fraction = {.type = kFloat32, .weak = true},
                    truth = {.type = kBool, .weak = true};
  EXPECT_EQ(common_type({{kInt8}, integer}), kInt8);
  EXPECT_EQ(common_type({integer, {kFloat16}}), kFloat16);
  EXPECT_EQ(common_type({{kBool}, integer}), kInt32);
  EXPECT_EQ(common_type({integer, integer}), kInt32);
  EXPECT_EQ(common_type({{kInt64}, fraction}), kFloat32);
  EXPECT_EQ(common_type({{kFloat64}, fraction}), kFloat64);
  EXPECT_EQ(common_type({integer, fraction}), kFloat32);
  EXPECT_EQ(common_type({truth, truth}), kBool);
  EXPECT_EQ(common_type({truth, integer}), kInt32);
}

}  // namespace
}  // namespace upkeep::layers
