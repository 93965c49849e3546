#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

namespace {

// The same as a convolution of all channels whose kernel is zero where a filter looks at another channel.
Tensor spread_depthwise(const Tensor& kernel) {
  const std::int64_t channels = kernel.dim(2), multiplier = kernel.dim(3), places = kernel.dim(0) * kernel.dim(1);
  std::vector<float> values(static_cast<std::size_t>(places * channels * channels * multiplier), 0.0F);
  for (std::int64_t p = 0; p < places; ++p)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t m = 0; m < multiplier; ++m)
        values[static_cast<std::size_t>((p * channels + c) * channels * multiplier + c * multiplier + m)] =
            kernel.floats()[static_cast<std::size_t>((p * channels + c) * multiplier + m)];
  return Tensor({kernel.dim(0), kernel.dim(1), channels, channels * multiplier}, std::move(values));
}

}  // namespace

TEST(DepthwiseConv, ConvolvesEachChannelAlone) {
  const Tensor x = numbers({6, 7, 3}, 1);
  const Tensor kernel = numbers({3, 2, 3, 2}, 2);
  const Weights weights = {{"depthwise_conv2d/kernel", kernel}, {"depthwise_conv2d/bias", Tensor::full<float>({6}, 0)}};
  for (const auto& [settings, naive] :
       std::vector<std::pair<std::string, NaiveConvolution>>{{"", {}},
                                                             {", strides: 2, padding: same", {.stride = 2, .same = true}},
                                                             {", dilation_rate: 2, padding: same", {.dilation = 2, .same = true}},
                                                             {", strides: 2, dilation_rate: 2", {.stride = 2, .dilation = 2}}}) {
    SCOPED_TRACE(settings);
    const Tensor y =
        apply("{depthwise_conv2d: {kernel_size: [3, 2], depth_multiplier: 2" + settings + "}}", x.reshaped({1, 6, 7, 3}), weights);
    EXPECT_THAT(values(y), Near(naive_convolution(x, spread_depthwise(kernel), naive), 32));
  }
}

TEST(DepthwiseConv, OwnsItsKernelUnderDepthwiseSettings) {
  const auto specs = weight_specs(architecture_from_yaml(
      "layers: [{input: {shape: [9, 4]}}, {depthwise_conv1d: {kernel_size: 3, depth_multiplier: 2, depthwise_regularizer: l2}}]"));
  EXPECT_EQ(specs[0].name, "depthwise_conv1d/kernel");
  EXPECT_EQ(specs[0].spec.shape, (Shape{3, 4, 2}));
  EXPECT_EQ(specs[0].spec.regularizer, Json("l2"));
  EXPECT_EQ(specs[1].spec.shape, (Shape{8}));
}

TEST(DepthwiseConv, RecognisesAConvWithAGroupPerChannel) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 4, 4] x) => (float[N, 4, H, W] y) <float[4, 1, 1, 2] w = {1, 2, 3, 4, 5, "
      "6, 7, 8}> { y = Conv <group = 2> (x, w) }";
  const auto layers = recognised(text);
  EXPECT_EQ(layers[0].kind, "depthwise_conv2d");
  EXPECT_EQ(layers[0].settings["depth_multiplier"], 2);
  EXPECT_EQ(layers[0].settings["use_bias"], false);
  EXPECT_THAT(values(weights_of(model_from_text(text))[0].second), testing::ElementsAre(1, 3, 5, 7, 2, 4, 6, 8));
  expect_equal_answers(text, numbers({2, 2, 4, 4}, 3), 32);
}

}  // namespace upkeep::layers
