#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kDenseInput({2, 3}, std::vector<float>{1, 2, 3, -1, 0, 4});
const Tensor kKernel({3, 2}, std::vector<float>{1, -1, 0.5F, 2, -1, 0.25F});
const Tensor kBias({2}, std::vector<float>{10, -20});

TEST(Dense, MultipliesAndAdds) {  // by hand: [1 + 1 - 3, -1 + 4 + 0.75], [-1 - 4, 1 + 1]
  const Tensor y = apply("{dense: {units: 2}}", kDenseInput, {{"dense/kernel", kKernel}, {"dense/bias", kBias}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), testing::ElementsAre(9, -16.25, 5, -18));
}

TEST(Dense, WorksWithoutBiasAndWithActivation) {
  EXPECT_THAT(values(apply("{dense: {units: 2, use_bias: false, activation: relu}}", kDenseInput, {{"dense/kernel", kKernel}})),
              testing::ElementsAre(0, 3.75, 0, 2));
}

TEST(Dense, WorksOverTheLastOfManyAxes) {
  const Tensor x({1, 2, 3}, values(kDenseInput));
  const Tensor y = apply("{dense: {units: 2}}", x, {{"dense/kernel", kKernel}, {"dense/bias", kBias}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2}));
  EXPECT_THAT(values(y), testing::ElementsAre(9, -16.25, 5, -18));
}

TEST(Dense, ReadsIntegers) {
  const Tensor y = apply("{dense: {units: 2}}", kDenseInput.cast(DType::kInt32), {{"dense/kernel", kKernel}, {"dense/bias", kBias}});
  EXPECT_THAT(values(y), testing::ElementsAre(9, -16.25, 5, -18));
}

TEST(Dense, IsOneGemmInAGraph) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [3]}}, {dense: {units: 2}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  EXPECT_EQ(model.graph.nodes[0].op, "Gemm");
  EXPECT_EQ(model.graph.nodes[0].attributes.size(), 0U);
  EXPECT_EQ(model.graph.initializers.size(), 2U);
}

TEST(Dense, OwnsKernelAndBiasAsKerasDoes) {
  const auto specs = weight_specs(
      architecture_from_yaml("layers: [{input: {shape: [3]}}, {dense: {units: 2, kernel_initializer: he_normal, "
                             "kernel_regularizer: l2, bias_constraint: non_neg, bias_regularizer: {class_name: L1, config: {l1: 0.5}}}}]"));
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].name, "dense/kernel");
  EXPECT_EQ(specs[0].layer, "dense");
  EXPECT_EQ(specs[0].spec.shape, (Shape{3, 2}));
  EXPECT_EQ(specs[0].spec.initializer, Json("he_normal"));
  EXPECT_EQ(specs[0].spec.regularizer, Json("l2"));
  EXPECT_TRUE(specs[0].spec.trainable);
  EXPECT_EQ(specs[1].name, "dense/bias");
  EXPECT_EQ(specs[1].spec.regularizer["config"]["l1"], 0.5);
  EXPECT_EQ(specs[1].spec.constraint, Json("non_neg"));
}

TEST(Dense, IsNeitherPenalisedNorConstrainedWhileFrozen) {
  const auto specs = weight_specs(architecture_from_yaml(
      "layers: [{input: {shape: [3]}}, {dense: {units: 2, trainable: false, kernel_regularizer: l2, kernel_constraint: non_neg}}]"));
  EXPECT_FALSE(specs[0].spec.trainable);
  EXPECT_TRUE(specs[0].spec.regularizer.is_null());
  EXPECT_TRUE(specs[0].spec.constraint.is_null());
}

std::string error_with(const std::string& settings, const std::string& shape = "[3]") {
  return message_of([&] {
    const Architecture net = architecture_from_yaml("layers: [{input: {shape: " + shape + ", name: x}}, {dense: {" + settings + "}}]");
    build_model(net, initial_weights(net, 1));
  });
}

TEST(Dense, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(error_with("activation: relu"), testing::HasSubstr("layers[1]: a dense layer needs a number of units (such as units: 10)"));
  EXPECT_THAT(error_with("units: 0"), testing::HasSubstr("dense.units: 0 is outside [1, 16777216]"));
  EXPECT_THAT(error_with("units: many"), testing::HasSubstr("dense.units: expected an integer"));
  EXPECT_THAT(error_with("unit: 3"), testing::HasSubstr("unknown setting \"unit\" (did you mean \"units\"?"));
  EXPECT_THAT(error_with("units: 3, activation: rellu"), testing::HasSubstr("dense.activation: unknown activation \"rellu\""));
  EXPECT_THAT(error_with("units: 3, kernel_constraint: 7"), testing::HasSubstr("dense.kernel_constraint: expected NAME"));
  EXPECT_THAT(error_with("units: 3", "[]"),
              testing::HasSubstr("layer \"dense\" (dense, reads \"x\" [batch]): it expects an input of two axes or more"));
  EXPECT_THAT(error_with("units: 3", "[null]"), testing::HasSubstr("it expects a known size of the input's last axis, got [batch, ?]"));
}

