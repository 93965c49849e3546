// Numbers from Keras 3.15: keras.layers.RandomHue((0.4, 0.4)) of four colours, for both signs that it draws.

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

static Sample hue_colours() {
  const std::vector<float> colours = {200, 30, 60, 10, 220, 130, 5, 80, 250, 90, 90, 90};
  return test_sample({2, 2, 3}, [&](int y, int x, int c) { return colours[static_cast<std::size_t>(6 * y + 3 * x + c)]; });
}

TEST(Hue, MatchesKerasWithEitherSign) {
  const auto near = [](std::vector<float> expected) { return testing::Pointwise(testing::FloatNear(1e-3f), std::move(expected)); };
  const auto plus = near({195.99998f, 200, 29.999996f, 10, 57.999996f, 220, 223.99998f, 5, 250, 90, 90, 90});
  const auto minus = near({136, 30, 200, 141.99997f, 220, 10, 5, 250, 125.99995f, 90, 90, 90});
  std::set<bool> signs;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Sample turned = augmented("RandomHue", {{"factor", {0.4, 0.4}}, {"value_range", {0, 255}}}, hue_colours(), seed);
    const bool positive = turned.image.pixels[0] > 150;
    signs.insert(positive);
    if (positive) EXPECT_THAT(turned.image.pixels, plus);
    else EXPECT_THAT(turned.image.pixels, minus);
  }
  EXPECT_EQ(signs.size(), 2U);
}

TEST(Hue, TheWholeTurnChangesNothing) {
  Sample sample = hue_colours();
  for (int i = 0; i < 2; ++i) sample = augmented("hue", {{"factor", {1, 1}}}, sample);  // twice half a circle
  EXPECT_THAT(sample.image.pixels, testing::Pointwise(testing::FloatNear(1e-3f), hue_colours().image.pixels));
}

TEST(Hue, NeedsThreeChannels) {
  EXPECT_THAT(message_of([] { make_augmenter("hue", {})->output({8, 8, 4}); }), testing::HasSubstr("8 x 8 x 4"));
}

}  // namespace upkeep::augment
