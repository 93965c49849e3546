#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::HasSubstr;

namespace {

// Of an image of zeros, the rectangle of pixels that are not: left, top, width, height; fails when they are no rectangle.
std::array<int, 4> erased_rectangle(const Image& image) {
  int left = image.shape.width;
  int top = image.shape.height;
  int right = 0;
  int bottom = 0;
  int count = 0;
  for (int y = 0; y < image.shape.height; ++y)
    for (int x = 0; x < image.shape.width; ++x) {
      if (image.at(y, x)[0] == 0) continue;
      left = std::min(left, x);
      top = std::min(top, y);
      right = std::max(right, x + 1);
      bottom = std::max(bottom, y + 1);
      ++count;
    }
  if (count == 0) return {0, 0, 0, 0};
  EXPECT_EQ(count, (right - left) * (bottom - top));
  return {left, top, right - left, bottom - top};
}

Sample black_sample(int height, int width, int channels = 1) {
  return test_sample({height, width, channels}, [](int, int, int) { return 0.0f; });
}

}  // namespace

TEST(Erasing, FillsARectangleOfTheSizeAskedFor) {
  double across = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Sample erased =
        augmented("erasing", {{"factor", {1, 1}}, {"scale", {0.25, 0.25}}, {"fill_value", 7}}, black_sample(20, 30), seed);
    const auto [left, top, width, height] = erased_rectangle(erased.image);
    EXPECT_NEAR(width, 15, 1);  // sqrt(0.25) * 30
    EXPECT_NEAR(height, 10, 1);
    EXPECT_EQ(erased.image.at(top, left)[0], 7);
    across += left;
  }
  EXPECT_NEAR(across / 50, 7.5, 3.1);  // uniform on 0 to 15: five standard errors of 4.3 / sqrt(50)
}

TEST(Erasing, DrawsWidthAndHeightByThemselves) {
  std::set<std::pair<int, int>> sizes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto [left, top, width, height] =
        erased_rectangle(augmented("RandomErasing", {{"factor", {1, 1}}, {"fill_value", 1}}, black_sample(100, 100), seed).image);
    EXPECT_LE(std::max(width, height), 58);  // sqrt(0.33)
    EXPECT_GE(std::min(width, height), 14);  // sqrt(0.02)
    sizes.emplace(width, height);
  }
  EXPECT_GT(sizes.size(), 40U);
}

TEST(Erasing, FillsWithNoiseInTheRangeOfValues) {
  const DataFacts facts{.low = 0, .high = 16, .deviations = {}};
  const Sample erased = augmented("erasing", {{"factor", {1, 1}}, {"scale", {1, 1}}}, black_sample(50, 50, 2), 1, facts);
  int low = 0;
  int high = 0;
  for (const float pixel : erased.image.pixels) {
    EXPECT_GE(pixel, 0);
    EXPECT_LE(pixel, 16);
    low += pixel == 0;
    high += pixel == 16;
  }
  EXPECT_NEAR(low, 2500, 177);  // N(0, 16) is below 0 by half, beyond 16 in 15.87 %
  EXPECT_NEAR(high, 793, 129);
}

TEST(Erasing, HappensWithItsProbabilityAndLeavesTheMask) {
  int changed = 0;
  Sample sample = black_sample(6, 6);
  sample.mask = sample.image;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Sample erased = augmented("erasing", {{"factor", {0.5, 0.5}}, {"scale", {0.3, 0.3}}, {"fill_value", 1}}, sample, seed);
    changed += erased.image.pixels != sample.image.pixels;
    EXPECT_EQ(erased.mask.pixels, sample.mask.pixels);
  }
  EXPECT_NEAR(changed, 200, 50);
}

TEST(Erasing, DeletesSinglePixelsWithAllTheirChannels) {
  const Sample erased = augmented("pixel_erasing", {{"rate", 0.1}, {"fill_value", 5}}, black_sample(100, 100, 3));
  int deleted = 0;
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 100; ++x) {
      const float* pixel = erased.image.at(y, x);
      EXPECT_TRUE((pixel[0] == 5 && pixel[1] == 5 && pixel[2] == 5) || (pixel[0] == 0 && pixel[1] == 0 && pixel[2] == 0));
      deleted += pixel[0] == 5;
    }
  EXPECT_NEAR(deleted, 1000, 150);  // five standard deviations
}

TEST(Erasing, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { make_augmenter("erasing", {{"value_range", {1, 0}}}); }), HasSubstr("value_range: this is no range"));
  EXPECT_THAT(message_of([] { make_augmenter("pixel_erasing", {{"rate", 2}}); }), HasSubstr("[0, 1]"));
}

}  // namespace upkeep::augment
