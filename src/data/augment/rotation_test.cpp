// Numbers from Keras 3.15 on TensorFlow 2.21: keras.layers.RandomRotation((0.07, 0.07), fill_mode=..., fill_value=3).

#include <numbers>

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

TEST(Rotation, MatchesKeras) {
  const Json settings = {{"factor", {0.07, 0.07}}, {"fill_value", 3}};
  EXPECT_THAT(augmented("rotation", settings, keras_sample()).image.pixels,
              near_keras({10.77719f, 22.53994f, 15.78766f, 19.53934f, 17.02273f, 7.009484f, 19.48606f, 15.56862f, 18.1682f,  25.99145f,
                          9.117954f, 21.85976f, 13.75377f, 13.06763f, 20.52672f, 27.84659f, 19.78921f, 26.37325f, 25.20153f, 22.48705f}));
}

TEST(Rotation, MatchesKerasWithAConstantBeyondTheEdge) {
  const Json settings = {{"factor", {0.07, 0.07}}, {"fill_mode", "constant"}, {"fill_value", 3}};
  EXPECT_THAT(augmented("RandomRotation", settings, keras_sample()).image.pixels,
              near_keras({5.264725f, 17.00975f, 15.78766f, 19.53934f, 10.73601f, 7.009484f, 19.48606f, 15.56862f, 18.1682f,  25.47313f,
                          8.980033f, 21.85976f, 13.75377f, 13.06763f, 20.52672f, 16.70729f, 19.78921f, 26.37325f, 18.91806f, 8.674644f}));
}

TEST(Rotation, MatchesKerasByNearestPixels) {
  const Json settings = {{"factor", {0.07, 0.07}}, {"interpolation", "nearest"}};
  EXPECT_THAT(augmented("rotation", settings, keras_sample()).image.pixels,
              near_keras({13, 26, 8, 17, 17, 0, 25, 12, 30, 27, 7, 20, 12, 4, 20, 28, 28, 29, 26, 23}));
}

TEST(Rotation, MatchesANaiveLoopInEveryFillMode) {
  const Sample sample = patterned_sample(6, 9);
  const double angle = 0.21 * 2 * std::numbers::pi;
  const auto map = [&](int x, int y) {
    const double dx = x - 4.0;
    const double dy = y - 2.5;
    return TestPlace{4.0 + dx * std::cos(angle) - dy * std::sin(angle), 2.5 + dx * std::sin(angle) + dy * std::cos(angle)};
  };
  for (const char* mode : {"constant", "nearest", "reflect", "wrap"}) {
    const Sample turned = augmented("rotation", {{"factor", {0.21, 0.21}}, {"fill_mode", mode}, {"fill_value", 50}}, sample);
    expect_read_from(turned.image, sample.image, map, mode, 50);
  }
}

// A quarter turn of a square moves pixels to pixels: x_in = (size - 1) - y, y_in = x.
TEST(Rotation, TurnsMaskAndBoxesWithTheImage) {
  Sample sample = patterned_sample(8, 8, 1);
  sample.mask = sample.image;
  sample.boxes = {{.left = 1, .top = 0, .right = 4, .bottom = 2, .label = 3}};
  const Sample turned = augmented("rotation", {{"factor", {0.25, 0.25}}}, sample);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) {
      EXPECT_NEAR(turned.image.at(y, x)[0], sample.image.at(x, 7 - y)[0], 1e-4);
      EXPECT_EQ(turned.mask.at(y, x)[0], sample.mask.at(x, 7 - y)[0]);
    }
  const Box box = only_box(turned);
  EXPECT_NEAR(box.left, 0, 1e-9);
  EXPECT_NEAR(box.top, 4, 1e-9);
  EXPECT_NEAR(box.right, 2, 1e-9);
  EXPECT_NEAR(box.bottom, 7, 1e-9);
  EXPECT_EQ(box.label, 3);
}

TEST(Rotation, DrawsAnglesFromBothSides) {
  bool left = false;
  bool right = false;
  const Sample sample = test_sample({9, 9, 1}, [](int, int x, int) { return static_cast<float>(x); });
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const float moved = augmented("rotation", {{"factor", 0.1}}, sample, seed).image.at(0, 4)[0] - 4;  // x_in - 4 = 4 sin(angle)
    EXPECT_LE(std::abs(moved), 4 * std::sin(0.1 * 2 * std::numbers::pi));
    left = left || moved < 0;
    right = right || moved > 0;
  }
  EXPECT_TRUE(left && right);
}

TEST(Rotation, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { make_augmenter("rotation", {{"factor", {1, 2, 3}}}); }), testing::HasSubstr("[-1, 1]"));
  EXPECT_THAT(message_of([] { make_augmenter("rotation", {{"factor", {0.1, 0.2, 0.3}}}); }), testing::HasSubstr("factor: 3 numbers"));
  EXPECT_THAT(message_of([] { make_augmenter("rotation", {{"fill_mode", "mirror"}}); }), testing::HasSubstr("reflect"));
}

}  // namespace upkeep::augment
