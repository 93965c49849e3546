#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(BinaryCrossentropy, GivesTheNumbersOfKeras) {
  expect_keras("binary_crossentropy", kProbabilities, kLabels, {0.96080118f, 0.43644443f, 0.11889174f, 0.80264854f},
               {0.10416667f, -0.11904763f, -0.83333337f, -0.16666666f, 0.092592597f, 0.1388889f, 0, 0, 0.11904763f, -0.33333334f,
                -0.1388889f, 0.1388889f});
  expect_keras("binary_crossentropy:label_smoothing=0.2", kProbabilities, kLabels, {0.96201342f, 0.52320075f, 1.2158176f, 0.79305905f},
               {0.052083332f, -0.079365097f, -0.74074072f, -0.13333333f, 7.4505806e-09f, 0.10416666f, 0, 0, 0.07936509f, -0.2888889f,
                -0.10416667f, 0.10416666f});
  expect_keras("binary_crossentropy:from_logits=true", kNumbers, kLabels, {0.61524051f, 0.52292794f, 1.2128345f, 1.2451721f},
               {0.045819502f, -0.027651019f, -0.039585069f, -0.015202128f, 0.033442695f, 0.047870211f, 0.042708114f, -0.024087541f,
                0.077011824f, -0.07339976f, -0.02952864f, 0.057497874f});
  expect_keras("binary_crossentropy:from_logits=true,label_smoothing=0.2", kNumbers, kLabels,
               {0.6352405f, 0.57626128f, 1.1578344f, 1.1718389f},
               {0.037486169f, -0.019317687f, -0.031251736f, -0.0068687955f, 0.025109362f, 0.039536878f, 0.034374781f, -0.015754208f,
                0.068678491f, -0.065066427f, -0.021195307f, 0.049164541f});
}

}  // namespace
}  // namespace upkeep::losses
