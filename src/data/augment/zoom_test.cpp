// Numbers from Keras 3.15 on TensorFlow 2.21: keras.layers.RandomZoom.

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

TEST(Zoom, MatchesKeras) {
  const Json settings = {{"height_factor", {-0.4, -0.4}}, {"width_factor", {0.3, 0.3}}};
  EXPECT_THAT(augmented("zoom", settings, keras_sample()).image.pixels,
              near_keras({4.2f,  15.4f,  17.6f, 20.42f, 18.6f, 11.2f, 20.16f, 12,    23.06f, 19,
                          23.8f, 21.84f, 12,    13.94f, 25,    17.2f, 21.68f, 17.6f, 15.38f, 24.2f}));
}

TEST(Zoom, MatchesKerasWithOneFactorForBoth) {
  EXPECT_THAT(augmented("RandomZoom", {{"height_factor", {0.5, 0.5}}, {"fill_mode", "constant"}}, keras_sample()).image.pixels,
              near_keras({0, 1.625f, 6.5f, 3.625f, 0, 0, 13.625f, 15.5f, 21.25f, 0, 0, 21.75f, 15.5f, 17, 0, 0, 3.75f, 6.5f, 5.375f, 0}));
}

TEST(Zoom, MatchesANaiveLoop) {
  const Sample sample = patterned_sample(7, 6);
  const Sample zoomed = augmented("zoom", {{"height_factor", {-0.6, -0.6}}, {"width_factor", {0.7, 0.7}}, {"fill_mode", "wrap"}}, sample);
  expect_read_from(zoomed.image, sample.image, [](int x, int y) { return TestPlace{2.5 + 1.7 * (x - 2.5), 3 + 0.4 * (y - 3)}; }, "wrap");
}

TEST(Zoom, KeepsProportionsByDefault) {
  const Sample sample = test_sample({21, 21, 2}, [](int y, int x, int c) { return static_cast<float>(c ? y : x); });
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Sample zoomed = augmented("zoom", {{"height_factor", 0.3}}, sample, seed);
    EXPECT_FLOAT_EQ(zoomed.image.at(5, 5)[0], zoomed.image.at(5, 5)[1]);
    EXPECT_NE(zoomed.image.at(5, 5)[0], 5);
  }
}

TEST(Zoom, ZoomsBoxes) {
  Sample sample = patterned_sample(10, 10, 1);
  sample.boxes = {{.left = 4, .top = 4, .right = 6, .bottom = 6}};
  const Box box = only_box(augmented("zoom", {{"height_factor", {-0.5, -0.5}}}, sample));  // twice as large
  EXPECT_DOUBLE_EQ(box.left, 3);
  EXPECT_DOUBLE_EQ(box.top, 3);
  EXPECT_DOUBLE_EQ(box.right, 7);
  EXPECT_DOUBLE_EQ(box.bottom, 7);
}

TEST(Zoom, RefusesToZoomToNothing) {
  EXPECT_THAT(message_of([] { make_augmenter("zoom", {{"height_factor", -1.0}}); }), testing::HasSubstr("(-1, 1]"));
}

}  // namespace upkeep::augment
