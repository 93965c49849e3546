#include "optimize/prune/patterns/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

TEST(ElementPattern, EachElementIsAUnit) {
  const pruning::Units units = pruning::patterns::catalog().at("element").units(Json::object(), 3, std::nullopt);
  EXPECT_THAT(units.of, testing::ElementsAre(0, 1, 2));
  EXPECT_TRUE(units.runs.empty());
}

}  // namespace upkeep
