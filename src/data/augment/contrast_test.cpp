#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

using testing::ElementsAre;
using testing::FloatEq;

TEST(Contrast, SpreadsEachChannelAboutItsMean) {
  const Sample sample = test_sample({1, 2, 2}, [](int, int x, int c) { return static_cast<float>(c ? 4 + 2 * x : 10 + 20 * x); });
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Sample changed = augmented("RandomContrast", {{"factor", 0.5}, {"value_range", {-100, 100}}}, sample, seed);
    const float factor = (changed.image.pixels[2] - 20) / 10;
    EXPECT_GE(factor, 0.5f);
    EXPECT_LE(factor, 1.5f);
    EXPECT_THAT(changed.image.pixels,
                ElementsAre(FloatEq(20 - 10 * factor), FloatEq(5 - factor), FloatEq(20 + 10 * factor), FloatEq(5 + factor)));
  }
}

TEST(Contrast, TakesAndAddsByTwoNumbers) {
  const Sample sample = test_sample({1, 2, 1}, [](int, int x, int) { return static_cast<float>(2 * x); });
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_LE(augmented("contrast", {{"factor", {0.9, 0}}}, sample, seed).image.pixels[1], 2);
    EXPECT_GE(augmented("contrast", {{"factor", {0.9, 0}}}, sample, seed).image.pixels[1], 1.1f - 1e-6f);
  }
}

TEST(Contrast, ClipsToTheRangeOfValues) {
  const Sample sample = test_sample({1, 2, 1}, [](int, int x, int) { return static_cast<float>(x); });
  const DataFacts facts{.low = 0, .high = 1, .deviations = {}};
  EXPECT_THAT(augmented("contrast", {{"factor", {0, 1}}}, sample, 1, facts).image.pixels, ElementsAre(0, 1));
}

TEST(Contrast, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { make_augmenter("contrast", {{"factor", {0.1, 0.1, 0.1}}}); }), testing::HasSubstr("[taken, added]"));
}

}  // namespace upkeep::augment
