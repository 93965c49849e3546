#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::HasSubstr;

// Of a ramp, a resized window is a ramp whose step says how large the window was.
TEST(ResizedCrop, DrawsAreaAndProportions) {
  const Sample sample = test_sample({60, 80, 2}, [](int y, int x, int c) { return static_cast<float>(c ? y : x); });
  double least = 1;
  double most = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Sample cut = augmented("resized_crop", {{"scale", {0.2, 0.6}}, {"ratio", {0.8, 1.25}}}, sample, seed);
    ASSERT_EQ(cut.image.shape, sample.image.shape);
    const double width = 80.0 * (cut.image.at(30, 45)[0] - cut.image.at(30, 35)[0]) / 10;
    const double height = 60.0 * (cut.image.at(35, 40)[1] - cut.image.at(25, 40)[1]) / 10;
    EXPECT_GE(width / height, 0.8 * (1 - 1.5 / 25));  // sides are whole pixels
    EXPECT_LE(width / height, 1.25 * (1 + 1.5 / 25));
    least = std::min(least, width * height / 4800);
    most = std::max(most, width * height / 4800);
  }
  EXPECT_NEAR(least, 0.2, 0.05);
  EXPECT_NEAR(most, 0.6, 0.05);
}

TEST(ResizedCrop, OfTheWholeImageIsItsResize) {
  const Sample sample = patterned_sample(6, 4);
  const Sample resized =
      augmented("RandomResizedCrop", {{"scale", {1, 1}}, {"ratio", {0.6666, 0.6667}}, {"height", 9}, {"width", 10}}, sample);
  ASSERT_EQ(resized.image.shape, (ImageShape{9, 10, 2}));
  expect_read_from(
      resized.image, sample.image, [](int x, int y) { return TestPlace{(x + 0.5) * 0.4 - 0.5, (y + 0.5) * 6 / 9 - 0.5}; }, "nearest");
}

TEST(ResizedCrop, TakesTheLargestInTheMiddleWhenNothingFits) {
  const Sample sample = test_sample({4, 40, 1}, [](int, int x, int) { return static_cast<float>(x); });
  const Sample cut = augmented("resized_crop", {{"scale", {1, 1}}, {"ratio", {1, 1}}, {"height", 4}, {"width", 4}}, sample);
  EXPECT_EQ(cut.image.at(0, 0)[0], 18);
  EXPECT_EQ(cut.image.at(3, 3)[0], 21);
}

TEST(ResizedCrop, ResizesBoxesAndMask) {
  Sample sample = patterned_sample(4, 4, 1);
  sample.mask = sample.image;
  sample.boxes = {{.left = 1, .top = 1, .right = 3, .bottom = 4}};
  const Sample resized = augmented("resized_crop", {{"scale", {1, 1}}, {"ratio", {1, 1}}, {"height", 8}, {"width", 12}}, sample);
  EXPECT_EQ(resized.mask.shape, (ImageShape{8, 12, 1}));
  EXPECT_EQ(resized.mask.at(7, 11)[0], sample.mask.at(3, 3)[0]);
  EXPECT_DOUBLE_EQ(only_box(resized).left, 3);
  EXPECT_DOUBLE_EQ(only_box(resized).right, 9);
  EXPECT_DOUBLE_EQ(only_box(resized).top, 2);
  EXPECT_DOUBLE_EQ(only_box(resized).bottom, 8);
}

TEST(ResizedCrop, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { make_augmenter("resized_crop", {{"scale", 0.5}}); }), HasSubstr("scale: this is no range"));
  EXPECT_THAT(message_of([] { make_augmenter("resized_crop", {{"scale", {0, 1}}}); }), HasSubstr("(0, 1]"));
}

}  // namespace upkeep::augment
