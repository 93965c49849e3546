#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(CosineSimilarity, GivesTheNumbersOfKeras) {
  expect_keras_loss("cosine_similarity", kNumbers, kTargets, {-0.970043838f, -0.80498445f, -0.852112353f, 0.572712898f}, -0.513606906f,
                    {0.0541555025f, -0.00660431385f, -0.0620807037f, 0.00894426554f, -0.0321993791f, -0.0876538604f, 0.00150816364f,
                     -0.0463110209f, 0.0166418068f, 0.0223497637f, -0.034642145f, 0.0818560272f});
  expect_keras_loss("CosineSimilarity:axis=0", kNumbers, kTargets, {0.134968221f, -0.871831834f, -0.295238882f}, -0.344034165f,
                    {-0.0108027328f, 0.0295250416f, -0.00866850186f, -0.104452483f, -0.0638704821f, -0.0293643083f, -0.000357484503f,
                     -0.0847589225f, -0.0319783166f, -0.0794285685f, 0.0501122251f, 0.112027399f});
}

TEST(CosineSimilarity, IsZeroForAVectorOfZeros) {
  const Result made = run("cosine_similarity", Tensor({1, 2}, std::vector<float>{0, 0}), Tensor({1, 2}, std::vector<float>{1, 2}));
  EXPECT_EQ(made.loss, 0.0f);
  EXPECT_TRUE(std::isfinite(made.gradient[0]));
}

}  // namespace
}  // namespace upkeep::losses
