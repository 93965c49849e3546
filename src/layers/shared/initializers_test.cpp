#include "layers/shared/initializers.hpp"

#include <numeric>

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
  double low = 0;
  double high = 0;
};

Moments moments(const Tensor& tensor) {
  Moments m{.low = tensor.floats()[0], .high = tensor.floats()[0]};
  const double n = static_cast<double>(tensor.size());
  for (const float value : tensor.floats()) m.mean += static_cast<double>(value) / n;
  for (const float value : tensor.floats()) {
    m.variance += (static_cast<double>(value) - m.mean) * (static_cast<double>(value) - m.mean) / n;
    m.low = std::min(m.low, static_cast<double>(value));
    m.high = std::max(m.high, static_cast<double>(value));
  }
  return m;
}

// 200 x 300 draws: the mean's standard error is deviation / 245, the variance's at most variance * sqrt(2) / 245. Five of each.
void expect_distribution(const Json& initializer, double variance, double limit) {
  SCOPED_TRACE(initializer.dump());
  const Moments m = moments(initial_values(initializer, {200, 300}, 1, "dense/kernel"));
  EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(variance) / 245);
  EXPECT_NEAR(m.variance, variance, 5 * variance * std::sqrt(2) / 245);
  EXPECT_LE(m.high, limit * 1.0001);
  EXPECT_GE(m.low, -limit * 1.0001);
  EXPECT_GE(m.high, 0.97 * limit);
}

// fan_in 200, fan_out 300, average 250. A uniform distribution ends at sqrt(3 variance), a truncated normal one at two of its inner
// deviations.
TEST(Initializers, HaveTheVarianceAndTheEndsThatKerasDocuments) {
  constexpr double kInner = 2 / 0.87962566103423978;
  expect_distribution("glorot_uniform", 1.0 / 250, std::sqrt(6.0 / 500));
  expect_distribution("he_uniform", 2.0 / 200, std::sqrt(6.0 / 200));
  expect_distribution("lecun_uniform", 1.0 / 200, std::sqrt(3.0 / 200));
  expect_distribution("glorot_normal", 1.0 / 250, kInner * std::sqrt(1.0 / 250));
  expect_distribution("he_normal", 2.0 / 200, kInner * std::sqrt(2.0 / 200));
  expect_distribution("lecun_normal", 1.0 / 200, kInner * std::sqrt(1.0 / 200));
  expect_distribution("random_uniform", 0.01 / 12, 0.05);
  expect_distribution("truncated_normal", 0.0025 * 0.87962566103423978 * 0.87962566103423978, 0.1);
  expect_distribution({{"class_name", "VarianceScaling"}, {"config", {{"scale", 3.0}, {"mode", "fan_out"}, {"distribution", "uniform"}}}},
                      3.0 / 300, std::sqrt(9.0 / 300));
}

TEST(Initializers, CountTheReceptiveFieldOfAConvolution) {  // 3 x 3 x 20 inputs, 3 x 3 x 50 outputs
  const Moments m = moments(initial_values("glorot_uniform", {3, 3, 20, 50}, 1, "conv/kernel"));
  EXPECT_NEAR(m.high, std::sqrt(6.0 / (9 * 20 + 9 * 50)), 0.001);
}

TEST(Initializers, DrawNormalNumbersOfTheGivenMomentsWithoutLimit) {
  const Moments m = moments(initial_values("random_normal:mean=2,stddev=0.5", {200, 300}, 1, "w"));
  EXPECT_NEAR(m.mean, 2, 5 * 0.5 / 245);
  EXPECT_NEAR(m.variance, 0.25, 5 * 0.25 * std::sqrt(2) / 245);
  EXPECT_GT(m.high, 2 + 3 * 0.5);
}

TEST(Initializers, FillWithConstants) {
  EXPECT_THAT(values(initial_values("zeros", {3}, 1, "w")), testing::Each(0));
  EXPECT_THAT(values(initial_values("ones", {3}, 1, "w")), testing::Each(1));
  EXPECT_THAT(values(initial_values({{"class_name", "Constant"}, {"config", {{"value", 0.25}}}}, {3}, 1, "w")), testing::Each(0.25));
  EXPECT_THAT(values(initial_values("identity:gain=2", {2, 3}, 1, "w")), testing::ElementsAre(2, 0, 0, 0, 2, 0));
  EXPECT_THAT(values(initial_values("zeros", {}, 1, "w")), testing::ElementsAre(0));
}

TEST(Initializers, MakeOrthogonalRowsOrColumns) {
  for (const Shape& shape : {Shape{6, 4}, Shape{4, 6}, Shape{5, 5}, Shape{2, 3, 4}}) {
    const Tensor q = initial_values("orthogonal:gain=2", shape, 3, "w");
    const auto columns = static_cast<std::size_t>(shape.back());
    const auto rows = static_cast<std::size_t>(q.size()) / columns;
    const bool tall = rows >= columns;
    const auto at = [&](std::size_t i, std::size_t k) { return q.floats()[tall ? k * columns + i : i * columns + k]; };
    for (std::size_t i = 0; i < std::min(rows, columns); ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        float product = 0;
        for (std::size_t k = 0; k < std::max(rows, columns); ++k) product += at(i, k) * at(j, k);
        EXPECT_NEAR(product, i == j ? 4 : 0, 4e-6);  // eight products of float32 roundings
      }
  }
}

