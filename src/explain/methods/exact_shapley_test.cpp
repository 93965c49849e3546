#include <algorithm>
#include <numeric>

#include "explain/game_testing.hpp"

namespace upkeep::explain {

// Of y = a b c d with background rows, by all 24 orders and double arithmetic.
static std::vector<double> product_by_orders(const std::vector<double>& row, const std::vector<std::vector<double>>& others) {
  const auto value = [&](const std::vector<bool>& in) {
    double sum = 0;
    for (const std::vector<double>& other : others) {
      double product = 1;
      for (std::size_t i = 0; i < 4; ++i) product *= in[i] ? row[i] : other[i];
      sum += product / static_cast<double>(others.size());
    }
    return sum;
  };
  std::vector<double> values(4);
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    std::vector<bool> in(4);
    for (const std::size_t player : order) {
      const double before = value(in);
      in[player] = true;
      values[player] += (value(in) - before) / 24;
    }
  } while (std::ranges::next_permutation(order).found);
  return values;
}

TEST(ExactShapley, OfALinearModelIsWeightTimesDistanceFromTheMean) { expect_linear_values("exact-shapley", 1e-6); }

TEST(ExactShapley, OfAProductIsTheMeanOverAllOrders) {
  expect_product_values("exact-shapley", 1e-6);
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  const Tensors others{{"x", Tensor({2, 4}, std::vector<float>{1, -1, 2, 0.5, 0.25, 2, 1, 1})}};
  const Attribution made = Asked(product_model(), row, background_of(others)).by("exact-shapley");
  const std::vector<double> expected = product_by_orders({2, 3, 0.5, 4}, {{1, -1, 2, 0.5}, {0.25, 2, 1, 1}});
  EXPECT_THAT(made.values, testing::Pointwise(testing::DoubleNear(1e-6), expected));
  EXPECT_TRUE(made.standard_errors.empty());
}

TEST(ExactShapley, GivesFeaturesThatEqualTheBackgroundExactlyZeroAndAsksNothingForThem) {
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  const Tensors others{{"x", Tensor({2, 4}, std::vector<float>{1, 3, 0.5, 2, 5, 3, 0.5, 4})}};
  const Asked asked(product_model(), row, background_of(others));
  const Attribution made = asked.by("exact-shapley");
  EXPECT_EQ(made.values[1], 0);
  EXPECT_EQ(made.values[2], 0);
  // The row and two background rows, then none + {a} + {d} + {a, d}: in the second background row d is the row's own already.
  EXPECT_EQ(asked.subject.evaluations(), 3 + 2 + 1 + 2);
}

TEST(ExactShapley, RefusesMoreFeaturesThanItCanAsk) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(3, 12, 2)));
  EXPECT_THAT(message_of([&] { asked.by("exact-shapley:most_features=11"); }), testing::HasSubstr("kernel-shap"));
}

}  // namespace upkeep::explain
