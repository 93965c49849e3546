// Numbers from Keras 3.15 on TensorFlow 2.21: keras.layers.RandomTranslation((0.3, 0.3), (-0.25, -0.25)).

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

TEST(Translation, MatchesKeras) {
  const Json settings = {{"height_factor", {0.3, 0.3}}, {"width_factor", {-0.25, -0.25}}};
  EXPECT_THAT(augmented("translation", settings, keras_sample()).image.pixels,
              near_keras({17.35f, 20.5f, 14.35f, 20.2f, 18.25f, 16.25f, 21.5f, 11.25f, 21, 17.75f,
                          20.65f, 17.5f, 23.65f, 17.8f, 19.75f, 18.75f, 11.3f, 13.15f, 25, 21.05f}));
}

TEST(Translation, ShiftsRightAndDownByPositiveFactors) {
  const Sample sample = patterned_sample(4, 10);
  const Json settings = {{"height_factor", {0.25, 0.25}}, {"width_factor", {0.2, 0.2}}, {"fill_mode", "constant"}, {"fill_value", -1}};
  const Sample shifted = augmented("RandomTranslation", settings, sample);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 10; ++x) EXPECT_EQ(shifted.image.at(y, x)[1], y < 1 || x < 2 ? -1 : sample.image.at(y - 1, x - 2)[1]);
}

TEST(Translation, ClipsBoxesAndDropsThoseThatLeave) {
  Sample sample = patterned_sample(10, 10, 1);
  sample.mask = sample.image;
  sample.boxes = {{.left = 4, .top = 2, .right = 8, .bottom = 5, .label = 1}, {.left = 8, .top = 0, .right = 10, .bottom = 10, .label = 2}};
  const Sample shifted =
      augmented("translation", {{"height_factor", {0, 0}}, {"width_factor", {0.3, 0.3}}, {"fill_mode", "constant"}}, sample);
  ASSERT_EQ(shifted.boxes.size(), 1U);
  EXPECT_DOUBLE_EQ(shifted.boxes[0].left, 7);
  EXPECT_DOUBLE_EQ(shifted.boxes[0].right, 10);
  EXPECT_DOUBLE_EQ(shifted.boxes[0].top, 2);
  EXPECT_EQ(shifted.boxes[0].label, 1);
  for (int x = 0; x < 10; ++x) EXPECT_EQ(shifted.mask.at(4, x)[0], x < 3 ? 0 : sample.mask.at(4, x - 3)[0]);
}

TEST(Translation, DrawsEachSampleAndDirectionByItself) {
  const Sample sample = test_sample({20, 20, 2}, [](int y, int x, int c) { return static_cast<float>(c ? y : x); });
  double least = 99;
  double most = -99;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Sample shifted = augmented("translation", {{"height_factor", 0.1}, {"width_factor", 0.0}}, sample, seed);
    EXPECT_FLOAT_EQ(shifted.image.at(10, 10)[0], 10);
    const double dy = 10.0 - double{shifted.image.at(10, 10)[1]};
    least = std::min(least, dy);
    most = std::max(most, dy);
  }
  EXPECT_GE(least, -2);
  EXPECT_LT(least, -1);
  EXPECT_LE(most, 2);
  EXPECT_GT(most, 1);
}

TEST(Translation, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { make_augmenter("translation", {{"width_factor", 1.5}}); }), testing::HasSubstr("width_factor"));
  EXPECT_THAT(message_of([] { make_augmenter("translation", {{"height_factor", Json::array()}}); }), testing::HasSubstr("0 numbers"));
}

}  // namespace upkeep::augment
