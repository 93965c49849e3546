#include <gtest/gtest.h>

#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

TEST(ConstantSchedule, KeepsTheCurrentRate) {
  const auto schedule = catalog().at("constant").make(Json::object(), 0.1);
  EXPECT_EQ(schedule->rate(0.05, 0), 0.05);
  EXPECT_EQ(schedule->rate(0.05, 1000), 0.05);
  EXPECT_EQ(schedule->epoch_end(0.05, {{"loss", 1.0}}), 0.05);
}

TEST(ConstantSchedule, TakesItsOwnRateWhenItHasOne) {
  EXPECT_EQ(catalog().at("constant").make({{"learning_rate", 0.02}}, 0.1)->rate(0.05, 7), 0.02);
}

}  // namespace upkeep::schedules
