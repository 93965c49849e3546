// Numbers from Keras 3.15: keras.optimizers.schedules.PiecewiseConstantDecay, which computes in float32.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(PiecewiseConstantDecaySchedule, MatchesKeras) {
  expect_rates("PiecewiseConstantDecay", {{"boundaries", {3, 7}}, {"values", {0.1, 0.05, 0.01}}},
               {{0, 0.1}, {3, 0.1}, {4, 0.05}, {7, 0.05}, {8, 0.01}, {100, 0.01}});
}

TEST(PiecewiseConstantDecaySchedule, NeedsOneValueMoreThanBoundaries) {
  const auto& entry = catalog().at("piecewise-constant-decay");
  EXPECT_THROW(entry.make({{"boundaries", {3, 7}}, {"values", {0.1, 0.05}}}, 0.1), Error);
  EXPECT_THROW(entry.make({{"boundaries", {7, 3}}, {"values", {0.1, 0.05, 0.01}}}, 0.1), Error);
}

}  // namespace upkeep::schedules
