// Numbers from Keras 3.15: keras.optimizers.schedules.CosineDecayRestarts, which computes in float32.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(CosineDecayRestartsSchedule, MatchesKeras) {
  expect_rates("cosine-decay-restarts", {{"first_decay_steps", 5}},
               {{0, 0.100000001},
                {1, 0.0904508457},
                {4, 0.00954914745},
                {5, 0.100000001},
                {6, 0.0975528285},
                {14, 0.00244717603},
                {15, 0.100000001},
                {16, 0.0993844196},
                {34, 0.00061558187},
                {35, 0.100000001},
                {40, 0.0961939767}});
  expect_rates("CosineDecayRestarts", {{"first_decay_steps", 5}, {"t_mul", 1.5}, {"m_mul", 0.8}, {"alpha", 0.1}},
               {{0, 0.100000001},
                {1, 0.0914057642},
                {5, 0.0820000023},
                {6, 0.078887634},
                {12, 0.0107866842},
                {13, 0.0673197284},
                {20, 0.0243999995},
                {23, 0.0106293503},
                {24, 0.0560550503},
                {40, 0.0101557877}});
}

TEST(CosineDecayRestartsSchedule, MatchesKerasWithWavesOfOneLength) {
  expect_rates("cosine-decay-restarts", {{"first_decay_steps", 5}, {"t_mul", 1.0}, {"m_mul", 0.9}},
               {{0, 0.100000001}, {1, 0.0904508457}, {5, 0.0899999961}, {6, 0.0814057589}, {12, 0.0530151688}, {49, 0.00369952619}});
}

}  // namespace upkeep::schedules
