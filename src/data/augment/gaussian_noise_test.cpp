#include "data/augment/augment_testing.hpp"

namespace upkeep::augment {

namespace {

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments noise_moments(const Sample& noisy, const Sample& sample, std::size_t first, std::size_t step) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (std::size_t i = first; i < sample.image.pixels.size(); i += step, ++count) {
    const double noise = double{noisy.image.pixels[i]} - double{sample.image.pixels[i]};
    sum += noise;
    squares += noise * noise;
  }
  return {sum / count, std::sqrt(squares / count - sum / count * (sum / count))};
}

}  // namespace

TEST(GaussianNoise, HasTheDeviationAskedFor) {
  const Sample sample = patterned_sample(100, 100, 1);
  const Moments noise = noise_moments(augmented("GaussianNoise", {{"stddev", 0.5}}, sample), sample, 0, 1);
  EXPECT_NEAR(noise.mean, 0, 5 * 0.5 / 100);
  EXPECT_NEAR(noise.deviation, 0.5, 5 * 0.5 / std::sqrt(2e4));
}

TEST(GaussianNoise, CountsInTheRangeOfValuesOfImages) {
  const Sample sample = patterned_sample(100, 100, 1);
  const DataFacts facts{.low = -10, .high = 30, .deviations = {}};
  const Moments noise = noise_moments(augmented("gaussian_noise", {{"stddev", 0.1}, {"relative", true}}, sample, 1, facts), sample, 0, 1);
  EXPECT_NEAR(noise.deviation, 4, 5 * 4 / std::sqrt(2e4));
}

TEST(GaussianNoise, CountsInTheDeviationOfEachFeatureOfATable) {
  const DataFacts facts{.low = 0, .high = 0, .deviations = {0.0f, 100.0f}};
  const Sample row = test_sample({1, 1, 2}, [](int, int, int) { return 1.0f; });
  double squares = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Sample noisy = augmented("gaussian_noise", {{"stddev", 0.1}, {"relative", true}}, row, seed, facts);
    EXPECT_EQ(noisy.image.pixels[0], 1);
    squares += std::pow(double{noisy.image.pixels[1]} - 1, 2);
  }
  EXPECT_NEAR(std::sqrt(squares / 1000), 10, 5 * 10 / std::sqrt(2000));
}

TEST(GaussianNoise, RefusesNegativeDeviations) {
  EXPECT_THAT(message_of([] { make_augmenter("gaussian_noise", {{"stddev", -1}}); }), testing::HasSubstr("stddev"));
}

}  // namespace upkeep::augment
