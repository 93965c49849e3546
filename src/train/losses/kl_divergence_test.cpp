#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(DistributionLosses, GiveTheNumbersOfKeras) {
  expect_keras("kl_divergence", kProbabilities, kDistributions, {0.35667217f, 0.69314426f, -1.4914123e-06f, -0.14100109f},
               {-1.2499999e-07f, -0.35714284f, -2.4999997e-07f, -0.49999997f, -2.4999997e-07f, -6.2499993e-08f, 0, -0.24999999f,
                -8.3333333e-08f, -0.2f, -0.125f, -0.3125f});
  expect_keras("poisson", kProbabilities, kLabels, {1.2197529f, 0.56438231f, 0.43333331f, 1.0490398f},
               {0.083333336f, -0.035714269f, -0.74999923f, -0.083333291f, 0.083333336f, 0.083333336f, 0.083333336f, 1.4901161e-08f,
                0.083333336f, -0.24999988f, -0.05555553f, 0.083333336f});
}

}  // namespace
}  // namespace upkeep::losses
