#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(GatherGradient, MatchesFiniteDifferencesAndAddsUpRepeatedIndices) {
  const Tensor x = random_tensor({3, 4, 2});
  for (const std::int64_t axis : {0, 1, -1}) {
    SCOPED_TRACE(axis);
    EXPECT_GRADIENT("Gather", {x, ints({0, 1, 1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, int_tensor({2, 2}, {0, 1, -1, 1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, int_tensor({}, {1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, int_tensor({1}, {-1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, int_tensor({1, 1}, {1})}, {{"axis", axis}});
    EXPECT_GRADIENT("Gather", {x, ints({})}, {{"axis", axis}});
  }
  EXPECT_GRADIENT("Gather", {x, Tensor({2}, std::vector<std::int32_t>{0, 2})});
  EXPECT_GRADIENT("Gather", {random_tensor({3}), int_tensor({}, {1})});
  EXPECT_GRADIENT_AT(13, "Gather", {x, ints({0, 1, 1})}, {{"axis", std::int64_t{1}}});
}

TEST(GatherGradient, MatchesSecondDifferences) {
  EXPECT_SECOND_GRADIENT("Gather", {random_tensor({3, 4}), ints({0, 1, 1})}, {{"axis", std::int64_t{1}}});
  EXPECT_SECOND_GRADIENT("Gather", {random_tensor({3, 4}), int_tensor({}, {1})}, {{"axis", std::int64_t{1}}});
}

TEST(GatherGradient, IsAPaddingForOneKnownIndex) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 5, 2});
  const Value last = ops.gather(x, ops.constant(Tensor::scalar(std::int64_t{-1})), 1);
  differentiate(ops, ops.reduce_sum(ops.mul(last, last), {}), {x});
  EXPECT_EQ(count(model, "Pad"), 1);
  EXPECT_EQ(count(model, "ScatterND"), 0);
}

TEST(GatherElementsGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("GatherElements", {random_tensor({3, 2}), int_tensor({2, 2}, {0, 2, 0, 1})});
  EXPECT_GRADIENT("GatherElements", {random_tensor({2, 3}), int_tensor({2, 2}, {0, 2, 1, 1})}, {{"axis", std::int64_t{-1}}});
  EXPECT_GRADIENT("GatherElements", {random_tensor({2, 3}), int_tensor({2, 2}, {0, -1, 1, -2})}, {{"axis", std::int64_t{1}}});
  EXPECT_SECOND_GRADIENT("GatherElements", {random_tensor({3, 2}), int_tensor({2, 2}, {0, 2, 0, 1})});
}

TEST(GatherNDGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3}), int_tensor({2, 2}, {0, 1, 0, 1})});
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3}), int_tensor({3, 1}, {0, 1, 1})});
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3}), int_tensor({2}, {-1, -1})});
}

TEST(GatherNDGradient, MatchesFiniteDifferencesOverBatchDimensions) {
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3, 2}), int_tensor({2, 1}, {1, 2})}, {{"batch_dims", std::int64_t{1}}});
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3, 2}), int_tensor({2, 2, 2}, {0, 1, 2, 0, 0, 1, 0, 1})},
                  {{"batch_dims", std::int64_t{1}}});
  EXPECT_GRADIENT("GatherND", {random_tensor({2, 3, 2}), int_tensor({2, 3, 1}, {0, 1, 0, 1, 0, -1})}, {{"batch_dims", std::int64_t{2}}});
  EXPECT_SECOND_GRADIENT("GatherND", {random_tensor({2, 3, 2}), int_tensor({2, 1}, {1, 2})}, {{"batch_dims", std::int64_t{1}}});
}

TEST(TopKGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("TopK", {distinct_tensor({2, 4}), ints({2})}, {}, 2);
  EXPECT_GRADIENT("TopK", {distinct_tensor({4, 2}), ints({3})}, {{"axis", std::int64_t{0}}, {"largest", std::int64_t{0}}}, 2);
  EXPECT_GRADIENT("TopK", {distinct_tensor({4}), ints({0})}, {{"sorted", std::int64_t{0}}}, 2);
  EXPECT_SECOND_GRADIENT("TopK", {distinct_tensor({2, 4}), ints({2})}, {}, 2);
}

Tensor gather_conditions(const std::vector<bool>& values) { return Tensor({static_cast<std::int64_t>(values.size())}, values); }

TEST(CompressGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Compress", {random_tensor({2, 3}), gather_conditions({true, false, true})}, {{"axis", std::int64_t{1}}});
  EXPECT_GRADIENT("Compress", {random_tensor({3, 2}), gather_conditions({false, true})}, {{"axis", std::int64_t{-2}}});
  EXPECT_GRADIENT("Compress", {random_tensor({2, 3}), gather_conditions({true, false, false, true, true})});
  EXPECT_GRADIENT("Compress", {random_tensor({2, 3}), gather_conditions({false, false})});
  EXPECT_SECOND_GRADIENT("Compress", {random_tensor({2, 3}), gather_conditions({true, false, true})}, {{"axis", std::int64_t{1}}});
}

TEST(UniqueGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Unique", {distinct_tensor({2, 3})});
  EXPECT_GRADIENT("Unique", {distinct_tensor({2, 3})}, {{"axis", std::int64_t{1}}, {"sorted", std::int64_t{0}}});
  EXPECT_GRADIENT("Unique", {distinct_tensor({3})}, {}, 4);
}

TEST(UniqueGradient, GoesToTheFirstOfEquals) {
  EXPECT_THAT(gradient("Unique", {Tensor({4}, std::vector<float>{3, 1, 3, 2})}), ElementsAre(1, 1, 0, 1));
}

}  // namespace
}  // namespace upkeep::gradients
