#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

TEST(FeatureDropout, TakesEachFeatureWithTheSameProbability) {
  const Sample row = test_sample({1, 1, 4}, [](int, int, int c) { return static_cast<float>(c + 1); });
  std::array<int, 4> dropped{};
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Sample changed = augmented("feature_dropout", {{"rate", 0.2}, {"fill_value", -1}}, row, seed);
    for (std::size_t i = 0; i < 4; ++i) {
      const float value = changed.image.pixels[i];
      EXPECT_TRUE(value == -1 || value == row.image.pixels[i]);
      dropped[i] += value == -1;
    }
  }
  for (const int count : dropped) EXPECT_NEAR(count, 200, 64);  // five standard deviations
}

TEST(FeatureDropout, RefusesImages) {
  EXPECT_THAT(message_of([] { make_augmenter("feature_dropout", {})->output({8, 8, 1}); }), testing::HasSubstr("pixel_erasing"));
}

}  // namespace upkeep::augment
