#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(BatchNormalization, TakesTheMovingStatisticsAtInference) {
  const Tensor y = apply("{batch_normalization: {}}", Tensor({3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1}),
                         {{"batch_normalization/gamma", Tensor({2}, std::vector<float>{0.375F, 0.625F})},
                          {"batch_normalization/beta", Tensor({2}, std::vector<float>{-0.25F, -0.25F})},
                          {"batch_normalization/moving_mean", Tensor({2}, std::vector<float>{0.25F, 0.125F})},
                          {"batch_normalization/moving_variance", Tensor({2}, std::vector<float>{0.875F, 1})}});
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_THAT(values(y), Near({-0.19991711F, -0.17191403F, -0.45033145F, -0.87468773F, -0.5504972F, -0.9527737F}));
}

TEST(BatchNormalization, TakesTheMovingStatisticsOfTheLastAxis) {
  const Tensor y = apply("{batch_normalization: {scale: false}}",
                         Tensor({1, 2, 2, 2}, std::vector<float>{0.375F, 0.75F, -1.375F, -0.5F, -1.875F, -1.25F, -1.875F, -0.25F}),
                         {{"batch_normalization/beta", Tensor({2}, std::vector<float>{-0.625F, 0.125F})},
                          {"batch_normalization/moving_mean", Tensor({2}, std::vector<float>{0.125F, -0.125F})},
                          {"batch_normalization/moving_variance", Tensor({2}, std::vector<float>{1.75F, 0.75F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  EXPECT_THAT(values(y), Near({-0.43607172F, 1.13469F, -1.7585695F, -0.3077243F, -2.136426F, -1.173173F, -2.136426F, -0.019241422F}));
}

TEST(BatchNormalization, TakesTheBatchWhileTrainingAndMovesTheStatistics) {
  const Tensors y = apply_training("{batch_normalization: {momentum: 0.75}}",
                                   Tensor({3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1}),
                                   {{"batch_normalization/gamma", Tensor({2}, std::vector<float>{0.375F, 0.375F})},
                                    {"batch_normalization/beta", Tensor({2}, std::vector<float>{-0.75F, -0.25F})},
                                    {"batch_normalization/moving_mean", Tensor({2}, std::vector<float>{-0.5F, -0.375F})},
                                    {"batch_normalization/moving_variance", Tensor({2}, std::vector<float>{1, 0.875F})}});
  EXPECT_THAT(values(y.at("y")), Near({-0.24234635F, 0.27730635F, -0.8769134F, -0.47202376F, -1.1307402F, -0.5552826F}));
  EXPECT_THAT(values(y.at("batch_normalization/moving_mean")), Near({-0.40625F, -0.4166667F}));
  EXPECT_THAT(values(y.at("batch_normalization/moving_variance")), Near({0.7838542F, 0.7352431F}));
}

TEST(BatchNormalization, WorksOverAnotherAxis) {
  const Tensors y = apply_training("{batch_normalization: {axis: 1, center: false, epsilon: 0.01}}",
                                   Tensor({2, 2, 3}, std::vector<float>{0.375F, 0.875F, -0.625F, -0.125F, 0.125F, 0.125F, -1.25F, 0.125F,
                                                                        1.375F, -1.5F, 0.875F, 0.125F}),
                                   {{"batch_normalization/gamma", Tensor({2}, std::vector<float>{-0.375F, 1})},
                                    {"batch_normalization/moving_mean", Tensor({2}, std::vector<float>{0.375F, -0.625F})},
                                    {"batch_normalization/moving_variance", Tensor({2}, std::vector<float>{0.875F, 0.75F})}});
  EXPECT_THAT(values(y.at("y")), Near({-0.097118266F, -0.30901265F, 0.32667053F, -0.08674579F, 0.26023737F, 0.26023737F, 0.5915385F,
                                       0.008828931F, -0.52090704F, -1.9951532F, 1.3011868F, 0.26023737F}));
  EXPECT_THAT(values(y.at("batch_normalization/moving_mean")), Near({0.37270835F, -0.619375F}));
  EXPECT_THAT(values(y.at("batch_normalization/moving_variance")), Near({0.87398005F, 0.74759114F}));
}

TEST(BatchNormalization, LeavesMaskedStepsOutOfTheBatch) {
  const Tensors y =
      apply_training("{masking: {mask_value: 99}}, {batch_normalization: {momentum: 0.5}}",
                     Tensor({2, 3, 2}, std::vector<float>{-0.25F, 0.625F, -0.125F, 0.625F, 99, 99, 0.25F, -0.5F, 99, 99, 99, 99}),
                     {{"batch_normalization/gamma", Tensor({2}, std::vector<float>{0.5F, 0.625F})},
                      {"batch_normalization/beta", Tensor({2}, std::vector<float>{-0.625F, -0.375F})},
                      {"batch_normalization/moving_mean", Tensor({2}, std::vector<float>{0.375F, -1})},
                      {"batch_normalization/moving_variance", Tensor({2}, std::vector<float>{0.75F, 0.875F})}});
  EXPECT_THAT(values(y.at("y")), Near({-1.109948F, 0.066158175F, -0.8189792F, 0.066158175F, -0.52801037F, -0.6691054F, 0.053927302F,
                                       -1.2573164F, -0.52801037F, -0.6691054F, -0.52801037F, -0.6691054F}));
  EXPECT_THAT(values(y.at("batch_normalization/moving_mean")), Near({0.16666667F, -0.375F}));
  EXPECT_THAT(values(y.at("batch_normalization/moving_variance")), Near({0.39756945F, 0.578125F}));
}

TEST(BatchNormalization, StaysInInferenceModeWhenItIsFrozen) {
  Model model;
  Ops ops(model);
  const ForwardGraph forward =
      build_training_forward(architecture_from_yaml("layers: [{input: {shape: [2]}}, {batch_normalization: {trainable: false}}]"), ops);
  EXPECT_TRUE(forward.updates.empty());
  EXPECT_TRUE(std::ranges::none_of(forward.weights, [](const NamedWeight& weight) { return weight.spec.trainable; }));
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  EXPECT_EQ(model.graph.nodes[0].op, "BatchNormalization");
}

TEST(BatchNormalization, OwnsItsWeightsAsKerasDoes) {
  const auto specs =
      weight_specs(architecture_from_yaml("layers: [{input: {shape: [3]}}, {batch_normalization: {gamma_regularizer: l2}}]"));
  ASSERT_EQ(specs.size(), 4U);
  EXPECT_EQ(specs[0].name, "batch_normalization/gamma");
  EXPECT_EQ(specs[0].spec.regularizer, Json("l2"));
  EXPECT_EQ(specs[1].name, "batch_normalization/beta");
  EXPECT_EQ(specs[2].name, "batch_normalization/moving_mean");
  EXPECT_FALSE(specs[2].spec.trainable);
  EXPECT_EQ(specs[3].name, "batch_normalization/moving_variance");
  EXPECT_EQ(specs[3].spec.initializer, Json("ones"));
}

TEST(BatchNormalization, RefusesRenormalizationByName) {
  EXPECT_THAT(message_of([] { architecture_from_yaml("layers: [{input: {shape: [3]}}, {batch_normalization: {renorm: true}}]"); }),
              testing::HasSubstr("batch renormalization (renorm: true) is not supported"));
}

std::string normalized_graph(const std::string& attributes = "") {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 2] x) => (float[N, 2, 2] y) <float[2] s = {1, -2}, float[2] b = {0.5, "
         "3}, "
         "float[2] m = {1, 2}, float[2] v = {4, 0.25}> { y = BatchNormalization " +
         attributes + " (x, s, b, m, v) }";
}

TEST(BatchNormalizationRecognition, FindsItWithItsEpsilon) {
  const auto layers = recognised(normalized_graph("<epsilon = 0.001, momentum = 0.8>"));
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].settings, (Json{{"axis", 1}, {"epsilon", 0.001}, {"momentum", 0.8}}));
  EXPECT_EQ(recognised(normalized_graph())[0].settings["epsilon"], 1e-5);
  expect_equal_answers(normalized_graph(), Tensor({1, 2, 2}, std::vector<float>{1, 2, 3, 4}));
}

TEST(BatchNormalizationRecognition, LeavesOneAloneThatIsTraining) {
  EXPECT_THAT(message_of([] { recognised(normalized_graph("<training_mode = 1>")); }), testing::HasSubstr("BatchNormalization"));
}

}  // namespace
}  // namespace upkeep::layers
