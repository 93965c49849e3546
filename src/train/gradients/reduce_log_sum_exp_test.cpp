#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

const std::vector<std::vector<std::int64_t>> kAxes = {{0}, {1}, {-1}, {0, 1}, {0, 2}, {-2, 0}, {0, 1, 2}};

// Every choice of axes and keepdims, for axes given as input.
void expect_gradients(const std::string& op, const Tensor& x) {
  for (const std::int64_t keepdims : {0, 1}) {
    SCOPED_TRACE(op + (keepdims ? " keepdims" : ""));
    const std::vector<Attribute> attributes = {{"keepdims", keepdims}};
    for (const auto& axes : kAxes) EXPECT_GRADIENT(op, {x, ints(axes)}, attributes) << testing::PrintToString(axes);
    EXPECT_GRADIENT(op, {x}, attributes);
  }
  EXPECT_GRADIENT(op, {x, ints({})}, {{"noop_with_empty_axes", std::int64_t{1}}});
}

TEST(ReduceLogSumExpGradient, MatchesFiniteDifferences) {
  expect_gradients("ReduceLogSumExp", random_tensor({2, 3, 2}, {.low = -2, .high = 2}));
}

TEST(ReduceLogSumExpGradient, StaysFiniteWhereTheExponentialOverflows) {
  EXPECT_THAT(gradient("ReduceLogSumExp", {Tensor({2}, std::vector<float>{1e4f, 0})}), ElementsAre(1, 0));
}

TEST(ReduceLogSumGradient, MatchesFiniteDifferences) {
  expect_gradients("ReduceLogSum", random_tensor({2, 3, 2}, {.low = 0.5, .high = 2}));
}

}  // namespace
}  // namespace upkeep::gradients
