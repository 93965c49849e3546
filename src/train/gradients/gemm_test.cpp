#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(GemmGradient, MatchesFiniteDifferencesForEveryTransposition) {
  for (const bool a_transposed : {false, true})
    for (const bool b_transposed : {false, true}) {
      SCOPED_TRACE(testing::Message() << a_transposed << b_transposed);
      const std::vector<Attribute> attributes = {
          {"transA", std::int64_t{a_transposed}}, {"transB", std::int64_t{b_transposed}}, {"alpha", 0.5f}, {"beta", 2.0f}};
      const Tensor a = random_tensor(a_transposed ? Shape{3, 2} : Shape{2, 3});
      const Tensor b = random_tensor(b_transposed ? Shape{4, 3} : Shape{3, 4}, {.seed = 2});
      EXPECT_GRADIENT("Gemm", {a, b, random_tensor({4}, {.seed = 3})}, attributes);
    }
}

TEST(GemmGradient, SumsTheBiasOverWhatBroadcastingRepeated) {
  for (const Shape& bias : {Shape{}, Shape{1}, Shape{4}, Shape{1, 4}, Shape{2, 1}, Shape{2, 4}}) {
    SCOPED_TRACE(to_string(bias));
    EXPECT_GRADIENT("Gemm", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2}), random_tensor(bias, {.seed = 3})});
  }
  EXPECT_GRADIENT("Gemm", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2})});
  EXPECT_GRADIENT("Gemm", {random_tensor({0, 3}), random_tensor({3, 4}, {.seed = 2}), random_tensor({4}, {.seed = 3})});
}

}  // namespace
}  // namespace upkeep::gradients
