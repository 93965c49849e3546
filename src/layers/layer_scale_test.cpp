#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(LayerScale, MultipliesEachChannel) {
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  EXPECT_THAT(values(apply("{layer_scale: {projection_dim: 2, name: s}}", x, {{"s/gamma", Tensor({2}, std::vector<float>{10, 100})}})),
              testing::ElementsAre(10, 200, 30, 400));
}

TEST(LayerScale, StartsAtItsValue) {
  const Architecture net =
      architecture_from_yaml("layers: [{input: {shape: [2]}}, {layer_scale: {projection_dim: 2, init_values: 0.5, name: s}}]");
  EXPECT_THAT(values(*find(initial_weights(net, 1), "s/gamma")), testing::ElementsAre(0.5F, 0.5F));
}

TEST(LayerScale, SaysHowManyChannelsThereAre) {
  const Tensor x({1, 3}, std::vector<float>{1, 2, 3});
  EXPECT_THAT(message_of([&] { apply("{layer_scale: {projection_dim: 2}}", x); }), testing::HasSubstr("2 factors and reads 3 channels"));
}

TEST(LayerScale, RecognisesAFactorForEachChannel) {
  const std::string product = R"(<ir_version: 10, opset_import: ["": 21]> g (float[N, 2, 3, 2] x) => (float[N, 2, 3, 2] y)
    <float[2, 1, 1] factors = {3, -2}> { y = Mul(factors, x) })";
  expect_equal_answers(product, Tensor({1, 2, 3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  const std::vector<LayerSpec> layers = recognised(product);
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[1].kind, "layer_scale");
  EXPECT_EQ(layers[2].name, "y");
}

TEST(StochasticDepth, DropsWholeSamplesInTraining) {  // kept where the chance reaches 0.75, and 1 / (1 - 0.75) = 4 times as large
  const Tensor x({2, 2}, std::vector<float>{1, 2, 3, 4});
  const Tensors y = apply_training("{stochastic_depth: {drop_path_rate: 0.75, name: d}}", x,
                                   {{"d/uniform", Tensor({2, 1}, std::vector<float>{0.5F, 0.8F})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(0, 0, 12, 16));
  EXPECT_THAT(values(apply("{stochastic_depth: {drop_path_rate: 0.75}}, {rescaling: {scale: 1}}", x)), testing::ElementsAre(1, 2, 3, 4));
}

TEST(CustomScaleLayer, AddsAMultiple) {
  EXPECT_THAT(values(apply_to("{custom_scale_layer: {scale: 0.5, inputs: INPUTS}}",
                              {Tensor({1, 2}, std::vector<float>{1, 2}), Tensor({1, 2}, std::vector<float>{10, 20})})),
              testing::ElementsAre(6, 12));
}

}  // namespace
}  // namespace upkeep::layers
