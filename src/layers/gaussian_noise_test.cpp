#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Tensor uniform_numbers(const Shape& shape, std::uint64_t stream) {
  Random random(3, stream);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random.uniform(0, 1));
  return Tensor(shape, std::move(values));
}

struct Spread {
  double mean = 0;
  double deviation = 0;
};

Spread spread_of(const Tensor& tensor) {
  double sum = 0;
  double squares = 0;
  for (const float value : tensor.floats()) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto n = static_cast<double>(tensor.size());
  return {sum / n, std::sqrt(squares / n - sum / n * (sum / n))};
}

constexpr std::int64_t kCount = 40000;

// Of n normal numbers, the mean lies within 5 deviations / sqrt(n), the deviation within 5 deviations / sqrt(2 n), but once in a million
// times.
void expect_spread(const Tensor& tensor, double mean, double deviation) {
  const Spread found = spread_of(tensor);
  EXPECT_NEAR(found.mean, mean, 5 * deviation / std::sqrt(kCount));
  EXPECT_NEAR(found.deviation, deviation, 5 * deviation / std::sqrt(2.0 * kCount));
}

Tensors noisy(const std::string& layer, float input) {
  const Shape shape = {1, kCount};
  return apply_training(layer, Tensor::full(shape, input),
                        {{"n/radius", uniform_numbers(shape, 1)}, {"n/angle", uniform_numbers(shape, 2)}});
}

TEST(GaussianNoise, AddsNormalNumbersOfItsDeviation) {
  expect_spread(noisy("{gaussian_noise: {stddev: 0.5, name: n}}", 3).at("y"), 3, 0.5);
}

TEST(GaussianDropout, MultipliesByNormalNumbersAroundOne) {  // deviation sqrt(0.2 / 0.8) = 0.5
  expect_spread(noisy("{gaussian_dropout: {rate: 0.2, name: n}}", 2).at("y"), 2, 1);
}

TEST(GaussianNoise, FollowsBoxAndMuller) {  // sqrt(-2 log(1 - 0.5)) cos(2 pi 0) = 1.1774100
  const Tensors y = apply_training("{gaussian_noise: {stddev: 1, name: n}}", Tensor({1, 2}, std::vector<float>{0, 1}),
                                   {{"n/radius", Tensor({1, 2}, std::vector<float>{0.5F, 0})}, {"n/angle", Tensor::full({1, 2}, 0.0F)}});
  EXPECT_THAT(values(y.at("y")), Near({1.17741F, 1}));
}

TEST(GaussianNoise, DoesNothingAtInferenceOrWithoutDeviation) {
  const Tensor x({1, 2}, std::vector<float>{1, -2});
  EXPECT_THAT(values(apply("gaussian_noise, gaussian_dropout, {rescaling: {scale: 1}}", x)), testing::ElementsAre(1, -2));
  EXPECT_THAT(values(apply_training("{gaussian_noise: {stddev: 0}}, {gaussian_dropout: {rate: 0}}, {rescaling: {scale: 1}}", x).at("y")),
              testing::ElementsAre(1, -2));
}

}  // namespace
}  // namespace upkeep::layers
