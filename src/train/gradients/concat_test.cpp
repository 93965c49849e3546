#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(ConcatGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Concat", {random_tensor({2, 3}), random_tensor({2, 1}, {.seed = 2}), random_tensor({2, 2}, {.seed = 3})},
                  {{"axis", std::int64_t{1}}});
  EXPECT_GRADIENT("Concat", {random_tensor({1, 3}), random_tensor({2, 3}, {.seed = 2})}, {{"axis", std::int64_t{-2}}});
  EXPECT_GRADIENT("Concat", {random_tensor({2, 3}), fixed(random_tensor({2, 3}, {.seed = 2}))}, {{"axis", std::int64_t{0}}});
  EXPECT_GRADIENT("Concat", {random_tensor({2, 3})}, {{"axis", std::int64_t{0}}});
  EXPECT_GRADIENT("Concat", {random_tensor({0, 3}), random_tensor({2, 3})}, {{"axis", std::int64_t{0}}});
}

TEST(SplitGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Split", {random_tensor({2, 5}), ints({2, 3})}, {{"axis", std::int64_t{1}}}, 2);
  EXPECT_GRADIENT("Split", {random_tensor({5, 2})}, {{"axis", std::int64_t{-2}}, {"num_outputs", std::int64_t{2}}}, 2);
}

TEST(SplitGradient, OfAPartThatNobodyReadsIsZero) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {3});
  const std::vector<Value> parts = ops.nodes("Split", {x, ops.ints({1, 2})}, 2);
  differentiate(ops, ops.reduce_sum(parts[1], {}), {x});
  EXPECT_EQ(count(model, "ConstantOfShape"), 1);
  EXPECT_EQ(count(model, "Concat"), 1);
}

}  // namespace
}  // namespace upkeep::gradients
