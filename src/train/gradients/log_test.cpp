#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(LogGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Log", {random_tensor(shape, {.low = 0.5, .high = 3})});
}

}  // namespace
}  // namespace upkeep::gradients
