// Tables by hand, from the formulas of PyTorch's CyclicLR.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(CyclicSchedule, ZigzagsBetweenTwoRates) {
  expect_rates("cyclic", {{"max_learning_rate", 0.5}, {"step_size_up", 4}},
               {{0, 0.1}, {1, 0.2}, {4, 0.5}, {5, 0.4}, {8, 0.1}, {9, 0.2}, {12, 0.5}});
  expect_rates("CyclicLR", {{"base_learning_rate", 0.0}, {"max_learning_rate", 0.6}, {"step_size_up", 2}, {"step_size_down", 3}},
               {{0, 0}, {1, 0.3}, {2, 0.6}, {3, 0.4}, {4, 0.2}, {5, 0}, {7, 0.6}});
}

TEST(CyclicSchedule, HalvesItsTeethInModeTriangular2) {
  expect_rates("cyclic", {{"max_learning_rate", 0.5}, {"step_size_up", 4}, {"mode", "triangular2"}}, {{4, 0.5}, {12, 0.3}, {20, 0.2}});
}

TEST(CyclicSchedule, ShrinksItsTeethInModeExpRange) {
  expect_rates("cyclic", {{"max_learning_rate", 0.5}, {"step_size_up", 2}, {"mode", "exp_range"}, {"gamma", 0.5}},
               {{0, 0.1}, {1, 0.2}, {2, 0.2}, {6, 0.10625}});
}

}  // namespace upkeep::schedules
