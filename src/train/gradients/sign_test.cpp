#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(StepGradient, IsZero) {
  for (const char* op : {"Sign", "Floor", "Ceil", "Round"}) {
    SCOPED_TRACE(op);
    EXPECT_GRADIENT(op, {Tensor({3}, std::vector<double>{-1.3, 0.3, 1.7})});
  }
  EXPECT_GRADIENT("Hardmax", {Tensor({3}, std::vector<double>{-1.3, 0.3, 1.7})});
}

TEST(StepGradient, LetsNothingThroughOneHot) {
  EXPECT_THAT(gradient("OneHot",
                       {Tensor({2}, std::vector<float>{0, 1}), fixed(Tensor::scalar(3.0f)), fixed(Tensor({2}, std::vector<float>{0, 1}))}),
              Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
