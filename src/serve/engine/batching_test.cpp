#include "serve/engine/batching.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/test_models.hpp"

namespace upkeep::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Batching probe(const Model& model) { return probe_batching(Session(model, {.threads = 1}), model); }

TEST(Batching, JoinsRowsAndTakesThemApart) {
  const Tensors a{{"x", Tensor({1, 2}, std::vector<float>{1, 2})}, {"s", Tensor({1}, std::vector<std::string>{"a"})}};
  const Tensors b{{"x", Tensor({2, 2}, std::vector<float>{3, 4, 5, 6})}, {"s", Tensor({2}, std::vector<std::string>{"b", "c"})}};
  ASSERT_TRUE(may_share_a_run(a, b));
  EXPECT_EQ(rows_of(b), 2);
  const std::array<const Tensors*, 2> parts{&a, &b};
  const Tensors all = joined(parts);
  EXPECT_THAT(all.at("x").floats(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(all.at("s").strings(), ElementsAre("a", "b", "c"));
  const std::array<std::int64_t, 2> rows{1, 2};
  const std::vector<Tensors> apart = taken_apart(all, rows);
  EXPECT_EQ(apart.at(0), a);
  EXPECT_EQ(apart.at(1), b);
  EXPECT_TRUE(taken_apart({{"y", Tensor({2}, std::vector<float>{1, 2})}}, rows).empty());
}

TEST(Batching, InputsOfDifferentRowsAreSeen) {
  const auto of = [](std::int64_t a, std::int64_t b) {
    return Tensors{{"a", Tensor::full({a, 2}, 1.0F)}, {"b", Tensor::full({b, 2}, 1.0F)}};
  };
  EXPECT_TRUE(same_rows(of(2, 2)));
  EXPECT_FALSE(same_rows(of(2, 1)));
  EXPECT_FALSE(same_rows({{"a", Tensor::full({2}, 1.0F)}, {"s", Tensor::scalar(1.0F)}}));
}

TEST(Batching, OnlyTheFirstAxisMayDiffer) {
  const auto of = [](Shape shape) { return Tensors{{"x", Tensor::full(std::move(shape), 1.0F)}}; };
  EXPECT_TRUE(may_share_a_run(of({1, 2}), of({5, 2})));
  EXPECT_FALSE(may_share_a_run(of({1, 2}), of({1, 3})));
  EXPECT_FALSE(may_share_a_run(of({1, 2}), of({1, 2, 1})));
  EXPECT_FALSE(may_share_a_run(of({1, 2}), {{"x", Tensor({1, 2}, std::vector<std::int64_t>{1, 2})}}));
}

TEST(Batching, ModelsOfRowsMerge) {
  EXPECT_TRUE(probe(shift_model(1)).merges);
  EXPECT_TRUE(probe(identity_model(DType::kString)).merges);
  EXPECT_TRUE(probe(identity_model(DType::kFloat16)).merges);
}

TEST(Batching, AFixedFirstAxisDoesNotMerge) {
  Model model;
  Ops ops(model);
  ops.output(ops.add(ops.input("x", DType::kFloat32, {1, 2}), 1.0F), "y");
  const Batching batching = probe(model);
  EXPECT_FALSE(batching.open_axis);
  EXPECT_THAT(batching.why_not, HasSubstr("fixed first dimension 1"));
}

TEST(Batching, TwoAxesOfTheirOwnDoNotMerge) {
  Model model;
  Ops ops(model);
  const Value a = ops.input("a", DType::kFloat32, {"n", 2}), b = ops.input("b", DType::kFloat32, {"m", 2});
  ops.output(ops.node("Concat", {a, b}, {{"axis", std::int64_t{0}}}), "y");
  EXPECT_THAT(probe(model).why_not, HasSubstr("differ: n and m"));
}

TEST(Batching, AScaleTakenFromAllRowsDoesNotMerge) {  // dynamic quantisation
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"n", 8});
  const std::vector<Value> q = ops.nodes("DynamicQuantizeLinear", {x}, 3);
  ops.output(ops.node("DequantizeLinear", {q[0], q[1], q[2]}), "y");
  const Batching batching = probe(model);
  EXPECT_TRUE(batching.open_axis);
  EXPECT_FALSE(batching.merges);
}

TEST(Batching, AnAnswerForTheWholeBatchDoesNotMerge) {
  Model model;
  Ops ops(model);
  ops.output(ops.node("ReduceSum", {ops.input("x", DType::kFloat32, {"n", 2})}, {{"keepdims", std::int64_t{0}}}), "y");
  EXPECT_FALSE(probe(model).merges);
}

}  // namespace
}  // namespace upkeep::serve
