#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

TEST(LayerNormalizationGrad, MatchesItsExpansion) {
  for (const auto& [shape, axis] :
       {std::pair<Shape, std::int64_t>({3, 8}, -1), {{2, 3, 5}, 2}, {{2, 3, 5}, 1}, {{300, 130}, -1}, {{4, 1}, -1}}) {
    SCOPED_TRACE(to_string(shape));
    const Shape wide(shape.begin() + (axis < 0 ? axis + std::ssize(shape) : axis), shape.end());
    EXPECT_KERNEL_MATCHES_EXPANSION("LayerNormalizationGrad", {numbers(shape), numbers(wide, 2), numbers(shape, 3)},
                                    {.attributes = {{"axis", axis}, {"epsilon", 1e-3F}}, .tolerance = 5e-6});
  }
}

TEST(LayerNormalizationGrad, MakesOnlyWhatIsWanted) {
  EXPECT_KERNEL_MATCHES_EXPANSION("LayerNormalizationGrad", {numbers({6, 4}), numbers({4}, 2), numbers({6, 4}, 3)},
                                  {.wanted = {false, true, true}, .tolerance = 5e-6});
}

TEST(LayerNormalizationGrad, IsTheGradientOfLayerNormalization) {
  EXPECT_TRUE(gradient_uses_kernel("LayerNormalizationGrad", "LayerNormalization", {numbers({3, 8}), numbers({8}, 2), numbers({8}, 3)},
                                   {.tolerance = 5e-6}));
}

}  // namespace
}  // namespace upkeep::kernels
