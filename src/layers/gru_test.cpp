#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(Gru, GivesTheLastOutput) {
  const Tensor y = apply(
      "{gru: {units: 2}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"gru/kernel",
        Tensor({2, 6}, std::vector<float>{-0.5F, -0.75F, -0.125F, 0.75F, -1.375F, 0.25F, -0.5F, 0.5F, -0.5F, -0.125F, -0.75F, -0.5F})},
       {"gru/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{0.75F, 0.375F, -0.25F, -0.375F, -1, -0.25F, 0.375F, 0.375F, 0.375F, -0.5F, 0.375F, 0.375F})},
       {"gru/bias", Tensor({2, 6}, std::vector<float>{0.625F, 0.875F, -0.125F, -0.375F, 0.375F, -0.25F, -0.375F, 0.375F, -0.5F, 0.25F,
                                                      0.375F, 0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({0.14472425F, 0.101780385F, 0.5464498F, -0.004961204F}, 16));
}

TEST(Gru, ResetsBeforeTheMultiplication) {
  const Tensor y = apply(
      "{gru: {units: 2, reset_after: false, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"gru/kernel", Tensor({2, 6}, std::vector<float>{-0.125F, -0.375F, -0.5F, -0.125F, -0.25F, 0.125F, 0.375F, -0.625F, 0.375F, -0.625F,
                                                        -0.25F, -0.125F})},
       {"gru/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{-1, 0.375F, 0.125F, -0.125F, -0.25F, -0.125F, -0.5F, -0.125F, -0.25F, 0.375F, -0.625F, 0.125F})},
       {"gru/bias", Tensor({6}, std::vector<float>{0.125F, -0.125F, -0.25F, 0.25F, -0.875F, 0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.3747671F, 0.18890452F, -0.50331044F, 0.27466762F, -0.6073499F, 0.3411505F, -0.290528F, 0.12493957F,
                               -0.4013621F, 0.012697648F, -0.48329696F, 0.106979795F},
                              16));
}

TEST(Gru, WorksWithoutBias) {
  const Tensor y = apply(
      "{gru: {units: 2, use_bias: false, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"gru/kernel",
        Tensor({2, 6}, std::vector<float>{0.125F, 0.125F, 0.25F, -0.375F, -0.125F, 0.375F, 0.25F, 0.125F, -0.75F, 0.25F, 0.625F, 0.5F})},
       {"gru/recurrent_kernel", Tensor({2, 6}, std::vector<float>{0.125F, -0.75F, 0.5F, -0.125F, -1.25F, 0.25F, -0.75F, -0.625F, -0.375F,
                                                                  0.625F, -0.125F, 0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.06332307F, 0.20324974F, -0.2631161F, -0.0795702F, -0.2160298F, -0.0858571F, -0.3421266F, -0.29303816F,
                               0.1272389F, -0.12614104F, 0.13945219F, -0.089108296F},
                              16));
}

TEST(Gru, WritesOutActivationsThatOnnxDoesNotKnow) {
  const Tensor y = apply(
      "{gru: {units: 2, activation: silu, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"gru/kernel",
        Tensor({2, 6}, std::vector<float>{0.875F, 0.75F, 0.375F, -0.125F, -0.625F, -0.375F, 0.25F, 0.25F, 0.375F, 0.5F, -0.375F, 0.375F})},
       {"gru/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{0.375F, 0.25F, 0.5F, 0.25F, -0.125F, 0.125F, -0.5F, -0.875F, 0.25F, 0.375F, 0.125F, -0.875F})},
       {"gru/bias", Tensor({2, 6}, std::vector<float>{-0.125F, -0.25F, -0.375F, -1.125F, -0.125F, 0.5F, 0.25F, -0.25F, 0.375F, 0.375F,
                                                      -1.375F, 0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.07962844F, 0.13922314F, -0.1376661F, 0.1326796F, -0.18957761F, 0.11471729F, -0.040295016F, 0.07994861F,
                               -0.1479385F, 1.0703878F, -0.18484989F, 0.4328595F},
                              16));
}

TEST(Gru, WritesOutTheEarlyReset) {
  const Tensor y = apply(
      "{gru: {units: 2, activation: silu, reset_after: false, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"gru/kernel",
        Tensor({2, 6}, std::vector<float>{0.25F, 0.375F, 0.875F, 0.625F, 0.125F, 0.125F, 0.375F, -0.25F, 0.375F, 0.5F, 1, -0.125F})},
       {"gru/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{0.375F, 0.125F, 0.625F, 0.375F, 0.75F, -0.5F, -0.125F, -0.125F, 0.375F, 0.5F, -0.75F, -0.5F})},
       {"gru/bias", Tensor({6}, std::vector<float>{0.125F, -0.375F, -0.75F, 0.5F, 0.25F, 0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.18779513F, 0.093115404F, -0.0040211603F, 0.1361948F, -0.056551952F, 0.16567278F, -0.1506475F, 0.118925616F,
                               0.40149677F, -0.0091456175F, 0.37240192F, 0.029854214F},
                              16));
}

TEST(Gru, SkipsMaskedStepsBackwards) {
  const Tensor y = apply(
      "{masking: {mask_value: 99}}, {gru: {units: 2, go_backwards: true, return_sequences: true, zero_output_for_mask: true}}",
      Tensor({2, 3, 2}, std::vector<float>{99, 99, 0.125F, -0.75F, 99, 99, -0.125F, -1.125F, 99, 99, -0.5F, 0.25F}),
      {{"gru/kernel",
        Tensor({2, 6}, std::vector<float>{-0.25F, 0.5F, -0.125F, 0.5F, -0.5F, -0.375F, 0.125F, -0.375F, 0.375F, 0.125F, -0.5F, 0.375F})},
       {"gru/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{-0.125F, 0.5F, -0.375F, -0.25F, 0.625F, 1.125F, 1, 0.375F, 0.125F, 0.75F, 0.375F, -0.5F})},
       {"gru/bias", Tensor({2, 6}, std::vector<float>{0.375F, 0.25F, -0.375F, -0.875F, -0.75F, 0.375F, -0.375F, -0.125F, 0.125F, 0.25F,
                                                      -0.125F, 0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0, 0, -0.23846067F, 0.05061772F, 0, 0, -0.27406707F, 0.3459581F, 0, 0, -0.2356645F, 0.18012238F}, 16));
}

TEST(Gru, DropsStateAndInputsOfEachGate) {
  const Tensors y = apply_training(
      "{gru: {units: 2, dropout: 0.25, recurrent_dropout: 0.5}}",
      Tensor({2, 3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1, 0.375F, 1.375F, -0.5F, -0.625F, 0.5F, 0.375F}),
      {{"gru/kernel",
        Tensor({2, 6}, std::vector<float>{0.375F, 0.25F, -0.5F, 0.375F, 0.375F, -0.5F, 0.125F, -0.375F, 0.5F, 0.125F, 0.375F, -0.25F})},
       {"gru/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{0.375F, -1, -0.625F, 0.125F, -1.125F, 0.375F, -0.875F, 0.375F, -0.375F, 0.375F, 0.125F, -0.75F})},
       {"gru/bias", Tensor({2, 6}, std::vector<float>{0.625F, 0.75F, 0.375F, -0.125F, -0.125F, -0.5F, 0.5F, -0.25F, 0.375F, -0.375F,
                                                      -0.375F, -0.625F})},
       {"gru/dropout",
        Tensor({2, 3, 2}, std::vector<float>{0.125F, 0.375F, 0.125F, 0.5F, 0.5F, 0.875F, 0.625F, 0.25F, 0.75F, 0.75F, 0.625F, 0.625F})},
       {"gru/recurrent_dropout",
        Tensor({2, 3, 2}, std::vector<float>{0.25F, 0.625F, 0.125F, 0.625F, 0.875F, 0.875F, 0.25F, 0.25F, 0.5F, 0.375F, 0.625F, 0.125F})}});
  EXPECT_THAT(values(y.at("y")), Near({-0.26270282F, -0.15192966F, -0.09146116F, -0.546376F}, 16));
}

TEST(Gru, DropsTheStateBeforeAnEarlyReset) {
  const Tensors y = apply_training(
      "{gru: {units: 2, recurrent_dropout: 0.5, reset_after: false}}",
      Tensor({2, 3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1, 0.375F, 1.375F, -0.5F, -0.625F, 0.5F, 0.375F}),
      {{"gru/kernel", Tensor({2, 6}, std::vector<float>{-0.375F, 0.875F, -0.375F, -0.5F, 0.125F, 0.75F, -0.75F, -0.125F, -0.375F, -0.875F,
                                                        0.375F, 0.375F})},
       {"gru/recurrent_kernel", Tensor({2, 6}, std::vector<float>{0.375F, -0.375F, 0.25F, -0.25F, -0.125F, -0.5F, -0.625F, 0.625F, -0.25F,
                                                                  0.125F, 0.375F, -0.25F})},
       {"gru/bias", Tensor({6}, std::vector<float>{-0.25F, 0.375F, -0.125F, -0.125F, 0.375F, 0.625F})},
       {"gru/recurrent_dropout",
        Tensor({2, 3, 2}, std::vector<float>{0.875F, 0.125F, 0.875F, 0.5F, 0.125F, 0, 0.25F, 0.5F, 0, 0.125F, 0, 0.625F})}});
  EXPECT_THAT(values(y.at("y")), Near({0.12814046F, 0.022796333F, 0.5113019F, 0.33946466F}, 16));
}

TEST(Gru, OwnsABiasForInputAndState) {
  const auto bias = [](const std::string& setting) {
    return weight_specs(architecture_from_yaml("layers: [{input: {shape: [null, 3]}}, {gru: {units: 2" + setting + "}}]"))[2].spec.shape;
  };
  EXPECT_EQ(bias(""), (Shape{2, 6}));
  EXPECT_EQ(bias(", reset_after: false"), (Shape{6}));
}

std::string gru_graph(const std::string& attributes) {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, T, 1] x) => (float[N, T, 1] y) <float[1, 3, 1] w = {0.5, -1, 2}, "
         "float[1, 3, 1] r = {1, 0.5, 0.75}, float[1, 6] b = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, int64[1] one = {1}> { t = Transpose <perm = "
         "[1, "
         "0, 2]> (x) all, last = GRU <hidden_size = 1" +
         attributes + "> (t, w, r, b) s = Squeeze(all, one) y = Transpose <perm = [1, 0, 2]> (s) }";
}

TEST(GruRecognition, FindsBothPlacesOfTheReset) {
  const Tensor x({2, 3, 1}, std::vector<float>{1, -2, 0.5F, 0.25F, 3, -1});
  EXPECT_EQ(recognised(gru_graph(""))[0].settings, (Json{{"units", 1}, {"reset_after", false}, {"return_sequences", true}}));
  EXPECT_EQ(recognised(gru_graph(", linear_before_reset = 1"))[0].settings, (Json{{"units", 1}, {"return_sequences", true}}));
  expect_equal_answers(gru_graph(""), x, 16);
  expect_equal_answers(gru_graph(", linear_before_reset = 1"), x, 16);
}

}  // namespace
}  // namespace upkeep::layers
