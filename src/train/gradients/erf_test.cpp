#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(ErfGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Erf", {random_tensor(shape, {.low = -2, .high = 2})});
}

}  // namespace
}  // namespace upkeep::gradients
