#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(IdentityGradient, MatchesFiniteDifferences) { EXPECT_GRADIENT("Identity", {random_tensor({2, 3})}); }

}  // namespace
}  // namespace upkeep::gradients
