#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

Attribute grid_text(const std::string& name, const std::string& value) { return {name, value}; }

void expect_grid_gradients(const std::string& mode, const Shape& image, const Shape& grid) {
  for (const std::string padding : {"zeros", "border", "reflection"}) {
    for (const std::int64_t align : {0, 1}) {
      SCOPED_TRACE(mode + " " + padding + (align ? " aligned" : ""));
      const Argument points = random_tensor(grid, {.low = -1.7, .high = 1.7, .seed = 8});
      const Argument jumping = fixed(*points.tensor);  // the nearest pixel changes at once: differences mean nothing there
      EXPECT_GRADIENT("GridSample", {random_tensor(image), mode == "nearest" ? jumping : points},
                      {grid_text("mode", mode), grid_text("padding_mode", padding), {"align_corners", align}});
    }
  }
}

TEST(GridSampleGradient, MatchesFiniteDifferencesInImages) {
  for (const std::string mode : {"linear", "nearest", "cubic"}) expect_grid_gradients(mode, {2, 2, 4, 3}, {2, 2, 2, 2});
}

TEST(GridSampleGradient, MatchesFiniteDifferencesInVolumes) {
  for (const std::string mode : {"linear", "nearest"}) expect_grid_gradients(mode, {1, 2, 3, 2, 3}, {1, 2, 1, 2, 3});
}

TEST(GridSampleGradient, IsZeroInTheGridOfNearestPixels) {
  EXPECT_THAT(gradient("GridSample", {random_tensor({1, 1, 3, 3}), random_tensor({1, 2, 2, 2})}, {grid_text("mode", "nearest")}, 1),
              testing::Each(0.0f));
}

TEST(GridSampleGradient, MatchesFiniteDifferencesOfOneRow) { expect_grid_gradients("linear", {1, 1, 1, 2}, {1, 1, 2, 2}); }

TEST(GridSampleGradient, HasAGradientItself) {
  EXPECT_SECOND_GRADIENT("GridSample", {random_tensor({1, 1, 3, 3}), random_tensor({1, 2, 1, 2}, {.seed = 8})},
                         {grid_text("mode", "cubic")});
}

// The grid may depend on the image: what flows through it is counted once.
TEST(GridSampleGradient, AddsUpWhatFlowsThroughTheGrid) {
  const Expression transformer = [](Ops& ops, const std::vector<Value>& inputs) {
    const Value theta = ops.reshape(ops.reduce_mean(ops.mul(inputs[0], inputs[1]), {2, 3}), {1, 2, 3});
    const Value grid = ops.node("AffineGrid", {theta, ops.ints({1, 6, 2, 3})});
    return std::vector<Value>{ops.node("GridSample", {inputs[0], grid})};
  };
  EXPECT_GRADIENT(transformer, {random_tensor({1, 6, 2, 3}), random_tensor({1, 6, 2, 3}, {.seed = 4})});
}

TEST(AffineGridGradient, MatchesFiniteDifferences) {
  for (const std::int64_t align : {0, 1}) {
    EXPECT_GRADIENT("AffineGrid", {random_tensor({2, 2, 3}), ints({2, 3, 2, 4})}, {{"align_corners", align}});
    EXPECT_GRADIENT("AffineGrid", {random_tensor({1, 3, 4}), ints({1, 2, 2, 3, 2})}, {{"align_corners", align}});
  }
  EXPECT_SECOND_GRADIENT("AffineGrid", {random_tensor({1, 2, 3}), ints({1, 1, 2, 2})});
}

}  // namespace
}  // namespace upkeep::gradients
