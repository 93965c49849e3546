#include "train/gradients/shared/coverage.hpp"

#include <gtest/gtest.h>

#include <map>

namespace upkeep::gradients {

TEST(GradientCoverage, SaysHowAGradientPassesEachOperator) {
  std::map<std::string, std::string> how;
  for (const Coverage& one : coverage()) how[one.name] = one.gradient;
  EXPECT_EQ(how["Scan"], "rule");
  EXPECT_EQ(how["Ceil"], "stops");
  EXPECT_EQ(how["GRU"], "lowered");
  EXPECT_EQ(how["MeanVarianceNormalization"], "rule");
  EXPECT_EQ(how["NonZero"], "integers");
  EXPECT_EQ(how["TreeEnsemble"], "none");
}

}  // namespace upkeep::gradients
