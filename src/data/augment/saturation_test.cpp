// Numbers from Keras 3.15: keras.layers.RandomSaturation((0.3, 0.3)) of four colours.

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

static Sample saturation_colours() {
  const std::vector<float> colours = {200, 30, 60, 10, 220, 130, 5, 80, 250, 90, 90, 90};
  return test_sample({2, 2, 3}, [&](int y, int x, int c) { return colours[static_cast<std::size_t>(6 * y + 3 * x + c)]; });
}

TEST(Saturation, MatchesKeras) {
  EXPECT_THAT(augmented("saturation", {{"factor", {0.3, 0.3}}}, saturation_colours()).image.pixels,
              testing::Pointwise(testing::FloatNear(1e-3f), std::vector<float>{200, 127.14286f, 140.00002f, 130, 220, 181.42860f,
                                                                               145.00002f, 177.14285f, 250, 90, 90, 90}));
}

TEST(Saturation, ZeroIsGreyAndAHalfChangesNothing) {
  const Sample grey = augmented("saturation", {{"factor", {0, 0}}}, saturation_colours());
  for (int x = 0; x < 2; ++x) {
    EXPECT_FLOAT_EQ(grey.image.at(0, x)[0], grey.image.at(0, x)[1]);
    EXPECT_FLOAT_EQ(grey.image.at(0, x)[1], grey.image.at(0, x)[2]);
  }
  EXPECT_THAT(augmented("RandomSaturation", {{"factor", {0.5, 0.5}}}, saturation_colours()).image.pixels,
              testing::Pointwise(testing::FloatNear(1e-3f), saturation_colours().image.pixels));
}

TEST(Saturation, StaysWithinTheRangeOfValues) {
  const Sample strong = augmented("saturation", {{"factor", {1, 1}}}, saturation_colours());
  for (const float value : strong.image.pixels) {
    EXPECT_GE(value, -1e-3f);
    EXPECT_LE(value, 255 + 1e-3f);
  }
}

TEST(Saturation, NeedsThreeChannels) {
  EXPECT_THAT(message_of([] { make_augmenter("saturation", {})->output({8, 8, 1}); }), testing::HasSubstr("three channels"));
}

}  // namespace upkeep::augment
