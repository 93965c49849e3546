// Tables by hand, from the formulas of PyTorch's OneCycleLR.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

// 10 updates, 4 of them up: the highest rate at update 3, the last one at update 9.
TEST(OneCycleSchedule, GoesUpAndThenFarDown) {
  expect_rates("one-cycle",
               {{"total_steps", 10}, {"pct_start", 0.4}, {"anneal_strategy", "linear"}, {"div_factor", 10}, {"final_div_factor", 100}},
               {{0, 0.01}, {1, 0.04}, {2, 0.07}, {3, 0.1}, {6, 0.05005}, {9, 0.0001}, {20, 0.0001}});
  // Half way up and down a cosine is half way; at a third it is 1/4.
  expect_rates("OneCycleLR", {{"total_steps", 10}, {"pct_start", 0.4}, {"div_factor", 10}, {"final_div_factor", 100}},
               {{0, 0.01}, {1, 0.0325}, {2, 0.0775}, {3, 0.1}, {5, 0.075025}, {6, 0.05005}, {9, 0.0001}});
}

TEST(OneCycleSchedule, ComesDownInTwoPhases) {
  expect_rates("one-cycle",
               {{"total_steps", 10},
                {"pct_start", 0.4},
                {"anneal_strategy", "linear"},
                {"div_factor", 10},
                {"final_div_factor", 100},
                {"three_phase", true}},
               {{0, 0.01}, {3, 0.1}, {4, 0.07}, {6, 0.01}, {9, 0.0001}});
}

TEST(OneCycleSchedule, TakesItsOwnHighestRate) {
  EXPECT_EQ(catalog().at("one-cycle").make({{"max_learning_rate", 0.5}, {"total_steps", 10}, {"pct_start", 0.4}}, 0.1)->rate(0.1, 3), 0.5);
}

}  // namespace upkeep::schedules
