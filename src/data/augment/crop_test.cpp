#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::HasSubstr;

TEST(Crop, CutsAWindowThatIsInTheImage) {
  const Sample sample = test_sample({6, 8, 1}, [](int y, int x, int) { return static_cast<float>(10 * y + x); });
  std::set<float> corners;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Sample cut = augmented("crop", {{"height", 5}, {"width", 6}}, sample, seed);
    ASSERT_EQ(cut.image.shape, (ImageShape{5, 6, 1}));
    const float corner = cut.image.pixels.front();
    corners.insert(corner);
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 6; ++x) EXPECT_EQ(cut.image.at(y, x)[0], corner + static_cast<float>(10 * y + x));
  }
  EXPECT_THAT(corners, testing::ElementsAre(0, 1, 2, 10, 11, 12));  // every place there is
}

TEST(Crop, PadsFirst) {
  const Sample sample = test_sample({2, 2, 1}, [](int y, int x, int) { return static_cast<float>(1 + 2 * y + x); });
  std::set<std::vector<float>> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    seen.insert(augmented("crop", {{"padding", 1}, {"fill_value", 9}}, sample, seed).image.pixels);
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_TRUE(seen.contains({9, 9, 9, 1}));
  EXPECT_TRUE(seen.contains({1, 2, 3, 4}));
  EXPECT_TRUE(seen.contains({4, 9, 9, 9}));
}

TEST(Crop, PadsWithTheMirroredImage) {
  const Sample sample = patterned_sample(4, 4);
  const Sample whole = augmented("RandomCrop", {{"padding", 3}, {"height", 10}, {"width", 10}, {"fill_mode", "reflect"}}, sample);
  expect_read_from(whole.image, sample.image, [](int x, int y) { return TestPlace{x - 3.0, y - 3.0}; });
}

TEST(Crop, MovesBoxesAndMask) {
  Sample sample = patterned_sample(10, 10, 1);
  sample.mask = sample.image;
  sample.boxes = {{.left = 0, .top = 0, .right = 10, .bottom = 10}};
  const Sample cut = augmented("crop", {{"height", 4}, {"width", 3}}, sample);
  EXPECT_EQ(cut.mask.pixels, cut.image.pixels);
  EXPECT_EQ(only_box(cut).right, 3);
  EXPECT_EQ(only_box(cut).bottom, 4);
}

TEST(Crop, RefusesWindowsThatAreTooLarge) {
  EXPECT_THAT(message_of([] { make_augmenter("crop", {{"height", 9}, {"padding", 1}})->output({6, 6, 1}); }),
              testing::AllOf(HasSubstr("9 x 6"), HasSubstr("8 x 8"), HasSubstr("larger padding")));
  EXPECT_THAT(message_of([] { make_augmenter("crop", {{"height", 0}}); }), HasSubstr("[1, 65536]"));
}

}  // namespace upkeep::augment
