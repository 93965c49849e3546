#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(MaxGradient, MatchesFiniteDifferences) {
  for (const char* op : {"Max", "Min"}) {
    SCOPED_TRACE(op);
    EXPECT_GRADIENT(op, {Tensor({2, 2}, std::vector<double>{1, 4, -3, 2}), Tensor({2, 2}, std::vector<double>{2, 3, -4, -1})});
    EXPECT_GRADIENT(op, {Tensor({2, 2}, std::vector<double>{1, 4, -3, 2}), Tensor({2}, std::vector<double>{1.5, 1})});
    EXPECT_GRADIENT(op, {Tensor({2, 1}, std::vector<double>{1, 4}), Tensor({2}, std::vector<double>{1.5, 3}), Tensor::scalar(2.0)});
    EXPECT_GRADIENT(op, {Tensor({2}, std::vector<double>{1, 4})});
  }
}

TEST(MaxGradient, GoesToTheFirstOfEquals) {
  const Tensor a({2}, std::vector<float>{1, 2});
  for (const char* op : {"Max", "Min"}) {
    EXPECT_THAT(gradient(op, {a, a, a}, {}, 0), Each(1.0f));
    EXPECT_THAT(gradient(op, {a, a, a}, {}, 1), Each(0.0f));
    EXPECT_THAT(gradient(op, {a, a, a}, {}, 2), Each(0.0f));
  }
}

}  // namespace
}  // namespace upkeep::gradients
