#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(LayerNormalization, NormalizesTheLastAxis) {
  const Tensor y = apply("layer_normalization",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {{"layer_normalization/gamma", Tensor({2}, std::vector<float>{0.375F, -0.25F})},
                          {"layer_normalization/beta", Tensor({2}, std::vector<float>{0.625F, 0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.9970355F, 0.62302375F, 0.625F, 0.375F, 0.25024465F, 0.12516311F, 0.29039168F, 0.15192789F, 0.9970355F,
                               0.6230237F, 0.9990242F, 0.6243495F},
                              64));
}

TEST(LayerNormalization, NormalizesSeveralAxes) {
  const Tensor y = apply("{layer_normalization: {axis: [1, 2], epsilon: 0.01}}",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {{"layer_normalization/gamma", Tensor({3, 2}, std::vector<float>{0.375F, 0.375F, -0.125F, 0.5F, 0.375F, 0.25F})},
                          {"layer_normalization/beta", Tensor({3, 2}, std::vector<float>{-0.625F, 0.125F, -0.875F, -1, -0.125F, -0.5F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.22903275F, 0.28338692F, -0.74961036F, -1.5015585F, -0.4417738F, -0.15682834F, -0.6938218F, 0.1594109F,
                               -1.0585248F, -0.81647515F, -0.090589106F, -0.9588121F},
                              16));
}

TEST(LayerNormalization, NormalizesAnInnerAxis) {
  const Tensor y = apply("{layer_normalization: {axis: 1, center: false}}",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {{"layer_normalization/gamma", Tensor({3}, std::vector<float>{0.125F, 1.125F, -0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.17619243F, 0.020260617F, -0.8880098F, -1.4587648F, 0.23257397F, -0.42547306F, -0.11061249F, 0.070067145F,
                               1.5643766F, 0.9459065F, 0.1896214F, 0.52550364F},
                              16));
}

TEST(LayerNormalization, WorksWithoutGammaAndBeta) {
  const Tensor y = apply("{layer_normalization: {scale: false, center: false}}",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.99209476F, -0.99209476F, 0, 0, -0.9993476F, 0.99934757F, -0.8922882F, 0.89228845F, 0.99209464F,
                               -0.9920947F, 0.99739796F, -0.9973979F},
                              16));
}

TEST(LayerNormalization, OnlyDividesWithRmsScaling) {
  const Tensor y = apply("{layer_normalization: {rms_scaling: true}}",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {{"layer_normalization/gamma", Tensor({2}, std::vector<float>{-0.25F, 0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-1.2401184F, 0.3720355F, 2.9646351F, -1.4823176F, 0.07138197F, 0.21414591F, 1.3384324F, -0.44614413F,
                               -0.3720355F, -0.06200592F, 0.14248542F, -0.3205922F},
                              16));
}

TEST(LayerNormalizationRecognition, FindsItWithAndWithoutBeta) {
  const auto graph = [](const std::string& inputs, const std::string& attributes) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 2] x) => (float[N, 2, 2] y) <float[2] s = {1, -2}, float[2] b = "
           "{0.5, 3}, "
           "float[2, 2] m = {1, 2, 3, 4}> { y = LayerNormalization " +
           attributes + " (" + inputs + ") }";
  };
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 5});
  EXPECT_EQ(recognised(graph("x, s, b", ""))[0].settings, (Json{{"epsilon", 1e-5}}));
  expect_equal_answers(graph("x, s, b", ""), x);
  const std::string both = graph("x, m", "<axis = 1, epsilon = 0.01>");
  EXPECT_EQ(recognised(both)[0].settings, (Json{{"center", false}, {"axis", {1, 2}}, {"epsilon", 0.01}}));
  expect_equal_answers(both, x);
}

TEST(LayerNormalizationRecognition, FindsItWrittenOut) {
  const auto graph = [](const std::string& square, const std::string& end) {
    return "<ir_version: 8, opset_import: [\"\": 13]> g (float[N, 2, 3] x) => (float[N, 2, 3] y) <float two = {2}, float e = {0.00001}, "
           "float[3] s = {1, -2, 3}, float[3] b = {0.5, 3, 1}> { m = ReduceMean <axes = [-1]> (x) d = Sub (x, m) q = " +
           square + " v = ReduceMean <axes = [-1]> (q) a = Add (v, e) r = Sqrt (a) n = Div (d, r) " + end + " }";
  };
  const Tensor x({1, 2, 3}, std::vector<float>{1, 2, 4, 3, 5, -1});
  for (const char* square : {"Pow (d, two)", "Mul (d, d)"}) {
    const std::string whole = graph(square, "g = Mul (n, s) y = Add (g, b)");
    EXPECT_EQ(recognised(whole)[0].kind, "layer_normalization");
    EXPECT_EQ(recognised(whole)[0].settings, (Json{{"epsilon", 1e-5}}));
    expect_equal_answers(whole, x);
  }
  const std::string bare = graph("Mul (d, d)", "y = Relu (n)");
  EXPECT_EQ(recognised(bare)[0].settings, (Json{{"epsilon", 1e-5}, {"scale", false}, {"center", false}}));
  expect_equal_answers(bare, x);
}

TEST(LayerNormalization, SaysWhichAxesThereAre) {
  EXPECT_THAT(message_of([] { apply("{layer_normalization: {axis: 3}}", Tensor({1, 2}, std::vector<float>{1, 2})); }),
              testing::HasSubstr("axis 3 is outside the input [batch, 2]"));
  EXPECT_THAT(message_of([] { apply("{layer_normalization: {axis: [1, -1]}}", Tensor({1, 2}, std::vector<float>{1, 2})); }),
              testing::HasSubstr("names one axis of the input [batch, 2] twice"));
}

}  // namespace
}  // namespace upkeep::layers
