#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(Hinge, GivesTheNumbersOfKeras) {
  expect_keras("hinge", kNumbers, kLabels, {0.80000001f, 0.63333333f, 1.5500001f, 1.7333332f},
               {0.083333336f, -0.083333336f, -0.083333336f, 0, 0.083333336f, 0.083333336f, 0.083333336f, -0.083333336f, 0.083333336f,
                -0.083333336f, -0.083333336f, 0.083333336f});
  expect_keras("hinge", kNumbers, kSigns, {0.80000001f, 0.63333333f, 1.5500001f, 1.7333332f},
               {0.083333336f, -0.083333336f, -0.083333336f, 0, 0.083333336f, 0.083333336f, 0.083333336f, -0.083333336f, 0.083333336f,
                -0.083333336f, -0.083333336f, 0.083333336f});
  expect_keras("hinge", kNumbers, kTargets, {0.77333337f, 0.56666666f, 0.33333334f, 2.3666668f},
               {-0.0083333338f, -0.075000003f, -0.025000002f, 0, 0, -0.083333336f, 0, 0, 0, -0.083333336f, -0.041666668f, 0.25f});
  expect_keras("squared_hinge", kNumbers, kLabels, {0.78000003f, 0.68333322f, 4.4541669f, 4.1333332f},
               {0.20000002f, -0.050000004f, -0.15000001f, 0, 0.10000001f, 0.21666667f, 0.175f, -0.016666671f, 0.58333337f, -0.5f,
                -0.066666663f, 0.30000001f});
  expect_keras("categorical_hinge", kNumbers, kDistributions, {0.5f, 0, 2.5999999f, 1.24f},
               {0.25f, -0.25f, 0, 0, 0, 0, 0, -0.25f, 0.25f, -0.050000001f, 0.099999994f, -0.125f});
}

}  // namespace
}  // namespace upkeep::losses
