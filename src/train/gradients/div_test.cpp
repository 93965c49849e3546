#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(DivGradient, MatchesFiniteDifferences) {
  const std::vector<std::pair<Shape, Shape>> pairs = {{{}, {}},         {{2, 3}, {2, 3}}, {{2, 3}, {3}},
                                                      {{2, 1}, {1, 3}}, {{2, 3}, {}},     {{2, 0}, {2, 1}}};
  for (const auto& [a, b] : pairs) {
    SCOPED_TRACE(to_string(a) + " " + to_string(b));
    EXPECT_GRADIENT("Div", {random_tensor(a), random_tensor(b, {.low = 0.5, .high = 2, .seed = 2})});
  }
  EXPECT_GRADIENT("Div", {random_tensor({3}), fixed(Tensor::scalar(4.0))});
}

TEST(ReciprocalGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Reciprocal", {random_tensor({2, 3}, {.low = 0.5, .high = 2})});
  EXPECT_GRADIENT("Reciprocal", {random_tensor({3}, {.low = -2, .high = -0.5})});
}

}  // namespace
}  // namespace upkeep::gradients
