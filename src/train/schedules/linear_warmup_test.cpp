// Tables by hand.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(LinearWarmupSchedule, RisesThenStays) {
  expect_rates("linear-warmup", {{"warmup_steps", 4}}, {{0, 0}, {1, 0.025}, {2, 0.05}, {4, 0.1}, {100, 0.1}});
  expect_rates("linear-warmup", {{"warmup_steps", 4}, {"start_factor", 0.5}, {"learning_rate", 0.2}}, {{0, 0.1}, {2, 0.15}, {4, 0.2}});
}

}  // namespace upkeep::schedules
