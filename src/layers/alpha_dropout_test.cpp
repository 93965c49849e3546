#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// By Keras's formula with rate 0.25: a = ((0.75) (1 + 0.25 * 1.7580993^2))^-1/2 = 0.8670973, b = 0.25 * 1.7580993 a = 0.3811077.
TEST(AlphaDropout, PutsTheLimitOfSeluInPlaceAndKeepsTheSpread) {
  const Tensors y = apply_training("{alpha_dropout: {rate: 0.25, name: d}}", Tensor({1, 3}, std::vector<float>{1, -1, 2}),
                                   {{"d/uniform", Tensor({1, 3}, std::vector<float>{0.25F, 0.9F, 0.2F})}});
  const double a = 1 / std::sqrt(0.75 * (1 + 0.25 * 1.7580993408473766 * 1.7580993408473766));
  const double b = 0.25 * 1.7580993408473766 * a;
  EXPECT_THAT(values(y.at("y")),
              Near({static_cast<float>(a + b), static_cast<float>(b - a), static_cast<float>(-1.7580993408473766 * a + b)}));
}

TEST(AlphaDropout, KeepsMeanAndVarianceOfNormalNumbers) {
  Random random(5, 1);
  std::vector<float> x(40000);
  std::vector<float> u(40000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(random.normal());
    u[i] = static_cast<float>(random.uniform(0, 1));
  }
  const Tensors y = apply_training("{alpha_dropout: {rate: 0.4, name: d}}", Tensor({1, 40000}, std::move(x)),
                                   {{"d/uniform", Tensor({1, 40000}, std::move(u))}});
  double sum = 0;
  double squares = 0;
  const std::vector<float> out = values(y.at("y"));
  for (const float value : out) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  EXPECT_NEAR(sum / 40000, 0, 5 / std::sqrt(40000.0));
  EXPECT_NEAR(squares / 40000, 1, 5 * std::sqrt(2.0 / 40000));
}

TEST(AlphaDropout, DoesNothingAtInference) {
  EXPECT_THAT(values(apply("alpha_dropout, {rescaling: {scale: 1}}", Tensor({1, 2}, std::vector<float>{1, -2}))),
              testing::ElementsAre(1, -2));
}

}  // namespace
}  // namespace upkeep::layers
