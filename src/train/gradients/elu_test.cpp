#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

const RandomRange kAwayFromKink{.low = -2, .high = 2, .gap = 0.1};

TEST(EluGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Elu", {random_tensor({3, 4}, kAwayFromKink)});
  for (const float alpha : {0.5f, 2.0f, -0.5f}) {
    SCOPED_TRACE(alpha);
    EXPECT_GRADIENT("Elu", {random_tensor({3, 4}, kAwayFromKink)}, {{"alpha", alpha}});
  }
}

TEST(EluGradient, StaysFiniteFarOut) { EXPECT_THAT(gradient("Elu", {Tensor({2}, std::vector<float>{-1e4f, 1e4f})}), ElementsAre(0, 1)); }

TEST(SeluGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Selu", {random_tensor({3, 4}, kAwayFromKink)});
  EXPECT_GRADIENT("Selu", {random_tensor({3, 4}, kAwayFromKink)}, {{"alpha", 2.0f}, {"gamma", 0.5f}});
}

TEST(CeluGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Celu", {random_tensor({3, 4}, kAwayFromKink)});
  EXPECT_GRADIENT("Celu", {random_tensor({3, 4}, kAwayFromKink)}, {{"alpha", 2.0f}});
}

}  // namespace
}  // namespace upkeep::gradients
