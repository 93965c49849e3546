#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(Huber, GivesTheNumbersOfKeras) {
  expect_keras("huber", kNumbers, kTargets, {0.015000001f, 0.14999999f, 0.40875003f, 1.9350001f},
               {0.0083333338f, -0.016666666f, -0.016666669f, 0.041666668f, -0.033333335f, -0.058333334f, 0.0041666669f, -0.083333336f,
                0.041666668f, -0.083333336f, 0.0083333356f, 0.083333336f});
  expect_keras("huber:delta=0.5", kNumbers, kTargets, {0.015000001f, 0.14333333f, 0.26708335f, 1.0516666f},
               {0.0083333338f, -0.016666666f, -0.016666669f, 0.041666668f, -0.033333335f, -0.041666668f, 0.0041666669f, -0.041666668f,
                0.041666668f, -0.041666668f, 0.0083333356f, 0.041666668f});
}

TEST(LogCosh, GivesTheNumbersOfKeras) {
  expect_keras("log_cosh", kNumbers, kTargets, {0.014909307f, 0.14177938f, 0.35605678f, 1.8072246f},
               {0.0083056763f, -0.016447954f, -0.016447954f, 0.038509768f, -0.031662412f, -0.05036398f, 0.0041631982f, -0.076805718f,
                0.038509764f, -0.082921229f, 0.0083056688f, 0.083249971f});
}

TEST(LogCosh, DoesNotOverflow) {
  EXPECT_NEAR(loss_of("log_cosh", Tensor({1, 1}, std::vector<float>{1e4f}), Tensor({1, 1}, std::vector<float>{0})), 1e4 - std::log(2.0),
              1e-2);
}

}  // namespace
}  // namespace upkeep::losses
