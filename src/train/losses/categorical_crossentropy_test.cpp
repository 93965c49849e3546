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

TEST(CategoricalCrossentropy, HasItsClassesAlongAnyAxis) {
  expect_keras_loss("categorical_crossentropy:axis=0", kInner, kDistributions, {0.970406055f, 2.53097439f, 0.549306154f}, 1.35022891f,
                    {0.399999976f, -0.142857224f, 0.138888896f, -0.266666651f, 0.333333313f, 0.138888896f, 0.399999976f, -0.0370370746f,
                     0.138888896f, 0.133333296f, 0.166666657f, -0.277777791f});
  // TensorFlow's gradient is p - t: right only where the targets of a sample add up to 1.
  const Tensor columns({4, 3}, std::vector<float>{0, 0.2f, 0.5f, 1, 0.3f, 0.25f, 0, 0.5f, 0.15f, 0, 0, 0.1f});
  expect_keras_loss("categorical_crossentropy:axis=0,from_logits=true", kNumbers, columns, {0.430027246f, 1.47101164f, 2.24512553f},
                    1.38205481f,
                    {0.0590931997f, 0.0296971947f, -0.14482069f, -0.116502881f, -0.0679232627f, -0.0566505902f, 0.0508619808f,
                     -0.0489675812f, 0.1908122f, 0.00654771272f, 0.0871936381f, 0.0106590819f});
}

TEST(CategoricalFocalCrossentropy, GivesTheNumbersOfKeras) {
  expect_keras_loss("categorical_focal_crossentropy", kInner, kDistributions, {0.008025188f, 0.0433216989f, 0.00643868279f, 0.132246226f},
                    0.0475079492f,
                    {0.0149877192f, -0.00642330851f, 0.0149877192f, -0.0372858495f, 0.0372858495f, 0.0372858495f, 0.0105426451f,
                     -0.00409991853f, 0.0105426451f, -0.0126918033f, 0.0251592919f, -0.0298065655f});
  expect_keras_loss("CategoricalFocalCrossentropy:alpha=[0.2,0.5,0.3],gamma=1.5,label_smoothing=0.1", kInner, kDistributions,
                    {0.0546875373f, 0.0827702805f, 0.0523535162f, 0.183522493f}, 0.0933334529f,
                    {0.0384061299f, -0.0136061534f, 0.0184308253f, -0.0265043192f, -0.0084252432f, 0.0352367125f, -0.00258349255f,
                     -0.00846446678f, 0.0258239917f, 0.0131098516f, 0.0142871588f, -0.0296244025f});
  expect_keras_loss("categorical_focal_crossentropy:from_logits=true", kNumbers, kDistributions,
                    {0.0551647469f, 0.00898029841f, 0.329462349f, 0.197757304f}, 0.14784117f,
                    {0.0117719229f, -0.0224236008f, 0.0106516769f, -0.00496974029f, 0.00164902071f, 0.00332071981f, 0.00502818869f,
                     -0.0632965788f, 0.0582683943f, -0.0129438434f, 0.00583112426f, 0.00711271865f});
}

TEST(CategoricalFocalCrossentropy, NeedsAWeightForEachClass) {
  EXPECT_THROW(loss_of("categorical_focal_crossentropy:alpha=[0.5,0.5]", kInner, kDistributions), Error);
}

}  // namespace
}  // namespace upkeep::losses