// --- recognition ---------------------------------------------------------------------------------------------------

constexpr const char* kHead = "<ir_version: 10, opset_import: [\"\": 21]> g ";

std::string dense_graph(const std::string& initializers, const std::string& nodes, const std::string& input = "float[N, 3] x",
                        const std::string& output = "float[N, 2] y") {
  return kHead + ("(" + input + ") => (" + output + ") <" + initializers + "> { " + nodes + " }");
}

const std::string kWeights = "float[3, 2] w = {1, -1, 0.5, 2, -1, 0.25}, float[2] b = {10, -20}";

TEST(DenseRecognition, FindsGemm) {
  const std::string text = dense_graph(kWeights, "y = Gemm(x, w, b)");
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].kind, "dense");
  EXPECT_EQ(layers[0].settings, (Json{{"units", 2}}));
  expect_equal_answers(text, kDenseInput);
}

TEST(DenseRecognition, FindsPyTorchsGemmWithATransposedKernelAndFactors) {
  const std::string text = dense_graph("float[2, 3] w = {1, 0.5, -1, -1, 2, 0.25}, float[1, 2] b = {10, -20}",
                                       "y = Gemm <transB = 1, alpha = 2.0, beta = 0.5> (x, w, b)");
  EXPECT_EQ(recognised(text).size(), 1U);
  expect_equal_answers(text, kDenseInput);
}

TEST(DenseRecognition, FindsMatMulWithAndWithoutAdd) {
  EXPECT_EQ(recognised(dense_graph(kWeights, "m = MatMul(x, w) y = Add(m, b)"))[0].settings, (Json{{"units", 2}}));
  EXPECT_EQ(recognised(dense_graph(kWeights, "m = MatMul(x, w) y = Add(b, m)"))[0].settings, (Json{{"units", 2}}));
  EXPECT_EQ(recognised(dense_graph(kWeights, "y = MatMul(x, w)"))[0].settings, (Json{{"units", 2}, {"use_bias", false}}));
  expect_equal_answers(dense_graph(kWeights, "m = MatMul(x, w) y = Add(m, b)"), kDenseInput);
  expect_equal_answers(dense_graph(kWeights, "m = MatMul(x, w) y = Add(m, b)", "float[N, 2, 3] x", "float[N, 2, 2] y"),
                       Tensor({1, 2, 3}, values(kDenseInput)));
}

TEST(DenseRecognition, TakesTheActivationThatFollows) {
  const std::string text = dense_graph(kWeights, "m = MatMul(x, w) a = Add(m, b) s = Sigmoid(a) y = Mul(a, s)");
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].settings, (Json{{"units", 2}, {"activation", "silu"}}));
  expect_equal_answers(text, kDenseInput);
}

TEST(DenseRecognition, LeavesAnActivationAloneWhenSomebodyElseReadsTheSum) {
  const auto layers = recognised(dense_graph(kWeights, "z = Gemm(x, w, b) y = Relu(z)", "float[N, 3] x", "float[N, 2] y, float[N, 2] z"));
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].name, "z");
  EXPECT_EQ(layers[1].kind, "activation");
}

TEST(DenseRecognition, LeavesOtherProductsAlone) {
  EXPECT_THAT(message_of([] { recognised(dense_graph(kWeights, "t = Transpose(x) y = Gemm <transA = 1> (t, w, b)")); }),
              testing::HasSubstr("Transpose"));
  EXPECT_THAT(message_of([] { recognised(dense_graph(kWeights, "y = MatMul(x, v)", "float[N, 3] x, float[3, 2] v")); }),
              testing::HasSubstr("1 of the graph's nodes is no known layer: MatMul \"y\""));
  EXPECT_THAT(
      message_of([] { recognised(dense_graph("float[5, 1] w = {1, 2, 3, 4, 5}", "y = MatMul(w, x)", "float[1, 3] x", "float[5, 3] y")); }),
      testing::HasSubstr("MatMul"));
  EXPECT_THAT(message_of([] {
                recognised(dense_graph("float[3, 2] w = {1, -1, 0.5, 2, -1, 0.25}, float[4, 2] b = {1, 2, 3, 4, 5, 6, 7, 8}",
                                       "y = Gemm(x, w, b)", "float[4, 3] x", "float[4, 2] y"));
              }),
              testing::HasSubstr("Gemm"));
}

}  // namespace
}  // namespace upkeep::layers
