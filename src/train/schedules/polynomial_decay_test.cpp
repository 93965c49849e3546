// Numbers from Keras 3.15: keras.optimizers.schedules.PolynomialDecay, which computes in float32.

#include "train/schedules/schedule_testing.hpp"

namespace upkeep::schedules {

TEST(PolynomialDecaySchedule, MatchesKeras) {
  expect_rates("polynomial-decay", {{"decay_steps", 10}},
               {{0, 0.100000001}, {1, 0.0900100023}, {5, 0.0500500016}, {9, 0.0100900019}, {10, 9.99999975e-05}, {25, 9.99999975e-05}});
  expect_rates("PolynomialDecay", {{"decay_steps", 10}, {"end_learning_rate", 0.01}, {"power", 0.5}},
               {{0, 0.100000001}, {3, 0.0852994025}, {10, 0.00999999978}});
}

TEST(PolynomialDecaySchedule, BeginsAgainInACycle) {
  expect_rates("polynomial-decay", {{"decay_steps", 10}, {"end_learning_rate", 0.01}, {"power", 2.0}, {"cycle", true}},
               {{0, 0.100000001},
                {1, 0.0828999951},
                {5, 0.0324999988},
                {9, 0.0109000001},
                {10, 0.00999999978},
                {11, 0.0282249991},
                {20, 0.00999999978},
                {25, 0.0125000002}});
}

}  // namespace upkeep::schedules
