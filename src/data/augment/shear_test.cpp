// Numbers from Keras 3.15 on TensorFlow 2.21: keras.layers.RandomShear((0.3, 0.3), (0.2, 0.2)), for both signs that it draws.

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

TEST(Shear, MatchesKerasWithEitherSign) {
  const auto plus = near_keras(
      {0, 15.4f, 20.4f, 21.2f, 17.8f, 12.4f, 20.4f, 14.28f, 16.98f, 25, 23.2f, 17.6f, 14, 19.84f, 21.4f, 26.2f, 26.3f, 23.3f, 20.3f, 20});
  const auto minus =
      near_keras({0, 13, 26, 8, 21, 7, 17.5f, 18.38f, 17.88f, 17.86f, 28, 22.68f, 18, 15.04f, 22.48f, 1, 8.48f, 24.9f, 17, 9.58f});
  std::map<bool, int> signs;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Sample sheared = augmented("shear", {{"x_factor", {0.3, 0.3}}, {"y_factor", {0.2, 0.2}}}, keras_sample(), seed);
    const bool positive = sheared.image.at(0, 1)[0] > 14;
    ++signs[positive];
    if (positive) EXPECT_THAT(sheared.image.pixels, plus);
    else EXPECT_THAT(sheared.image.pixels, minus);
  }
  EXPECT_EQ(signs.size(), 2U);
}

TEST(Shear, MovesBoxesAgainstTheReading) {
  Sample sample = patterned_sample(10, 10, 1);
  sample.boxes = {{.left = 2.5, .top = 4.5, .right = 4.5, .bottom = 6.5}};
  bool seen = false;
  for (std::uint64_t seed = 0; seed < 20 && !seen; ++seed) {
    const Box box = only_box(augmented("shear", {{"x_factor", {0.5, 0.5}}}, sample, seed));
    if (box.left > 2) continue;     // the other sign
    seen = true;                    // x_out = x_in - y / 2 for the corners, in pixel centres: x 2..4, y 4..6
    EXPECT_DOUBLE_EQ(box.left, 0);  // 2 - 3 + 0.5, clipped
    EXPECT_DOUBLE_EQ(box.right, 2.5);
    EXPECT_DOUBLE_EQ(box.top, 4.5);
    EXPECT_DOUBLE_EQ(box.bottom, 6.5);
  }
  EXPECT_TRUE(seen);
}

TEST(Shear, RefusesNegativeFactors) {
  EXPECT_THAT(message_of([] { make_augmenter("shear", {{"x_factor", -0.1}}); }), testing::HasSubstr("[0, 1]"));
}

}  // namespace upkeep::augment
