#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(CastGradient, ComesBackInTheTypeOfTheInput) {
  const std::int64_t to = static_cast<std::int64_t>(DType::kFloat64);
  EXPECT_THAT(gradient("Cast", {Tensor({2}, std::vector<float>{1.5f, 2})}, {{"to", static_cast<std::int64_t>(DType::kFloat32)}}),
              Each(1.0f));
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value loss = ops.reduce_sum(ops.node("Cast", {x}, {{"to", to}}), {});
  EXPECT_EQ(differentiate(ops, loss, {x})[0].dtype(), DType::kFloat32);
}

TEST(CastGradient, DoesNotPassThroughIntegers) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value whole = ops.cast(ops.cast(x, DType::kInt64), DType::kFloat32);
  differentiate(ops, ops.reduce_sum(whole, {}), {x});
  EXPECT_EQ(model.graph.nodes.back().op, "ConstantOfShape");  // zeros
}

}  // namespace
}  // namespace upkeep::gradients
