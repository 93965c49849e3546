#include "explain/effects/effect_testing.hpp"

namespace upkeep::explain {

TEST(AlePairs, AreFlatForSums) {
  const Effect made = effect_of("ale-pairs:bins=4", linear_model(), normal_rows(100, 3, 2));
  EXPECT_EQ(made.surfaces.size(), 3U);
  for (const EffectFigure& figure : made.figures) EXPECT_NEAR(figure.value, 0, 1e-4);
}

// Of a b on an even grid of rows with bins of edges 0, 1, 2 the surface is (a - 1) (b - 1): corners 1, 0, -1 and so on, of mean 0.
TEST(AlePairs, OfAProductIsTheProductOfTheCentredNumbers) {
  std::vector<float> values;
  for (int i = 0; i <= 20; ++i)
    for (int k = 0; k <= 20; ++k) values.insert(values.end(), {static_cast<float>(i) / 10, static_cast<float>(k) / 10, 0});
  const Effect made = effect_of("ale-pairs:bins=2", interacting_model(), {{"x", Tensor({441, 3}, values)}}, {0, 1});
  const EffectSurface& surface = made.surfaces[0];
  ASSERT_THAT(surface.x, testing::ElementsAre(0, 1, 2));
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k)  // bins of 231 and 210 rows shift the centre a little
      EXPECT_NEAR(surface.z[3 * i + k], (surface.x[i] - 1) * (surface.y[k] - 1), 0.06) << i << " " << k;
}

}  // namespace upkeep::explain
