#include <gmock/gmock.h>

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

TEST(PadGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({1, 0, 2, 1})});
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({0, -1, 1, 0})});
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({1, 1}), random_tensor({}), ints({-1})});
}

TEST(PadGradient, RefusesReflection) {
  try {
    gradient("Pad", {random_tensor({3}), ints({1, 1})}, {{"mode", std::string("reflect")}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), testing::HasSubstr("\"reflect\""));
  }
}

}  // namespace
}  // namespace upkeep::gradients
