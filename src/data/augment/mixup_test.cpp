#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

static Sample mixup_sample(float pixel, std::vector<float> labels) {
  Sample sample = test_sample({2, 2, 1}, [pixel](int, int, int) { return pixel; });
  sample.mask = sample.image;
  sample.labels = std::move(labels);
  return sample;
}

TEST(MixUp, MixesImageMaskAndLabelsByOneWeight) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Sample blend = mixed("mixup", {{"alpha", 1.0}}, mixup_sample(100, {1, 0, 0}), mixup_sample(0, {0, 0, 1}), seed);
    const float weight = blend.image.pixels[0] / 100;
    EXPECT_GE(weight, 0);
    EXPECT_LE(weight, 1);
    for (const float pixel : blend.image.pixels) EXPECT_EQ(pixel, blend.image.pixels[0]);
    EXPECT_EQ(blend.mask.pixels, blend.image.pixels);
    EXPECT_NEAR(blend.labels[0], weight, 1e-6);  // the weight has been times 100
    EXPECT_FLOAT_EQ(blend.labels[1], 0);
    EXPECT_NEAR(blend.labels[2], 1 - weight, 1e-6);
  }
}

TEST(MixUp, DrawsItsWeightFromTheBetaDistribution) {
  double squares = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const double weight = double{mixed("MixUp", {{"alpha", 0.2}}, mixup_sample(1, {}), mixup_sample(0, {}), seed).image.pixels[0]};
    squares += (weight - 0.5) * (weight - 0.5);
  }
  EXPECT_NEAR(squares / 2000, 1 / (4 * 1.4), 0.02);  // see Beta
}

TEST(MixUp, RefusesAnAlphaOfZero) {
  EXPECT_THAT(message_of([] { make_augmenter("mixup", {{"alpha", 0}}); }), testing::HasSubstr("(0, 1000]"));
}

}  // namespace upkeep::augment
