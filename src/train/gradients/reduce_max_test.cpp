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

TEST(ReduceMaxGradient, MatchesFiniteDifferences) {
  expect_gradients("ReduceMax", distinct_tensor({2, 3, 2}));
  expect_gradients("ReduceMin", distinct_tensor({2, 3, 2}));
}

TEST(ReduceMaxGradient, IsSharedByEquals) {
  EXPECT_THAT(gradient("ReduceMax", {Tensor({4}, std::vector<float>{3, 1, 3, 2})}), ElementsAre(0.5f, 0, 0.5f, 0));
}

}  // namespace
}  // namespace upkeep::gradients
