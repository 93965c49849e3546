#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::ElementsAre;

static Sample flip_sample() {
  Sample sample = test_sample({2, 3, 1}, [](int y, int x, int) { return static_cast<float>(3 * y + x); });
  sample.mask = sample.image;
  sample.boxes = {{.left = 0, .top = 0, .right = 1, .bottom = 1, .label = 7}};
  return sample;
}

TEST(Flip, MirrorsLeftAndRight) {
  const Sample flipped = augmented("flip_horizontal", {{"probability", 1.0}}, flip_sample());
  EXPECT_THAT(flipped.image.pixels, ElementsAre(2, 1, 0, 5, 4, 3));
  EXPECT_EQ(flipped.mask.pixels, flipped.image.pixels);
  EXPECT_EQ(only_box(flipped).left, 2);
  EXPECT_EQ(only_box(flipped).right, 3);
  EXPECT_EQ(only_box(flipped).top, 0);
  EXPECT_EQ(only_box(flipped).label, 7);
}

TEST(Flip, MirrorsTopAndBottom) {
  const Sample flipped = augmented("flip_vertical", {{"probability", 1.0}}, flip_sample());
  EXPECT_THAT(flipped.image.pixels, ElementsAre(3, 4, 5, 0, 1, 2));
  EXPECT_EQ(flipped.mask.pixels, flipped.image.pixels);
  EXPECT_EQ(only_box(flipped).top, 1);
  EXPECT_EQ(only_box(flipped).bottom, 2);
}

TEST(Flip, KeepsTheChannelsOfAPixelInOrder) {
  const Sample sample = patterned_sample(3, 4, 3);
  const Sample flipped = augmented("RandomFlip", {{"mode", "horizontal"}, {"probability", 1.0}}, sample);
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 4; ++x)
      for (int c = 0; c < 3; ++c) EXPECT_EQ(flipped.image.at(y, x)[c], sample.image.at(y, 3 - x)[c]);
}

TEST(Flip, DrawsEachDirectionByItself) {
  std::map<std::vector<float>, int> seen;
  for (std::uint64_t seed = 0; seed < 400; ++seed) ++seen[augmented("flip", {}, flip_sample(), seed).image.pixels];
  ASSERT_EQ(seen.size(), 4U);
  for (const auto& [pixels, count] : seen) EXPECT_NEAR(count, 100, 44);  // five standard deviations of the binomial distribution
}

TEST(Flip, NeverFlipsWithProbabilityZero) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(augmented("flip", {{"probability", 0.0}}, flip_sample(), seed).image.pixels, flip_sample().image.pixels);
}

TEST(Flip, RefusesADirectionThatThereIsNot) {
  EXPECT_THAT(message_of([] { make_augmenter("flip", {{"mode", "diagonal"}}); }), testing::HasSubstr("horizontal_and_vertical"));
}

}  // namespace upkeep::augment
