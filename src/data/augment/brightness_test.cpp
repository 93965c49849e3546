// Numbers from Keras 3.15: keras.layers.RandomBrightness((0.1, 0.1)) adds 25.5.

#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::ElementsAre;

TEST(Brightness, MatchesKeras) {
  const Sample lighter = augmented("RandomBrightness", {{"factor", {0.1, 0.1}}, {"value_range", {0, 255}}}, keras_sample());
  EXPECT_THAT(std::vector<float>(lighter.image.pixels.begin(), lighter.image.pixels.begin() + 5),
              ElementsAre(25.5f, 38.5f, 51.5f, 33.5f, 46.5f));
}

TEST(Brightness, StaysInTheRangeOfTheDataByDefault) {
  const Sample sample = test_sample({1, 3, 1}, [](int, int x, int) { return static_cast<float>(8 * x); });
  const DataFacts facts{.low = 0, .high = 16, .deviations = {}};
  EXPECT_THAT(augmented("brightness", {{"factor", {0.5, 0.5}}}, sample, 1, facts).image.pixels, ElementsAre(8, 16, 16));
  EXPECT_THAT(augmented("brightness", {{"factor", {-0.25, -0.25}}}, sample, 1, facts).image.pixels, ElementsAre(0, 4, 12));
}

TEST(Brightness, ChangesAllPixelsAlike) {
  const Sample sample = patterned_sample(4, 4);
  const Sample changed = augmented("brightness", {{"factor", 0.3}, {"value_range", {-1000, 1000}}}, sample);
  const float change = changed.image.pixels[0] - sample.image.pixels[0];
  EXPECT_NE(change, 0);
  for (std::size_t i = 0; i < sample.image.pixels.size(); ++i) EXPECT_FLOAT_EQ(changed.image.pixels[i], sample.image.pixels[i] + change);
}

TEST(Brightness, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { make_augmenter("brightness", {{"factor", 1.2}}); }), testing::HasSubstr("[-1, 1]"));
  EXPECT_THAT(message_of([] { make_augmenter("brightness", {{"value_range", {255}}}); }), testing::HasSubstr("[0, 255]"));
}

}  // namespace upkeep::augment
