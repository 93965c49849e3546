#include "explain/value_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace upkeep::explain {

TEST(ValueText, SaysWhatARowHas) {
  const Tensors rows{{"x", Tensor({2, 2}, std::vector<float>{0.1f, 2, std::numeric_limits<float>::quiet_NaN(), 4})},
                     {"city", Tensor({2, 1}, std::vector<std::string>{"paris", "rome"})}};
  const ExplainedFeature first{.name = "a", .parts = {{"x", {0}}}};
  const ExplainedFeature both{.name = "x", .parts = {{"x", {0, 1}}}};
  const ExplainedFeature city{.name = "city", .parts = {{"city", {0}}}};
  EXPECT_EQ(value_text(rows, 0, first), "0.1");
  EXPECT_EQ(value_json(rows, 0, first).dump(), "0.1");
  EXPECT_EQ(value_text(rows, 1, first), "missing");
  EXPECT_TRUE(value_json(rows, 1, first).is_null());
  EXPECT_EQ(value_text(rows, 1, city), "rome");
  EXPECT_EQ(value_text(rows, 0, both), "2 values, mean 1.05");
  EXPECT_NEAR(value_number(rows, 0, both), 1.05, 1e-6);
  EXPECT_TRUE(std::isnan(value_number(rows, 0, city)));
}

}  // namespace upkeep::explain