TEST(Initializers, DependOnSeedAndNameOnly) {
  const Tensor a = initial_values("glorot_uniform", {4, 5}, 7, "dense/kernel");
  EXPECT_EQ(a, initial_values("GlorotUniform", {4, 5}, 7, "dense/kernel"));
  EXPECT_FALSE(a == initial_values("glorot_uniform", {4, 5}, 8, "dense/kernel"));
  EXPECT_FALSE(a == initial_values("glorot_uniform", {4, 5}, 7, "dense_1/kernel"));
}

TEST(Initializers, PreferTheirOwnSeed) {
  const Json own = {{"class_name", "HeNormal"}, {"config", {{"seed", 5}}}};
  EXPECT_EQ(initial_values(own, {3, 3}, 1, "w"), initial_values(own, {3, 3}, 2, "w"));
  EXPECT_EQ(initial_values(own, {3, 3}, 1, "w"), initial_values("he_normal", {3, 3}, 5, "w"));
  const Json generator = {{"class_name", "HeNormal"}, {"config", {{"seed", {{"class_name", "SeedGenerator"}, {"config", {{"seed", 5}}}}}}}};
  EXPECT_EQ(initial_values(generator, {3, 3}, 1, "w"), initial_values(own, {3, 3}, 2, "w"));
}

TEST(Initializers, SayWhatWouldHaveBeenRight) {
  EXPECT_THAT(message_of([] { full_initializer("glorot_unifrom"); }),
              testing::HasSubstr("unknown initializer \"glorot_unifrom\" (did you mean \"glorot_uniform\"?"));
  EXPECT_THAT(message_of([] { full_initializer("he_normal:sede=1"); }),
              testing::HasSubstr("unknown setting \"sede\" (did you mean \"seed\"?"));
  EXPECT_THAT(message_of([] { full_initializer("variance_scaling:mode=fan"); }), testing::HasSubstr("variance_scaling.mode"));
  EXPECT_THAT(message_of([] { initial_values("identity", {2, 2, 2}, 1, "w"); }),
              testing::HasSubstr("it fills matrices, not shape [2, 2, 2]"));
  EXPECT_THAT(message_of([] { initial_values("orthogonal", {2}, 1, "w"); }), testing::HasSubstr("rank 2 or more"));
  EXPECT_THAT(message_of([] { initial_values("zeros", {1 << 20, 1 << 20}, 1, "w"); }), testing::HasSubstr("larger than"));
}

TEST(Initializers, CountTheAxesThatTheyAreTold) {  // one input axis of 2, outputs 3 x 50
  const Json told = with_fan_axes("glorot_uniform", {0}, {1, 2});
  const Moments m = moments(initial_values(told, {2, 30, 50}, 1, "w"));
  EXPECT_NEAR(m.high, std::sqrt(6.0 / (2 + 30 * 50)), 0.001);
  EXPECT_EQ(with_fan_axes("zeros", {0}, {1}), Json("zeros"));
  EXPECT_EQ(with_fan_axes(told, {1}, {2}), told);
}

TEST(Initializers, FillTheBiasOfAForgetGateWithOnes) {
  const Json bias = {{"class_name", "UnitForgetBias"}, {"config", {{"others", {{"class_name", "Constant"}, {"config", {{"value", 3}}}}}}}};
  EXPECT_THAT(values(initial_values(bias, {8}, 1, "w")), testing::ElementsAre(3, 3, 1, 1, 3, 3, 3, 3));
}

// Expected numbers are those of Keras 3.15; sines of multiples of pi are zero but for rounding.
TEST(Initializers, MakeTheWavesOfAShortTimeFourierTransform) {
  const auto wave = [](const std::string& side, const Json& window, const Json& scaling, bool periodic, const Shape& shape) {
    const Json config = {{"side", side}, {"window", window}, {"scaling", scaling}, {"periodic", periodic}};
    return values(initial_values({{"class_name", "STFT"}, {"config", config}}, shape, 1, "w"));
  };
  const auto near = [](const std::vector<float>& expected) { return testing::Pointwise(testing::FloatNear(3e-7F), expected); };
  EXPECT_THAT(wave("real", "hann", "density", false, {4, 1, 3}),
              near({0, 0, 0, 0.7071068F, 0, -0.7071068F, 0.7071068F, -0.7071068F, 0.7071068F, 0, 0, 0}));
  EXPECT_THAT(wave("imag", "blackman", "spectrum", true, {4, 1, 3}), near({0, 0, 0, 0, -0.20238094F, 0, 0, 0, 0, 0, 0.20238094F, 0}));
  EXPECT_THAT(wave("real", nullptr, nullptr, false, {2, 1, 2}), near({1, 1, 1, -1}));
}

}  // namespace
}  // namespace upkeep::layers
