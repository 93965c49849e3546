#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(AddGradient, MatchesFiniteDifferencesOverAllFormsOfBroadcasting) {
  const std::vector<std::pair<Shape, Shape>> pairs = {
      {{}, {}},         {{3}, {3}},          {{2, 3}, {3}},          {{2, 3}, {1, 3}}, {{2, 3}, {2, 1}}, {{2, 3}, {}},
      {{1, 3}, {2, 1}}, {{4, 1, 2}, {3, 1}}, {{2, 1, 3}, {1, 2, 1}}, {{3}, {2, 2, 3}}, {{1}, {}},        {{2, 0, 3}, {3}},
      {{1, 1}, {1}},    {{0}, {1}}};
  for (const auto& [a, b] : pairs) {
    SCOPED_TRACE(to_string(a) + " " + to_string(b));
    EXPECT_GRADIENT("Add", {random_tensor(a), random_tensor(b, {.seed = 2})});
    EXPECT_GRADIENT("Sub", {random_tensor(a), random_tensor(b, {.seed = 2})});
  }
}

TEST(AddGradient, TakesAnyNumberOfInputs) {
  EXPECT_GRADIENT("Sum", {random_tensor({2, 3}), random_tensor({3}), random_tensor({2, 1})});
  EXPECT_GRADIENT("Sum", {random_tensor({2})});
  EXPECT_GRADIENT("Mean", {random_tensor({2, 3}), random_tensor({3}), random_tensor({2, 1})});
}

}  // namespace
}  // namespace upkeep::gradients
