#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(TransposeGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Transpose", {random_tensor({2, 3})});
  EXPECT_GRADIENT("Transpose", {random_tensor({2, 3, 4})});
  EXPECT_GRADIENT("Transpose", {random_tensor({2, 3, 4})}, {{"perm", std::vector<std::int64_t>{1, 2, 0}}});
  EXPECT_GRADIENT("Transpose", {random_tensor({2, 3, 4})}, {{"perm", std::vector<std::int64_t>{0, 2, 1}}});
}

}  // namespace
}  // namespace upkeep::gradients
