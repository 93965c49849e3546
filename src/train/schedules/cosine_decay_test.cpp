// Numbers from Keras 3.15: keras.optimizers.schedules.CosineDecay, which computes in float32.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(CosineDecaySchedule, MatchesKeras) {
  expect_rates("cosine-decay", {{"decay_steps", 10}},
               {{0, 0.100000001}, {1, 0.0975528285}, {5, 0.049999997}, {9, 0.00244717603}, {10, 0}, {25, 0}});
  expect_rates("CosineDecay", {{"decay_steps", 10}, {"alpha", 0.2}},
               {{0, 0.100000001}, {1, 0.0980422646}, {5, 0.0599999987}, {9, 0.0219577421}, {10, 0.0200000014}, {25, 0.0200000014}});
}

TEST(CosineDecaySchedule, MatchesKerasWithWarmUp) {
  expect_rates("cosine-decay",
               {{"initial_learning_rate", 0.01}, {"decay_steps", 10}, {"alpha", 0.1}, {"warmup_target", 0.2}, {"warmup_steps", 5}},
               {{0, 0.00999999978},
                {1, 0.0480000004},
                {4, 0.162},
                {5, 0.200000003},
                {6, 0.195595086},
                {10, 0.109999992},
                {14, 0.0244049169},
                {15, 0.0200000014},
                {30, 0.0200000014}});
}

}  // namespace upkeep::schedules
