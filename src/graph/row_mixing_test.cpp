#include "graph/row_mixing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/ops.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string mixing(const std::function<Value(Ops&, Value)>& make, Dims dims = {"n", 4}) {
  Model model;
  Ops ops(model);
  ops.output(make(ops, ops.input("x", DType::kFloat32, std::move(dims))), "y");
  return mixes_rows(model);
}

Value reduce(Ops& ops, const char* op, Value x, std::vector<std::int64_t> axes) {
  return ops.node(op, {x, ops.constant(Tensor({std::ssize(axes)}, axes))}, {{"keepdims", std::int64_t{1}}});
}

TEST(RowMixing, RowsOfUsualLayersStayApart) {
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.node("Softmax", {x}, {{"axis", std::int64_t{-1}}}); }), IsEmpty());
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.sub(x, reduce(ops, "ReduceMean", x, {1})); }), IsEmpty());
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.matmul(x, ops.constant(Tensor({4, 2}, std::vector<float>(8, 1.0F)))); }),
              IsEmpty());
  EXPECT_THAT(mixing(
                  [](Ops& ops, Value x) {  // time first, and back
                    return ops.node(
                        "Transpose",
                        {reduce(ops, "ReduceMax", ops.node("Transpose", {x}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}}), {0})},
                        {{"perm", std::vector<std::int64_t>{1, 0, 2}}});
                  },
                  {"n", 5, 4}),
              IsEmpty());
  EXPECT_THAT(mixing([](Ops& ops, Value x) {  // an embedding: rows of a table, not of the batch
                return ops.node("Gather", {ops.constant(Tensor({3, 2}, std::vector<float>(6, 1.0F))),
                                           ops.node("Cast", {x}, {{"to", std::int64_t{7}}})});
              }),
              IsEmpty());
}

// An effect that starts at a threshold shows in the graph, not in a few runs.
TEST(RowMixing, NamesTheNodeThatWorksAlongTheRows) {
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.add(x, ops.node("Relu", {ops.sub(reduce(ops, "ReduceMax", x, {0}), 1000.0F)})); }),
              HasSubstr("ReduceMax"));
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.node("ReduceSum", {x}, {{"keepdims", std::int64_t{1}}}); }),
              HasSubstr("along the rows"));
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.node("CumSum", {x, ops.constant(Tensor::scalar<std::int64_t>(0))}); }),
              HasSubstr("CumSum"));
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.node("Softmax", {x}, {{"axis", std::int64_t{0}}}); }), HasSubstr("Softmax"));
  EXPECT_THAT(mixing([](Ops& ops, Value x) { return ops.nodes("DynamicQuantizeLinear", {x}, 3)[0]; }), HasSubstr("all rows at once"));
  EXPECT_THAT(mixing([](Ops& ops, Value x) {  // how many rows have the same sum
                const Value sums = reduce(ops, "ReduceSum", x, {1});
                return ops.node("Equal", {sums, ops.node("Transpose", {sums}, {{"perm", std::vector<std::int64_t>{1, 0}}})});
              }),
              HasSubstr("pairs rows"));
  EXPECT_THAT(mixing([](Ops& ops, Value x) {
                return ops.node("Gather", {x, ops.node("ArgMax", {x}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}})});
              }),
              HasSubstr("Gather"));
}

}  // namespace
}  // namespace upkeep
