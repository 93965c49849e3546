#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

std::vector<Attribute> pad_mode(const char* mode) { return {{"mode", std::string(mode), {}}}; }

TEST(PadGradient, MatchesFiniteDifferencesWithAConstantAround) {
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({1, 0, 2, 1})});
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({0, -1, 1, 0})});
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({-1, 2, 1, -1}), random_tensor({})});
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3}), ints({1, 1}), random_tensor({}), ints({-1})});
  EXPECT_GRADIENT("Pad", {random_tensor({0, 2}), ints({1, 0, 1, 0}), random_tensor({})});
  EXPECT_GRADIENT("Pad", {random_tensor({2, 3, 2}), ints({1, 0, 2, 1}), absent(), ints({2, 0})});
  EXPECT_GRADIENT_AT(13, "Pad", {random_tensor({2, 3}), ints({1, 0, 2, 1}), random_tensor({})});
  EXPECT_SECOND_GRADIENT("Pad", {random_tensor({2, 3}), ints({1, 0, 2, -1}), random_tensor({})});
}

TEST(PadGradient, MatchesFiniteDifferencesWithElementsAround) {
  for (const char* mode : {"reflect", "edge", "wrap"}) {
    SCOPED_TRACE(mode);
    EXPECT_GRADIENT("Pad", {random_tensor({4}), ints({2, 3})}, pad_mode(mode));
    EXPECT_GRADIENT("Pad", {random_tensor({3, 4}), ints({1, 0, 2, 3})}, pad_mode(mode));
    EXPECT_GRADIENT("Pad", {random_tensor({3, 4}), ints({-1, 2, 0, -1})}, pad_mode(mode));
    EXPECT_GRADIENT("Pad", {random_tensor({2, 3, 4}), ints({2, 1, 1, 0}), absent(), ints({-1, 1})}, pad_mode(mode));
  }
  EXPECT_GRADIENT_AT(13, "Pad", {random_tensor({3, 4}), ints({1, 0, 2, 3})}, pad_mode("reflect"));
  EXPECT_SECOND_GRADIENT("Pad", {random_tensor({3, 2}), ints({1, 0, 2, 1})}, pad_mode("reflect"));
}

TEST(CenterCropPadGradient, MatchesFiniteDifferences) {
  for (const std::int64_t to : {2, 3, 4, 5, 6, 7, 8}) {
    SCOPED_TRACE(to);
    EXPECT_GRADIENT("CenterCropPad", {random_tensor({5}), ints({to})});
    EXPECT_GRADIENT("CenterCropPad", {random_tensor({4}), ints({to})});
  }
  EXPECT_GRADIENT("CenterCropPad", {random_tensor({3, 4}), ints({5, 2})});
  EXPECT_GRADIENT("CenterCropPad", {random_tensor({3, 4, 2}), ints({3, 2})}, {{"axes", std::vector<std::int64_t>{-1, 0}}});
  EXPECT_SECOND_GRADIENT("CenterCropPad", {random_tensor({3, 4}), ints({5, 2})});
}

}  // namespace
}  // namespace upkeep::gradients
