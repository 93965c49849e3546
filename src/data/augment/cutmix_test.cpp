#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

static Sample cutmix_sample(float pixel, std::vector<float> labels) {
  Sample sample = test_sample({10, 20, 2}, [pixel](int, int, int) { return pixel; });
  sample.mask = sample.image;
  sample.labels = std::move(labels);
  return sample;
}

TEST(CutMix, PastesARectangleAndMixesLabelsByItsArea) {
  std::set<int> areas;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Sample mix = mixed("cutmix", {}, cutmix_sample(1, {1, 0}), cutmix_sample(0, {0, 1}), seed);
    int left = 20, right = 0, top = 10, bottom = 0, pasted = 0;
    for (int y = 0; y < 10; ++y)
      for (int x = 0; x < 20; ++x) {
        EXPECT_EQ(mix.image.at(y, x)[0], mix.image.at(y, x)[1]);
        if (mix.image.at(y, x)[0] == 1) continue;
        EXPECT_EQ(mix.image.at(y, x)[0], 0);
        left = std::min(left, x);
        right = std::max(right, x + 1);
        top = std::min(top, y);
        bottom = std::max(bottom, y + 1);
        ++pasted;
      }
    EXPECT_EQ(pasted, pasted == 0 ? 0 : (right - left) * (bottom - top));
    EXPECT_EQ(mix.mask.pixels, mix.image.pixels);
    EXPECT_FLOAT_EQ(mix.labels[0], 1 - static_cast<float>(pasted) / 200);
    EXPECT_NEAR(mix.labels[0] + mix.labels[1], 1, 1e-6);
    areas.insert(pasted);
  }
  EXPECT_GT(areas.size(), 20U);
}

TEST(CutMix, KeepsProportionsOfTheImage) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Sample mix = mixed("CutMix", {{"factor", {1, 1}}}, cutmix_sample(1, {}), cutmix_sample(0, {}), seed);
    std::set<int> columns;
    std::set<int> rows;
    for (int y = 0; y < 10; ++y)
      for (int x = 0; x < 20; ++x)
        if (mix.image.at(y, x)[0] == 0) {
          columns.insert(x);
          rows.insert(y);
        }
    EXPECT_NEAR(static_cast<double>(columns.size()) / 20, static_cast<double>(rows.size()) / 10, 0.1501);
  }
}

TEST(CutMix, RefusesFactorsBeyondOne) {
  EXPECT_THAT(message_of([] { make_augmenter("cutmix", {{"factor", 1.5}}); }), testing::HasSubstr("[0, 1]"));
}

}  // namespace upkeep::augment
