// Numbers from Keras 3.15: keras.optimizers.schedules.InverseTimeDecay, which computes in float32.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(InverseTimeDecaySchedule, MatchesKeras) {
  expect_rates("inverse-time-decay", {{"decay_steps", 7}, {"decay_rate", 0.5}},
               {{0, 0.100000001}, {1, 0.0933333412}, {6, 0.0700000003}, {7, 0.0666666701}, {20, 0.0411764719}, {1000, 0.00138067058}});
  expect_rates("InverseTimeDecay", {{"decay_steps", 7}, {"decay_rate", 0.5}, {"staircase", true}},
               {{0, 0.100000001}, {6, 0.100000001}, {7, 0.0666666701}, {13, 0.0666666701}, {20, 0.0500000007}});
}

}  // namespace upkeep::schedules
