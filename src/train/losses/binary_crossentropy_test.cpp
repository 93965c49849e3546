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

TEST(BinaryCrossentropy, TakesTheMeanOverAnAxis) {
  expect_keras_loss("binary_crossentropy:axis=0", kInner, kLabels, {0.588469625f, 0.26955539f, 0.920227826f}, 0.592750967f,
                    {0.104166672f, -0.119047627f, -0.833333373f, -0.166666657f, 0.092592597f, 0.138888896f, 0.0877193063f, -0.092592597f,
                     0.119047627f, -0.333333343f, -0.138888896f, 0.138888896f});
}

TEST(BinaryFocalCrossentropy, GivesTheNumbersOfKeras) {
  expect_keras_loss("binary_focal_crossentropy", kInner, kLabels, {0.635373414f, 0.0853574872f, 0.0110941967f, 0.314418256f}, 0.261560857f,
                    {0.0116047841f, -0.0285480358f, -1.02038777f, -0.0994289294f, 0.0026819359f, 0.0562772527f, 0.000646742701f,
                     -0.0026819359f, 0.0285480358f, -0.360786796f, -0.0562772527f, 0.0562772527f});
  expect_keras_loss("BinaryFocalCrossentropy:apply_class_balancing=true,alpha=0.3,gamma=1.5,label_smoothing=0.1", kInner, kLabels,
                    {0.201552093f, 0.0602994226f, 0.0188931394f, 0.134142384f}, 0.103721768f,
                    {0.016589649f, -0.0138729662f, -0.274063885f, -0.0346152075f, 0.00780954026f, 0.0477103218f, 0.00468076859f,
                     -0.00367507827f, 0.0294800494f, -0.102267325f, -0.0224519186f, 0.0477103218f});
  expect_keras_loss("binary_focal_crossentropy:from_logits=true", kNumbers, kLabels,
                    {0.143695518f, 0.123749472f, 0.80655998f, 0.754176319f}, 0.457045317f,
                    {0.0319555551f, -0.00798789505f, -0.0216545761f, -0.00141925912f, 0.0136301182f, 0.0357922018f, 0.0265498832f,
                     -0.00538994092f, 0.0936169252f, -0.08972615f, -0.0096186623f, 0.056180276f});
}

}  // namespace
}  // namespace upkeep::losses
