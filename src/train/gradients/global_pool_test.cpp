#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(GlobalPoolGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{2, 2, 3}, Shape{1, 2, 2, 2}}) {
    SCOPED_TRACE(to_string(shape));
    EXPECT_GRADIENT("GlobalAveragePool", {random_tensor(shape)});
    EXPECT_GRADIENT("GlobalMaxPool", {distinct_tensor(shape)});
    for (const std::int64_t p : {1, 2, 3, 4}) EXPECT_GRADIENT("GlobalLpPool", {random_tensor(shape, {.gap = 0.2})}, {{"p", p}}) << p;
  }
}

}  // namespace
}  // namespace upkeep::gradients
