#include "explain/importance.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace upkeep::explain {

TEST(Importance, IsTheMeanOfSizesWithAnInterval) {
  std::vector<Explanation> rows(4);
  const double first[] = {1, -1, 1, -1};
  const double second[] = {2, 4, 2, 4};
  for (std::size_t i = 0; i < 4; ++i) rows[i].attribution.values = {first[i], second[i]};
  const std::vector<Importance> all = importances(rows);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].feature, 1U);
  EXPECT_DOUBLE_EQ(all[0].mean, 3);
  // sd = sqrt(4 / 3), standard error = sd / 2 = 0.57735
  EXPECT_NEAR(all[0].high, 3 + 1.959964 * 0.5773503, 1e-6);
  EXPECT_DOUBLE_EQ(all[1].mean, 1);
  EXPECT_DOUBLE_EQ(all[1].signed_mean, 0);
  EXPECT_DOUBLE_EQ(all[1].low, 1);
  rows.resize(1);
  EXPECT_TRUE(std::isnan(importances(rows)[0].low));
}

}  // namespace upkeep::explain
