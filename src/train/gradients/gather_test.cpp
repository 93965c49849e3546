#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(GatherGradient, MatchesFiniteDifferencesAndAddsUpRepeatedIndices) {
  const Tensor x = random_tensor({3, 4, 2});
  for (const std::int64_t axis : {0, 1, -1}) {
    SCOPED_TRACE(axis);
    EXPECT_GRADIENT("Gather", {x, ints({0, 1, 1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, int_tensor({2, 2}, {0, 1, -1, 1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, int_tensor({}, {1})}, {{"axis", axis}});
  }
  EXPECT_GRADIENT("Gather", {x, Tensor({2}, std::vector<std::int32_t>{0, 2})});
}

TEST(GatherElementsGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("GatherElements", {random_tensor({3, 2}), int_tensor({2, 2}, {0, 2, 0, 1})});
  EXPECT_GRADIENT("GatherElements", {random_tensor({2, 3}), int_tensor({2, 2}, {0, 2, 1, 1})}, {{"axis", std::int64_t{-1}}});
}

TEST(GatherNDGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3}), int_tensor({2, 2}, {0, 1, 0, 1})});
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3}), int_tensor({3, 1}, {0, 1, 1})});
}

TEST(TopKGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("TopK", {distinct_tensor({2, 4}), ints({2})}, {}, 2);
  EXPECT_GRADIENT("TopK", {distinct_tensor({4, 2}), ints({3})}, {{"axis", std::int64_t{0}}, {"largest", std::int64_t{0}}}, 2);
}

TEST(ScatterGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("ScatterElements", {random_tensor({3, 2}), int_tensor({2, 2}, {0, 2, 1, 1}), random_tensor({2, 2}, {.seed = 2})});
  EXPECT_GRADIENT("ScatterElements", {random_tensor({2, 3}), int_tensor({2, 2}, {0, 0, 1, 2}), random_tensor({2, 2}, {.seed = 2})},
                  {{"axis", std::int64_t{1}}, {"reduction", std::string("add")}});
  EXPECT_GRADIENT("ScatterND", {random_tensor({3, 2}), int_tensor({2, 1}, {0, 2}), random_tensor({2, 2}, {.seed = 2})});
  EXPECT_GRADIENT("ScatterND", {random_tensor({3, 2}), int_tensor({2, 1}, {0, 0}), random_tensor({2, 2}, {.seed = 2})},
                  {{"reduction", std::string("add")}});
}

}  // namespace
}  // namespace upkeep::gradients
