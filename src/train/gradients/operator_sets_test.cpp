// A graph may be written in any operator set from 13 to 22. What changed between them: axes and sizes became inputs, attributes were added.

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

std::vector<Argument> with_axes(std::int64_t opset, std::int64_t since, const Tensor& x, std::vector<std::int64_t> axes) {
  if (opset < since) return {x};
  return {x, ints(std::move(axes))};
}

TEST(OperatorSets, HaveTheSameGradients) {
  for (std::int64_t opset = 13; opset <= 22; ++opset) {
    SCOPED_TRACE(opset);
    const Tensor x = distinct_tensor({2, 4});
    for (const char* op :
         {"ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare"}) {
      std::vector<Attribute> attributes = {{"keepdims", std::int64_t{0}, {}}};
      if (opset < 18) attributes.push_back({"axes", std::vector<std::int64_t>{-1}, {}});
      EXPECT_GRADIENT_AT(opset, op, with_axes(opset, 18, x, {-1}), attributes) << op;
    }
    std::vector<Attribute> split = {{"axis", std::int64_t{1}, {}}};
    if (opset >= 18) split.push_back({"num_outputs", std::int64_t{2}, {}});
    EXPECT_GRADIENT_AT(opset, "Split", {x}, split, 2);
    EXPECT_GRADIENT_AT(opset, "ReduceSum", {x, ints({0})});
    EXPECT_GRADIENT_AT(opset, "Gather", {x, ints({1, 1, 0})}, {{"axis", std::int64_t{1}}});
    EXPECT_GRADIENT_AT(opset, "GatherElements", {x, int_tensor({1, 2}, {1, 0})});
    EXPECT_GRADIENT_AT(opset, "GatherND", {x, int_tensor({2, 1}, {1, 1})});
    EXPECT_GRADIENT_AT(opset, "ScatterElements", {x, int_tensor({1, 2}, {1, 0}), random_tensor({1, 2})});
    EXPECT_GRADIENT_AT(opset, "TopK", {x, ints({2})}, {}, 2);
    EXPECT_GRADIENT_AT(opset, "Slice", {x, ints({3}), ints({0}), ints({1}), ints({-2})});
    EXPECT_GRADIENT_AT(opset, "Pad", {x, ints({1, 0, 0, 1}), random_tensor({})});
    EXPECT_GRADIENT_AT(opset, "Pad", {x, ints({1, 0, 0, 1})}, {{"mode", std::string("edge")}});
    EXPECT_GRADIENT_AT(opset, "Concat", {x, random_tensor({2, 1})}, {{"axis", std::int64_t{1}}});
    EXPECT_GRADIENT_AT(opset, "Reshape", {x, ints({4, -1})});
    EXPECT_GRADIENT_AT(opset, "Squeeze", {random_tensor({1, 3}), ints({0})});
    EXPECT_GRADIENT_AT(opset, "Clip", {x, Tensor::scalar(-0.45), Tensor::scalar(0.45)});
    EXPECT_GRADIENT_AT(opset, "Einsum", {x, random_tensor({4, 3})}, {{"equation", std::string("ij,jk->ik")}});
    EXPECT_GRADIENT_AT(opset, "Gemm", {x, random_tensor({4, 3}), random_tensor({3})});
    EXPECT_GRADIENT_AT(opset, "MatMul", {x, random_tensor({3, 4, 2})});
    EXPECT_GRADIENT_AT(opset, "Add", {x, random_tensor({2, 1})});
    EXPECT_GRADIENT_AT(opset, "Tile", {x, ints({2, 2})});
    EXPECT_GRADIENT_AT(opset, "DepthToSpace", {random_tensor({1, 4, 1, 2})}, {{"blocksize", std::int64_t{2}}});
    for (const char* op : {"Relu", "LeakyRelu", "Elu", "Selu", "Softplus", "Tanh", "Erf", "Sin", "Atan", "HardSigmoid", "Exp", "Abs"})
      EXPECT_GRADIENT_AT(opset, op, {x}) << op;
  }
}

}  // namespace
}  // namespace upkeep::gradients
