#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(AdaptivePooling, MakesAnOutputOfTheSizeAskedFor) {
  const Tensor x({1, 5, 1}, std::vector<float>{1, 7, 3, 4, -5});
  // [0, 2), [1, 4), [3, 5)
  EXPECT_THAT(values(apply("{adaptive_max_pooling1d: {output_size: 3}}", x)), ElementsAre(7, 7, 4));
  EXPECT_THAT(values(apply("{adaptive_average_pooling1d: {output_size: 3}}", x)), Near({4, 14.0F / 3, -0.5F}));
  EXPECT_THAT(values(apply("{adaptive_average_pooling1d: {output_size: 5}}", x)), ElementsAre(1, 7, 3, 4, -5));
}

TEST(AdaptivePooling, IsGlobalPoolingForASizeOfOne) {
  const Tensor x = numbers({2, 3, 4, 5, 2}, 1);
  EXPECT_THAT(values(apply("{adaptive_average_pooling3d: {output_size: 1}}", x)), Near(values(apply("global_average_pooling3d", x))));
  EXPECT_EQ(values(apply("{adaptive_max_pooling3d: {output_size: [1, 1, 1]}}", x)), values(apply("global_max_pooling3d", x)));
}

TEST(AdaptivePooling, IsPoolingWhereTheWindowsAreEqual) {
  const Tensor x = numbers({2, 6, 8, 3}, 1);
  EXPECT_EQ(values(apply("{adaptive_max_pooling2d: {output_size: [3, 2]}}", x)), values(apply("{max_pooling2d: {pool_size: [2, 4]}}", x)));
  EXPECT_THAT(values(apply("{adaptive_average_pooling2d: {output_size: [2, 3], data_format: channels_first}}", x)),
              Near(values(apply("{average_pooling2d: {pool_size: [4, 1], data_format: channels_first}}", x))));
}

TEST(AdaptivePooling, NeedsKnownSizes) {
  EXPECT_THAT(message_of([] {
                weight_specs(architecture_from_yaml("layers: [{input: {shape: [null, 1]}}, {adaptive_max_pooling1d: {output_size: 3}}]"));
              }),
              HasSubstr("it expects known sizes of the spatial axes, got [batch, ?, 1]"));
}

}  // namespace upkeep::layers
