#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(LayerNormalizationGradient, MatchesFiniteDifferences) {
  for (const std::int64_t axis : {-1, 1, 0}) {
    SCOPED_TRACE(axis);
    const Shape scale = axis == 0 ? Shape{2, 3, 2} : axis == 1 ? Shape{3, 2} : Shape{2};
    const Tensor x = random_tensor({2, 3, 2});
    EXPECT_GRADIENT("LayerNormalization", {x, random_tensor(scale, {.seed = 2}), random_tensor(scale, {.seed = 3})},
                    {{"axis", axis}, {"epsilon", 1e-2f}});
    EXPECT_GRADIENT("LayerNormalization", {x, random_tensor(scale, {.seed = 2})}, {{"axis", axis}, {"epsilon", 1e-2f}});
  }
}

}  // namespace
}  // namespace upkeep::gradients
