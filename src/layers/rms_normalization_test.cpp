#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(RmsNormalization, DividesByTheRootOfTheMeanSquare) {
  const Tensor y = apply("rms_normalization",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {{"rms_normalization/scale", Tensor({2}, std::vector<float>{0.25F, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.3031694F, -0.09095082F, -0.2499991F, 0.12499955F, -0.058123793F, -0.17437138F, -0.29417276F, 0.09805758F,
                               0.33540803F, 0.05590134F, -0.07669644F, 0.172567F},
                              16));
}

TEST(RmsNormalization, DividesOverSeveralAxes) {
  const Tensor y = apply("{rms_normalization: {axis: [1, 2], epsilon: 0.5}}",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {{"rms_normalization/scale", Tensor({3, 2}, std::vector<float>{-0.125F, 0.375F, 0.25F, -0.5F, 0.375F, 0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.1377597F, 0.24796745F, -0.08265582F, 0.16531163F, -0.08265582F, 0.4959349F, 0.05303301F, -0.10606602F,
                               0.10606602F, 0.07071068F, -0.10606602F, -0.47729707F},
                              16));
}

TEST(RmsNormalization, RefusesInnerAxes) {
  EXPECT_THAT(message_of([] { apply("{rms_normalization: {axis: 1}}", Tensor::full({1, 2, 2}, 1.0F)); }),
              testing::HasSubstr("axis 1 is not the last of the input [batch, 2, 2]"));
}

}  // namespace
}  // namespace upkeep::layers
