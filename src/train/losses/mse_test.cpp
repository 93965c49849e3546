#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(DifferenceLosses, GiveTheNumbersOfKeras) {
  expect_keras("mse", kNumbers, kTargets, {0.030000001f, 0.29999998f, 0.93750006f, 7.8166671f},
               {0.016666668f, -0.033333331f, -0.033333339f, 0.083333336f, -0.06666667f, -0.11666667f, 0.0083333338f, -0.26666668f,
                0.083333336f, -0.5f, 0.016666671f, 0.63333333f});
  expect_keras("mae", kNumbers, kTargets, {0.16666667f, 0.5333333f, 0.7166667f, 2.3f},
               {0.083333336f, -0.083333336f, -0.083333336f, 0.083333336f, -0.083333336f, -0.083333336f, 0.083333336f, -0.083333336f,
                0.083333336f, -0.083333336f, 0.083333336f, 0.083333336f});
  expect_keras("mape", kNumbers, kTargets, {62.962959f, 1.3333338e+08f, 16666695, 148.88889f},
               {83.333328f, -9.2592592f, -27.777775f, 8.333333f, -83333328, -8.333333f, 83333328, -3.3333333f, 4.1666665f, -8.333333f,
                16.666666f, 2.7777777f});
  expect_keras("msle", kNumbers, kTargets, {0.015949713f, 0.078455679f, 0.13311763f, 0.27670369f},
               {0.012084915f, -0.010904467f, -0.025311211f, 0.014876238f, 0, -0.055228587f, 0.0077444455f, -0.053588528f, 0.0073405057f, 0,
                0.006722765f, 0.054424681f});
}

// Numbers of keras.losses.MeanSquaredError(reduction=...)(t, p, sample_weight=...).
TEST(Reductions, GiveTheNumbersOfKerasWithSampleWeights) {
  expect_keras_loss("mse", kNumbers, kTargets, {0.0300000012f, 0.299999982f, 0.93750006f, 7.81666708f}, 1.34541678f,
                    {0.00833333377f, -0.0166666657f, -0.0166666694f, 0.166666672f, -0.13333334f, -0.233333334f, 0.0250000004f,
                     -0.800000012f, 0.25f, -0.125f, 0.00416666782f, 0.158333331f},
                    kWeights);
  expect_keras_loss("mse:reduction=sum", kNumbers, kTargets, {0.0300000012f, 0.299999982f, 0.93750006f, 7.81666708f}, 5.38166714f,
                    {0.0333333351f, -0.0666666627f, -0.0666666776f, 0.666666687f, -0.533333361f, -0.933333337f, 0.100000001f, -3.20000005f,
                     1, -0.5f, 0.0166666713f, 0.633333325f},
                    kWeights);
  expect_keras_loss("mse:reduction=mean", kNumbers, kTargets, {0.0300000012f, 0.299999982f, 0.93750006f, 7.81666708f}, 1.34541678f,
                    {0.00833333377f, -0.0166666657f, -0.0166666694f, 0.166666672f, -0.13333334f, -0.233333334f, 0.0250000004f,
                     -0.800000012f, 0.25f, -0.125f, 0.00416666782f, 0.158333331f},
                    kWeights);
  expect_keras_loss("mse:reduction=mean_with_sample_weight", kNumbers, kTargets, {0.0300000012f, 0.299999982f, 0.93750006f, 7.81666708f},
                    0.935942113f,
                    {0.00579710165f, -0.0115942024f, -0.0115942042f, 0.115942031f, -0.0927536264f, -0.162318841f, 0.0173913054f,
                     -0.556521773f, 0.173913047f, -0.0869565234f, 0.00289855152f, 0.110144928f},
                    kWeights);
}

TEST(Reductions, GiveTheSumWithoutWeights) {
  EXPECT_NEAR(loss_of("mse:reduction=sum", kNumbers, kTargets), 9.08416748f, 1e-5f);
  EXPECT_NEAR(loss_of("mse:reduction=mean_with_sample_weight", kNumbers, kTargets), 9.08416748f / 4, 1e-5f);
}

TEST(Reductions, NeedOneToTrainBy) {
  EXPECT_THROW(loss_of("mse:reduction=none", kNumbers, kTargets), Error);
  EXPECT_THROW(loss_of("mse:reduction=median", kNumbers, kTargets), Error);
}

}  // namespace
}  // namespace upkeep::losses
