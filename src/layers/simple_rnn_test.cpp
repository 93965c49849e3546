#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(SimpleRnn, GivesEachOutput) {
  const Tensor y = apply(
      "{simple_rnn: {units: 2, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"simple_rnn/kernel", Tensor({2, 2}, std::vector<float>{-0.5F, -0.125F, -0.5F, 0.625F})},
       {"simple_rnn/recurrent_kernel", Tensor({2, 2}, std::vector<float>{0.375F, -0.375F, -0.125F, -0.125F})},
       {"simple_rnn/bias", Tensor({2}, std::vector<float>{0.375F, -0.75F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.1853332F, -0.543687F, 0.59538096F, -0.7993879F, 0.60321856F, -0.84781873F, 0.7615942F, -0.8931933F,
                               0.61051816F, 0.09142038F, 0.6153688F, -0.64787155F},
                              16));
}

TEST(SimpleRnn, TakesRelu) {
  const Tensor y = apply(
      "{simple_rnn: {units: 2, activation: relu, use_bias: false}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"simple_rnn/kernel", Tensor({2, 2}, std::vector<float>{-0.5F, -0.25F, 1.25F, 0.5F})},
       {"simple_rnn/recurrent_kernel", Tensor({2, 2}, std::vector<float>{0.375F, 0.375F, 1, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({0, 0, 2.4414062F, 1.0039062F}, 16));
}

TEST(SimpleRnn, WritesOutActivationsThatOnnxDoesNotKnow) {
  const Tensor y = apply(
      "{simple_rnn: {units: 2, activation: gelu, go_backwards: true, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"simple_rnn/kernel", Tensor({2, 2}, std::vector<float>{-0.125F, 0.625F, 0.25F, 0.375F})},
       {"simple_rnn/recurrent_kernel", Tensor({2, 2}, std::vector<float>{-0.25F, 1, 0.875F, 0.25F})},
       {"simple_rnn/bias", Tensor({2}, std::vector<float>{0.375F, -1})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.10769357F, -0.16693859F, -0.00055932906F, -0.14525528F, 0.14831612F, -0.14300166F, 0.34573123F,
                               -0.13585353F, 0.50124955F, -0.16223007F, -0.06904035F, -0.15520065F},
                              16));
}

TEST(SimpleRnn, SkipsMaskedSteps) {
  const Tensor y = apply("{masking: {mask_value: 99}}, {simple_rnn: {units: 2}}",
                         Tensor({2, 3, 2}, std::vector<float>{99, 99, 0.125F, -0.75F, 99, 99, -0.125F, -1.125F, 99, 99, -0.5F, 0.25F}),
                         {{"simple_rnn/kernel", Tensor({2, 2}, std::vector<float>{0.375F, -0.125F, 0.25F, 0.375F})},
                          {"simple_rnn/recurrent_kernel", Tensor({2, 2}, std::vector<float>{-0.125F, -0.875F, 0.125F, -0.375F})},
                          {"simple_rnn/bias", Tensor({2}, std::vector<float>{-0.125F, -0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({-0.25954923F, -0.49817446F, -0.26262403F, 0.45707276F}, 16));
}

TEST(SimpleRnn, DropsStateAndInputs) {
  const Tensors y = apply_training(
      "{simple_rnn: {units: 2, dropout: 0.25, recurrent_dropout: 0.5, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1, 0.375F, 1.375F, -0.5F, -0.625F, 0.5F, 0.375F}),
      {{"simple_rnn/kernel", Tensor({2, 2}, std::vector<float>{-0.125F, 0.25F, 0.375F, 0.375F})},
       {"simple_rnn/recurrent_kernel", Tensor({2, 2}, std::vector<float>{0.5F, -0.25F, 0.75F, -0.625F})},
       {"simple_rnn/bias", Tensor({2}, std::vector<float>{0.375F, 0.25F})},
       {"simple_rnn/dropout", Tensor({2, 1, 2}, std::vector<float>{0.125F, 0.75F, 0.375F, 0.875F})},
       {"simple_rnn/recurrent_dropout", Tensor({2, 1, 2}, std::vector<float>{0.875F, 0.75F, 0, 0})}});
  EXPECT_THAT(values(y.at("y")), Near({0.46211714F, 0.3583574F, 0.7339116F, -0.69959426F, -0.4140421F, 0.25199035F, 0.7615942F, 0.7866189F,
                                       0.14480825F, -0.22523747F, 0.44557598F, 0.5400078F},
                                      16));
}

TEST(SimpleRnnRecognition, FindsItWithItsActivation) {
  const auto graph = [](const std::string& attributes) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, T, 1] x) => (float[N, 1] y) <float[1, 1, 1] w = {0.5}, float[1, 1, 1] r "
           "= "
           "{-0.75}, float[1, 2] b = {0.1, 0.2}, int64[1] zero = {0}> { t = Transpose <perm = [1, 0, 2]> (x) all, last = RNN <hidden_size "
           "= 1" +
           attributes + "> (t, w, r, b) y = Squeeze(last, zero) }";
  };
  EXPECT_EQ(recognised(graph(""))[0].settings, (Json{{"units", 1}}));
  EXPECT_EQ(recognised(graph(", activations = [\"Relu\"]"))[0].settings, (Json{{"units", 1}, {"activation", "relu"}}));
  expect_equal_answers(graph(", activations = [\"Relu\"]"), Tensor({2, 3, 1}, std::vector<float>{1, -2, 0.5F, 0.25F, 3, -1}));
  EXPECT_THAT(message_of([&] { recognised(graph(", activations = [\"Softsign\"]")); }), testing::HasSubstr("RNN"));
}

}  // namespace
}  // namespace upkeep::layers
