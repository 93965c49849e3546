#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(CategoricalCrossentropy, GivesTheNumbersOfKeras) {
  expect_keras("categorical_crossentropy", kProbabilities, kDistributions, {0.35667497f, 0.69314718f, 0.26236421f, 1.1117954f},
               {0.25f, -0.10714287f, 0.25f, -0.24999999f, 0.24999999f, 0.24999999f, 0.1923077f, -0.057692304f, 0.1923077f, -1.4901161e-08f,
                0.074999988f, -0.11250001f});
  expect_keras("categorical_crossentropy:label_smoothing=0.1", kProbabilities, kDistributions,
               {0.46329743f, 0.75423324f, 0.83102101f, 1.1167107f},
               {0.20833333f, -0.083333343f, 0.16666666f, -0.21666664f, 0.16666666f, 0.22916667f, 0.18589742f, -0.047435895f, 0.15811965f,
                -0.013333336f, 0.07361111f, -0.10208333f});
  expect_keras("categorical_crossentropy:from_logits=true", kNumbers, kDistributions, {0.76794958f, 0.37208945f, 1.8532382f, 1.2510276f},
               {0.07035201f, -0.13400915f, 0.063657135f, -0.077676848f, 0.025774134f, 0.05190273f, 0.016747059f, -0.2108178f, 0.19407073f,
                -0.04191158f, 0.033900365f, 0.008011207f});
  expect_keras("categorical_crossentropy:from_logits=true,label_smoothing=0.1", kNumbers, kDistributions,
               {0.80461627f, 0.47542277f, 1.8282382f, 1.2890275f},
               {0.062018678f, -0.11734248f, 0.055323802f, -0.061010182f, 0.0174408f, 0.043569397f, 0.0084137255f, -0.19415113f, 0.18573739f,
                -0.04524491f, 0.033067033f, 0.012177877f});
}

}  // namespace
}  // namespace upkeep::losses
