#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/constraints/constraint.hpp"

namespace upkeep::constraints {

TEST(NonNeg, TakesTheNegativePartAway) {
  for (const Json& form : {Json("non_neg"), Json("NonNeg"), Json({{"class_name", "NonNeg"}, {"config", Json::object()}})}) {
    std::vector<float> values = {1, -2, 0, -0.5f};
    make(form)({4}, values);
    EXPECT_THAT(values, testing::ElementsAre(1, 0, 0, 0));
  }
}

TEST(NonNeg, HasNoSettings) { EXPECT_THROW(make("non_neg:axis=0"), Error); }

}  // namespace upkeep::constraints
