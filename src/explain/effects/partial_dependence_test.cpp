#include "explain/effects/effect_testing.hpp"

namespace upkeep::explain {

TEST(PartialDependence, IsTheMeanAnswerWithTheValueInEveryRow) {
  const Tensors rows{{"x", Tensor({3, 3}, std::vector<float>{1, 2, 0, 2, 4, 1, 2, 6, 2})}};
  const EffectCurve curve = effect_of("partial-dependence", interacting_model(), rows, {0}).curves[0];
  EXPECT_THAT(curve.x, testing::ElementsAre(1, 2));
  EXPECT_THAT(curve.y, testing::ElementsAre(5, 9));  // x * mean(b) + mean(c)
  EXPECT_THAT(curve.rows[2], testing::ElementsAre(8, 14));
}

// scipy.stats.mstats.mquantiles([0 .. 99], [0.05, 0.95]) = 4.41, 94.59
TEST(PartialDependence, HasTheGridOfScikitLearn) {
  std::vector<float> values;
  for (int i = 0; i < 100; ++i) values.insert(values.end(), {static_cast<float>(i), 0, 0});
  const EffectCurve curve = effect_of("partial-dependence:points=3", linear_model(), {{"x", Tensor({100, 3}, values)}}, {0}).curves[0];
  EXPECT_THAT(curve.x, testing::Pointwise(testing::DoubleNear(1e-9), std::vector<double>{4.41, 49.5, 94.59}));
}

TEST(PartialDependence, HasAPointForEachCategory) {
  const Tensors rows{{"colour", Tensor({3, 1}, std::vector<std::int64_t>{2, 0, 1})}, {"a", Tensor({3, 1}, std::vector<float>{0, 3, 6})}};
  const EffectCurve curve = effect_of("partial-dependence", colour_model(), rows, {0}).curves[0];
  EXPECT_THAT(curve.labels, testing::ElementsAre("0", "1", "2"));
  EXPECT_THAT(curve.y, testing::ElementsAre(4, 8, 5));
}

}  // namespace upkeep::explain
