#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// One channel, kernel [1, 10, 100]: every element of x leaves its mark three times.
std::vector<float> spread(const std::string& settings) {
  const Tensor x({1, 2, 1}, std::vector<float>{1, 2});
  return values(apply("{conv1d_transpose: {filters: 1, kernel_size: 3, use_bias: false, " + settings + "}}", x,
                      {{"conv1d_transpose/kernel", Tensor({3, 1, 1}, std::vector<float>{1, 10, 100})}}));
}

}  // namespace

// Numbers of Keras 3.15.
TEST(ConvTranspose, SpreadsEachElementOverItsWindow) {
  EXPECT_THAT(spread("strides: 1"), ElementsAre(1, 12, 120, 200));
  EXPECT_THAT(spread("strides: 2"), ElementsAre(1, 10, 102, 20, 200));
  EXPECT_THAT(spread("strides: 4"), ElementsAre(1, 10, 100, 0, 2, 20, 200, 0));
  EXPECT_THAT(spread("dilation_rate: 2"), ElementsAre(1, 2, 10, 20, 100, 200));
}

TEST(ConvTranspose, CutsTheSmallerHalfInFront) {
  EXPECT_THAT(spread("padding: same"), ElementsAre(12, 120));
  EXPECT_THAT(spread("padding: same, strides: 2"), ElementsAre(1, 10, 102, 20));
  EXPECT_THAT(spread("padding: same, strides: 4"), ElementsAre(1, 10, 100, 0, 2, 20, 200, 0));
}

TEST(ConvTranspose, AddsTheOutputPaddingThatItIsGiven) {
  EXPECT_THAT(spread("strides: 2, output_padding: 0"), ElementsAre(1, 10, 102, 20, 200));
  EXPECT_THAT(spread("strides: 2, output_padding: 1"), ElementsAre(1, 10, 102, 20, 200, 0));
  EXPECT_THAT(spread("strides: 2, output_padding: 0, padding: same"), ElementsAre(10, 102, 20));
  EXPECT_THAT(spread("strides: 2, output_padding: 1, padding: same"), ElementsAre(1, 10, 102, 20));
}

TEST(ConvTranspose, OwnsItsKernelWithTheFiltersBeforeTheChannels) {
  const auto specs =
      weight_specs(architecture_from_yaml("layers: [{input: {shape: [9, 9, 4]}}, {conv2d_transpose: {filters: 6, kernel_size: [3, 5]}}]"));
  EXPECT_EQ(specs[0].spec.shape, (Shape{3, 5, 6, 4}));
  EXPECT_EQ(specs[1].spec.shape, (Shape{6}));
}

TEST(ConvTranspose, RecognisesOneOfPyTorchAndCropsIt) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 3, 3] x) => (float[N, 1, H, W] y) <float[2, 1, 3, 3] w = {1, 2, 3, 4, 5, "
      "6, 7, "
      "8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1}, float[1] b = {0.5}> { y = ConvTranspose <strides = [2, 2], pads = [1, 1, 1, 1], output_padding = "
      "[1, 1]> "
      "(x, w, b) }";
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].kind, "conv2d_transpose");
  EXPECT_EQ(layers[1].kind, "cropping2d");
  EXPECT_EQ(layers[1].name, "y");
  expect_equal_answers(text, numbers({2, 2, 3, 3}, 3), 64);
}

TEST(ConvTranspose, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] {
                weight_specs(architecture_from_yaml(
                    "layers: [{input: {shape: [9, 9, 4]}}, {conv2d_transpose: {filters: 6, kernel_size: 3, output_padding: 1}}]"));
              }),
              HasSubstr("an output_padding of 1 with strides of 1"));
}

}  // namespace upkeep::layers
