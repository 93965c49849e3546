#include <algorithm>

#include "explain/effects/effect_testing.hpp"

namespace upkeep::explain {

// y = 2 a - b + 3 c + 0.5: the curve of each feature is weight times distance from the mean of the bins' middles.
TEST(Ale, OfALinearModelIsAStraightLineWithoutWidth) {
  const Effect made = effect_of("ale:bins=10", linear_model(), related_rows());
  const double w[] = {2, -1, 3};
  for (std::size_t f = 0; f < 3; ++f) {
    const EffectCurve& curve = made.curves[f];
    ASSERT_EQ(curve.x.size(), 11U);
    for (std::size_t k = 0; k + 1 < curve.x.size(); ++k)
      EXPECT_NEAR(curve.y[k + 1] - curve.y[k], w[f] * (curve.x[k + 1] - curve.x[k]), 1e-5);
  }
}

// Of a b + c by a: the mean of b in each bin times the bin's width, computed here row by row.
TEST(Ale, IsTheMeanLocalChangeOfTheRowsInEachBin) {
  const Tensors rows = related_rows();
  const std::span<const float> x = rows.at("x").floats();
  const EffectCurve curve = effect_of("ale:bins=5", interacting_model(), rows, {0}).curves[0];
  std::vector<float> sorted;
  for (std::size_t i = 0; i < 200; ++i) sorted.push_back(x[3 * i]);
  std::ranges::sort(sorted);
  std::vector<double> edges = {sorted[0], sorted[39], sorted[79], sorted[119], sorted[159], sorted[199]}, y = {0};
  double centre = 0;
  for (std::size_t k = 0; k < 5; ++k) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      if (!(x[3 * i] <= edges[k + 1] && (k == 0 || x[3 * i] > edges[k]))) continue;
      sum += x[3 * i + 1];
      ++count;
    }
    y.push_back(y.back() + sum / count * (edges[k + 1] - edges[k]));
    centre += count * (y[k] + y[k + 1]) / 2 / 200;
  }
  for (double& one : y) one -= centre;
  EXPECT_THAT(curve.x, testing::Pointwise(testing::DoubleNear(1e-12), edges));
  EXPECT_THAT(curve.y, testing::Pointwise(testing::DoubleNear(1e-5), y));
  for (std::size_t k = 0; k < y.size(); ++k) {
    EXPECT_LE(curve.low[k], curve.y[k]);
    EXPECT_GE(curve.high[k], curve.y[k]);
  }
}

// Level 2 lies between 0 and 1 in the other feature, so the order is 0, 2, 1 and the steps are 2 - 1 and 5 - 2.
TEST(Ale, PutsCategoriesNextToThoseThatAreAlike) {
  std::vector<std::int64_t> colours;
  std::vector<float> others;
  for (int i = 0; i < 30; ++i) {
    colours.push_back(i % 3);
    others.push_back(static_cast<float>(i / 3) + (i % 3 == 0 ? 0.0f : i % 3 == 1 ? 8.0f : 4.0f));
  }
  const EffectCurve curve =
      effect_of("ale", colour_model(), {{"colour", Tensor({30, 1}, colours)}, {"a", Tensor({30, 1}, others)}}, {0}).curves[0];
  EXPECT_THAT(curve.labels, testing::ElementsAre("0", "2", "1"));
  const double mean = (0 + 1 + 4) / 3.0;
  EXPECT_THAT(curve.y, testing::Pointwise(testing::DoubleNear(1e-6), std::vector<double>{-mean, 1 - mean, 4 - mean}));
}

TEST(Ale, OfAConstantFeatureIsFlatAndOfMissingValuesRefused) {
  const EffectCurve curve = effect_of("ale", linear_model(), {{"x", Tensor::full<float>({5, 3}, 2)}}, {1}).curves[0];
  EXPECT_THAT(curve.y, testing::ElementsAre(0));
  const Tensors missing{{"x", Tensor({2, 3}, std::vector<float>{1, 2, 3, NAN, 2, 3})}};
  EXPECT_THAT(message_of([&] { effect_of("ale", linear_model(), missing, {0}); }), testing::HasSubstr("missing in row 2"));
  EXPECT_THAT(message_of([&] { effect_of("ale", linear_model(), {{"x", Tensor({0, 3}, std::vector<float>{})}}); }),
              testing::HasSubstr("no rows"));
}

}  // namespace upkeep::explain
