#include "graph/flops.hpp"

#include <gtest/gtest.h>

#include "graph/onnx.hpp"

namespace upkeep {

namespace {

// The sum over all nodes of a graph in ONNX text, which gives all shapes or has them inferred.
Flops flops_of(const std::string& graph) {
  Model model = model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> " + graph);
  infer_shapes(model);
  const ShapeOf shape_of = [&](const std::string& name) -> std::optional<Shape> {
    if (const Tensor* tensor = model.graph.initializer(name)) return tensor->shape();
    const ValueInfo* value = model.graph.value(name);
    if (!value || !value->type.shape) return std::nullopt;
    Shape shape;
    for (const Dim& dim : *value->type.shape) {
      if (!dim.known()) return std::nullopt;
      shape.push_back(dim.value);
    }
    return shape;
  };
  Flops sum;
  for (const Node& node : model.graph.nodes) {
    const std::optional<Flops> one = flops(node, shape_of);
    EXPECT_TRUE(one) << node.op;
    sum += one.value_or(Flops{});
  }
  return sum;
}

}  // namespace

// 4 rows, 10 -> 3: 4 * 10 * 3 products, a bias and a ReLU for each of 12 results.
TEST(Flops, OfADenseLayer) {
  const Flops found = flops_of("g (float[4,10] x, float[10,3] w, float[3] b) => (float[4,3] y) { h = Gemm(x, w, b) y = Relu(h) }");
  EXPECT_EQ(found.multiply_adds, 120);
  EXPECT_EQ(found.other, 24);
  EXPECT_EQ(found.total(), 264);
  EXPECT_EQ(flops_of("g (float[10,4] x, float[3,10] w) => (float[4,3] y) { y = Gemm<transA = 1, transB = 1>(x, w) }").multiply_adds, 120);
}

// 9x9, a 3x3 window, stride 2, no padding: 4x4 places, 8 filters; two groups of 3 channels, so a filter has 27 numbers.
TEST(Flops, OfAConvolutionWithGroupsAndStride) {
  const Flops found = flops_of(
      "g (float[2,6,9,9] x, float[8,3,3,3] w, float[8] b) => (float[2,8,4,4] y) { y = Conv<strides = [2,2], group = 2>(x, w, b) }");
  EXPECT_EQ(found.multiply_adds, 2 * 8 * 4 * 4 * 27);
  EXPECT_EQ(found.other, 2 * 8 * 4 * 4);
}

// Depthwise: each of 16 channels has one 3x3 window.
TEST(Flops, OfADepthwiseConvolution) {
  const Flops found =
      flops_of("g (float[1,16,5,5] x, float[16,1,3,3] w) => (float[1,16,5,5] y) { y = Conv<pads = [1,1,1,1], group = 16>(x, w) }");
  EXPECT_EQ(found.multiply_adds, 16 * 25 * 9);
}

// Each of 5x5x4 numbers is spread over 3x3 places of 6 filters.
TEST(Flops, OfATransposedConvolution) {
  const Flops found =
      flops_of("g (float[1,4,5,5] x, float[4,6,3,3] w) => (float[1,6,11,11] y) { y = ConvTranspose<strides = [2,2]>(x, w) }");
  EXPECT_EQ(found.multiply_adds, 100 * 9 * 6);
}

// 7 steps of 2 rows, 3 -> 5: four gates of 5 numbers from 3 + 5 numbers each; 13 more for each of 7 * 2 * 5 states. Twice for two
// directions.
TEST(Flops, OfRecurrentLayers) {
  const auto layer = [](const std::string& op, int gates, int directions) {
    const std::string rows = std::to_string(gates * 5);
    const std::string d = std::to_string(directions);
    return flops_of("g (float[7,2,3] x, float[" + d + "," + rows + ",3] w, float[" + d + "," + rows + ",5] r) => (float[7," + d +
                    ",2,5] y) { y = " + op + "<hidden_size = 5, direction = \"" + (directions == 2 ? "bidirectional" : "forward") +
                    "\">(x, w, r) }");
  };
  EXPECT_EQ(layer("LSTM", 4, 1).multiply_adds, 7 * 2 * 4 * 5 * (3 + 5));
  EXPECT_EQ(layer("LSTM", 4, 1).other, 7 * 2 * 5 * 13);
  EXPECT_EQ(layer("LSTM", 4, 2).multiply_adds, 2 * 7 * 2 * 4 * 5 * (3 + 5));
  EXPECT_EQ(layer("GRU", 3, 1).multiply_adds, 7 * 2 * 3 * 5 * (3 + 5));
  EXPECT_EQ(layer("RNN", 1, 1).multiply_adds, 7 * 2 * 5 * (3 + 5));
}

// 2 rows, 4 heads of size 8, 6 queries and 9 keys: scores and their use are 2 * 4 * 6 * 9 * 8 products each.
TEST(Flops, OfAttentionsProducts) {
  const Flops found = flops_of(R"(
    g (float[2,4,6,8] q, float[2,4,8,9] k, float[2,4,9,8] v) => (float[2,4,6,8] y) {
      scores = MatMul(q, k) shares = Softmax(scores) y = MatMul(shares, v) })");
  EXPECT_EQ(found.multiply_adds, 2 * (2 * 4 * 6 * 9 * 8));
  EXPECT_EQ(found.other, 5 * 2 * 4 * 6 * 9);
  EXPECT_EQ(flops_of(R"(g (float[2,6,4,8] q, float[2,9,4,8] k) => (float[2,4,6,9] s) { s = Einsum<equation = "bqhd,bkhd->bhqk">(q, k) })")
                .multiply_adds,
            2 * 4 * 6 * 9 * 8);
}

TEST(Flops, OfPoolsReductionsAndNormalisations) {
  EXPECT_EQ(flops_of("g (float[1,2,4,4] x) => (float[1,2,2,2] y) { y = MaxPool<kernel_shape = [3,2], strides = [1,2]>(x) }").other, 8 * 6);
  EXPECT_EQ(flops_of("g (float[1,2,4,4] x) => (float[1,2,1,1] y) { y = GlobalAveragePool(x) }").other, 32);
  EXPECT_EQ(flops_of("g (float[3,4] x, float[4] s) => (float[3,4] y) { y = LayerNormalization(x, s) }").other, 7 * 12);
  EXPECT_EQ(flops_of("g (float[3,4] a, float[3,4] b, float[4] c) => (float[3,4] y) { y = Max(a, b, c) }").other, 2 * 12);
}

TEST(Flops, AreNoneForMovingData) {
  EXPECT_EQ(flops_of("g (float[3,4] x) => (float[4,3] y) { t = Transpose(x) y = Identity(t) }").total(), 0);
}

TEST(Flops, AreNotKnownOfStrangersAndOpenShapes) {
  const auto unknown = [](const std::string&) { return std::optional<Shape>(); };
  EXPECT_FALSE(flops({.op = "Gemm", .inputs = {"x", "w"}, .outputs = {"y"}}, unknown));
  EXPECT_FALSE(flops({.op = "Loop", .outputs = {"y"}}, unknown));
  EXPECT_FALSE(flops({.op = "Gemm", .domain = "somebody", .outputs = {"y"}}, unknown));
  EXPECT_EQ(flops({.op = "Reshape", .inputs = {"x", "s"}, .outputs = {"y"}}, unknown)->total(), 0);
}

}  // namespace upkeep
