#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(TileGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Tile", {random_tensor({2, 3}), ints({2, 1})});
  EXPECT_GRADIENT("Tile", {random_tensor({2, 3}), ints({2, 3})});
  EXPECT_GRADIENT("Tile", {random_tensor({3}), ints({0})});
}

TEST(CumSumGradient, MatchesFiniteDifferences) {
  for (const std::int64_t exclusive : {0, 1})
    for (const std::int64_t reverse : {0, 1})
      EXPECT_GRADIENT("CumSum", {random_tensor({2, 3}), int_tensor({}, {1})}, {{"exclusive", exclusive}, {"reverse", reverse}});
  EXPECT_GRADIENT("CumSum", {random_tensor({2, 3}), int_tensor({}, {-2})});
}

TEST(TriluGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Trilu", {random_tensor({3, 3})});
  EXPECT_GRADIENT("Trilu", {random_tensor({2, 3, 4}), int_tensor({}, {1})}, {{"upper", std::int64_t{0}}});
}

}  // namespace
}  // namespace upkeep::gradients
