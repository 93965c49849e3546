#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(MatMulGradient, MatchesFiniteDifferencesForAllRanks) {
  const std::vector<std::pair<Shape, Shape>> pairs = {
      {{2, 3}, {3, 4}},       {{3}, {3}},          {{3}, {3, 2}},          {{2, 3}, {3}},
      {{2, 2, 3}, {3, 2}},    {{2, 3}, {4, 3, 2}}, {{2, 2, 3}, {2, 3, 2}}, {{2, 1, 2, 3}, {2, 3, 2}},
      {{1, 2, 3}, {2, 3, 1}}, {{3}, {2, 3, 2}},    {{2, 2, 3}, {3}},       {{2, 2, 2, 3}, {3, 2}},
      {{0, 3}, {3, 2}},       {{2, 0, 3}, {3, 2}}};
  for (const auto& [a, b] : pairs) {
    SCOPED_TRACE(to_string(a) + " " + to_string(b));
    EXPECT_GRADIENT("MatMul", {random_tensor(a), random_tensor(b, {.seed = 2})});
  }
}

}  // namespace
}  // namespace upkeep::gradients
