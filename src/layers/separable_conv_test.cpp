#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

TEST(SeparableConv, IsADepthwiseConvolutionAndAPointwiseOne) {
  const Tensor x = numbers({1, 6, 7, 3}, 1);
  const Tensor deep = numbers({3, 3, 3, 2}, 2), point = numbers({1, 1, 6, 4}, 3), bias = numbers({4}, 4);
  const std::string window = "kernel_size: 3, strides: 2, padding: same, depth_multiplier: 2";
  const Tensor y =
      apply("{separable_conv2d: {filters: 4, " + window + ", activation: tanh}}", x,
            {{"separable_conv2d/depthwise_kernel", deep}, {"separable_conv2d/pointwise_kernel", point}, {"separable_conv2d/bias", bias}});
  const Tensor two =
      apply("{depthwise_conv2d: {use_bias: false, " + window + "}}, {conv2d: {filters: 4, kernel_size: 1, activation: tanh}}", x,
            {{"depthwise_conv2d/kernel", deep}, {"conv2d/kernel", point}, {"conv2d/bias", bias}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 4, 4}));
  EXPECT_THAT(values(y), Near(values(two)));
}

TEST(SeparableConv, OwnsThreeWeightsAsKerasDoes) {
  const auto specs = weight_specs(
      architecture_from_yaml("layers: [{input: {shape: [9, 4]}}, {separable_conv1d: {filters: 5, kernel_size: 3, depth_multiplier: 2}}]"));
  ASSERT_EQ(specs.size(), 3U);
  EXPECT_EQ(specs[0].name, "separable_conv1d/depthwise_kernel");
  EXPECT_EQ(specs[0].spec.shape, (Shape{3, 4, 2}));
  EXPECT_EQ(specs[1].name, "separable_conv1d/pointwise_kernel");
  EXPECT_EQ(specs[1].spec.shape, (Shape{1, 8, 5}));
  EXPECT_EQ(specs[2].spec.shape, (Shape{5}));
}

}  // namespace upkeep::layers
