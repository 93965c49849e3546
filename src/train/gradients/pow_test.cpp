#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(PowGradient, MatchesFiniteDifferences) {
  const Tensor x = random_tensor({2, 3}, {.low = 0.5, .high = 2});
  EXPECT_GRADIENT("Pow", {x, random_tensor({2, 3}, {.low = -2, .high = 3, .seed = 2})});
  EXPECT_GRADIENT("Pow", {x, random_tensor({3}, {.seed = 2})});
  EXPECT_GRADIENT("Pow", {random_tensor({3}, {.low = 0.5, .high = 2}), random_tensor({2, 1}, {.seed = 2})});
  EXPECT_GRADIENT("Pow", {x, random_tensor({}, {.seed = 2})});
}

TEST(PowGradient, MatchesFiniteDifferencesForConstantExponents) {
  for (const double p : {0.0, 0.5, 1.0, 2.0, 3.0, -1.0, 2.5}) {
    SCOPED_TRACE(p);
    EXPECT_GRADIENT("Pow", {random_tensor({2, 3}, {.low = 0.5, .high = 2}), fixed(Tensor::scalar(p))});
  }
  for (const double p : {0.0, 1.0, 2.0, 3.0, 4.0}) EXPECT_GRADIENT("Pow", {random_tensor({4}), fixed(Tensor::scalar(p))});
  EXPECT_GRADIENT("Pow", {random_tensor({3}), Tensor::scalar(std::int64_t{3})});
}

TEST(PowGradient, IsFiniteAtZero) {
  const Tensor zero({1}, std::vector<float>{0});
  EXPECT_THAT(gradient("Pow", {zero, fixed(Tensor::scalar(2.0f))}), ElementsAre(0));
  EXPECT_THAT(gradient("Pow", {zero, fixed(Tensor::scalar(1.0f))}), ElementsAre(1));
  EXPECT_THAT(gradient("Pow", {zero, fixed(Tensor::scalar(0.0f))}), ElementsAre(0));
  EXPECT_THAT(gradient("Pow", {zero, zero}), ElementsAre(0));
  EXPECT_THAT(gradient("Pow", {zero, fixed(Tensor({1}, std::vector<float>{2}))}), ElementsAre(0));
  EXPECT_THAT(gradient("Pow", {Tensor({1}, std::vector<float>{-2}), Tensor({1}, std::vector<float>{2})}, {}, 1), ElementsAre(0));
}

}  // namespace
}  // namespace upkeep::gradients
