#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(SliceGradient, MatchesFiniteDifferences) {
  const Tensor x = random_tensor({4, 5});
  const std::int64_t end = std::numeric_limits<std::int64_t>::max();
  EXPECT_GRADIENT("Slice", {x, ints({1}), ints({3})});
  EXPECT_GRADIENT("Slice", {x, ints({1, -4}), ints({end, -1}), ints({0, 1})});
  EXPECT_GRADIENT("Slice", {x, ints({1}), ints({3}), ints({-1}), ints({1})});
  EXPECT_GRADIENT("Slice", {x, ints({0, 4}), ints({4, -end}), ints({0, 1}), ints({2, -1})});
  EXPECT_GRADIENT("Slice", {x, ints({3}), ints({1})});
}

TEST(SliceGradient, MatchesFiniteDifferencesForTheRest) {
  EXPECT_GRADIENT("Slice", {random_tensor({5}), ints({-100}), ints({100})});
  EXPECT_GRADIENT("Slice", {random_tensor({5}), ints({-1}), ints({-100}), ints({0}), ints({-2})});
  EXPECT_GRADIENT("Slice", {random_tensor({0, 3}), ints({1}), ints({3}), ints({1})});
  EXPECT_GRADIENT("Slice", {random_tensor({2, 3}), Tensor({1}, std::vector<std::int32_t>{1}), Tensor({1}, std::vector<std::int32_t>{2})});
  EXPECT_GRADIENT_AT(13, "Slice", {random_tensor({5}), ints({4}), ints({0}), ints({0}), ints({-2})});
  EXPECT_SECOND_GRADIENT("Slice", {random_tensor({5}), ints({4}), ints({0}), ints({0}), ints({-2})});
  EXPECT_SECOND_GRADIENT("Slice", {random_tensor({5}), ints({1}), ints({3})});
}

}  // namespace
}  // namespace upkeep::gradients
