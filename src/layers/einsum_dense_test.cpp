#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(EinsumDense, MultipliesAlongAnEquation) {
  const Tensor y = apply("{einsum_dense: {equation: 'abc,cd->abd', output_shape: [null, 2], bias_axes: d}}",
                         Tensor({1, 3, 2}, std::vector<float>{1.125F, 1.25F, 1.125F, 1.375F, 0.625F, -1.5F}),
                         {{"einsum_dense/kernel", Tensor({2, 2}, std::vector<float>{-0.125F, 0.125F, -0.25F, 0.5F})},
                          {"einsum_dense/bias", Tensor({2}, std::vector<float>{-0.125F, -0.5F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.578125F, 0.265625F, -0.609375F, 0.328125F, 0.171875F, -1.171875F}));
}

TEST(EinsumDense, HasDotsOnTheLeft) {
  const Tensor y =
      apply("{einsum_dense: {equation: '...x,xyz->...yz', output_shape: [2, 2], bias_axes: yz, activation: relu}}",
            Tensor({1, 2, 2}, std::vector<float>{1.5F, 0.625F, 0.25F, 0.875F}),
            {{"einsum_dense/kernel", Tensor({2, 2, 2}, std::vector<float>{0.5F, 0.125F, -1.25F, -0.375F, -0.25F, -0.5F, 0.125F, 0.625F})},
             {"einsum_dense/bias", Tensor({2, 2}, std::vector<float>{-0.25F, -0.625F, 1, -0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  EXPECT_THAT(values(y), Near({0.34375F, 0, 0, 0, 0, 0, 0.796875F, 0.203125F}));
}

TEST(EinsumDense, HasDotsOnTheRight) {
  const Tensor y = apply("{einsum_dense: {equation: 'ab...,bc->ac...', output_shape: 3, bias_axes: c}}",
                         Tensor({1, 2, 2}, std::vector<float>{-1.25F, 0.25F, 0.375F, -0.75F}),
                         {{"einsum_dense/kernel", Tensor({2, 3}, std::vector<float>{0.375F, -0.25F, -0.5F, 0.125F, 0.375F, -0.375F})},
                          {"einsum_dense/bias", Tensor({3, 1}, std::vector<float>{0.125F, 0.375F, 1.375F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.296875F, 0.125F, 0.828125F, 0.03125F, 1.859375F, 1.53125F}));
}

TEST(EinsumDense, SaysWhatIsWrongWithAnEquation) {
  const auto error = [](const std::string& settings) {
    return message_of([&] {
      const Architecture net = architecture_from_yaml("layers: [{input: {shape: [3, 2]}}, {einsum_dense: {" + settings + "}}]");
      build_model(net, initial_weights(net, 1));
    });
  };
  EXPECT_THAT(error("equation: 'abc,cd->abd'"), testing::HasSubstr("an einsum_dense layer needs an equation and an output_shape"));
  EXPECT_THAT(error("equation: 'abc->abd', output_shape: [3, 4]"), testing::HasSubstr("it is no product of two operands"));
  EXPECT_THAT(error("equation: 'ab,bc->ac', output_shape: 4"), testing::HasSubstr("the input [batch, 3, 2] has 3 axes"));
  EXPECT_THAT(error("equation: 'abc,cd->abd', output_shape: [3]"), testing::HasSubstr("output_shape [3] has no size for each letter"));
  EXPECT_THAT(error("equation: 'abc,cd->abd', output_shape: [5, 4]"),
              testing::HasSubstr("\"b\" has size 3 in the input and 5 in output_shape"));
  EXPECT_THAT(error("equation: 'abc,cd->abd', output_shape: [null, 4], bias_axes: x"),
              testing::HasSubstr("bias_axes \"x\" are not letters"));
}

// Glorot's limit is sqrt(6 / (inputs + outputs)), with 2 inputs and 3 * 5 outputs: 0.594.
TEST(EinsumDense, TellsTheInitialiserWhichAxesAreOutputs) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [3, 2]}}, {einsum_dense: {equation: 'abc,cde->abde', output_shape: [null, 3, 5], name: e}}]");
  const Json initializer = weight_specs(net)[0].spec.initializer;
  EXPECT_EQ(initializer["config"]["input_axes"], Json({0}));
  EXPECT_EQ(initializer["config"]["output_axes"], Json({1, 2}));
}

}  // namespace
}  // namespace upkeep::layers
