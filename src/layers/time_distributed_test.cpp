#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(TimeDistributed, AppliesALayerToEachStep) {
  const Tensor y = apply(
      "{time_distributed: {layer: {dense: {units: 2}}}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"time_distributed/kernel", Tensor({2, 2}, std::vector<float>{-0.75F, 0.625F, -0.375F, -0.5F})},
       {"time_distributed/bias", Tensor({2}, std::vector<float>{0.625F, 0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.078125F, 0.65625F, 0.8125F, 0.828125F, 0.4375F, 0.9375F, 1.140625F, 0.859375F, 1.046875F, -1.09375F,
                               0.90625F, -0.0625F}));
}

TEST(TimeDistributed, AppliesASequenceLayerToEachSequence) {
  const Tensor y =
      apply("{time_distributed: {layer: {lstm: {units: 2}}}}",
            Tensor({1, 2, 3, 2},
                   std::vector<float>{-1.25F, -0.375F, 0.875F, 1.25F, -0.375F, 0.375F, 0.75F, -0.625F, 0.375F, 0.375F, -0.5F, -0.5F}),
            {{"time_distributed/kernel", Tensor({2, 8}, std::vector<float>{0.375F, 0.375F, -0.25F, -0.25F, 0.5F, 0.125F, 0.5F, 0.625F,
                                                                           0.25F, 1.125F, -0.375F, 0.375F, -0.125F, 0.875F, 0.875F, -1})},
             {"time_distributed/recurrent_kernel",
              Tensor({2, 8}, std::vector<float>{-0.5F, 0.375F, 0.375F, 0.375F, 0.375F, 0.25F, 0.375F, 0.375F, 0.5F, -1.125F, 0.375F, -0.5F,
                                                0.5F, -0.125F, -0.5F, 0.125F})},
             {"time_distributed/bias", Tensor({8}, std::vector<float>{-0.5F, -0.5F, -0.75F, 0.375F, 0.25F, 0.5F, -0.125F, 0.5F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2}));
  EXPECT_THAT(values(y), Near({0.08142594F, 0.30620357F, 0.05064052F, 0.14604945F}, 16));
}

TEST(TimeDistributed, TakesTheBatchOfEachStepWhileTraining) {
  const Tensors y = apply_training(
      "{time_distributed: {layer: {batch_normalization: {momentum: 0.5}}}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"time_distributed/gamma", Tensor({2}, std::vector<float>{0.375F, 0.375F})},
       {"time_distributed/beta", Tensor({2}, std::vector<float>{0.25F, 0.5F})},
       {"time_distributed/moving_mean", Tensor({2}, std::vector<float>{-0.125F, -0.125F})},
       {"time_distributed/moving_variance", Tensor({2}, std::vector<float>{0.625F, 0.875F})}});
  EXPECT_THAT(values(y.at("y")), Near({0.6240242F, 0.87466717F, 0.6246039F, 0.125166F, 0.62425226F, 0.12632626F, -0.12402424F, 0.12533289F,
                                       -0.12460399F, 0.874834F, -0.12425226F, 0.87367374F},
                                      32));
  EXPECT_THAT(values(y.at("time_distributed/moving_mean")), Near({-0.1171875F, -0.046875F}));
  EXPECT_THAT(values(y.at("time_distributed/moving_variance")), Near({0.34521484F, 0.53222656F}));
}

TEST(TimeDistributed, DrawsNumbersForEachStepWhileTraining) {
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const Tensors y = apply_training(
      "{time_distributed: {layer: {dropout: {rate: 0.5}}, name: t}}", x,
      {{"t/uniform_0", Tensor({1, 2}, std::vector<float>{0, 0.5F})}, {"t/uniform_1", Tensor({1, 2}, std::vector<float>{0.5F, 0})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(0, 4, 6, 0));
}

TEST(TimeDistributed, TakesAnyNumberOfStepsAtInference) {
  const Architecture net =
      architecture_from_yaml("layers: [{input: {shape: [null, 2]}}, {time_distributed: {layer: {batch_normalization: {epsilon: 0}}}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  for (const std::int64_t steps : {1, 5}) EXPECT_EQ(run(model, Tensor::full({3, steps, 2}, 2.0F)).shape(), (Shape{3, steps, 2}));
}

TEST(TimeDistributed, JoinsSeveralSequencesStepByStep) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [2, 2], name: a}}, {input: {shape: [2, 2], name: b}},"
      "{kind: time_distributed, name: d, settings: {layer: subtract}, inputs: [a, b]}]");
  const Tensors y =
      Session(build_model(net, {}), {.threads = 1})
          .run({{"a", Tensor({1, 2, 2}, std::vector<float>{5, 6, 7, 8})}, {"b", Tensor({1, 2, 2}, std::vector<float>{1, 3, 5, 7})}});
  EXPECT_EQ(y.begin()->second.shape(), (Shape{1, 2, 2}));
  EXPECT_THAT(values(y.begin()->second), testing::ElementsAre(4, 3, 2, 1));
}

// Between two convolutions of one net there is no other order of axes, and no sequence.
TEST(TimeDistributed, HandsStepsToTheNextOneAsTheyAre) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [3, 8, 8, 2]}}, {time_distributed: {layer: {conv2d: {filters: 2, kernel_size: 3}}}},"
      "{time_distributed: {layer: {conv2d: {filters: 2, kernel_size: 3}}}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  std::vector<std::string> ops;
  for (const Node& node : model.graph.nodes)
    if (!node.inputs[0].contains("kernel")) ops.push_back(node.op);
  EXPECT_THAT(ops, testing::ElementsAre("Concat", "Reshape", "Transpose", "Conv", "Conv", "Transpose", "Concat", "Reshape"));
}

TEST(TimeDistributed, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(message_of([] { apply_training("{time_distributed: {}}", Tensor::full({1, 2, 2}, 1.0F)); }),
              testing::HasSubstr("time_distributed needs a layer"));
  EXPECT_THAT(message_of([] { apply_training("{time_distributed: {layer: relu}}", Tensor::full({1, 2}, 1.0F)); }),
              testing::HasSubstr("it expects [batch, time, ...] with three axes or more"));
}

// Words of two lists each: what the means of their embeddings are, where 0 is no word.
std::vector<float> means_of_lists(const std::string& rules, const std::string& settings) {
  const Architecture net = architecture_from_yaml(
      "mask_rules: " + rules + "\nlayers: [{input: {shape: [2, 2], dtype: int32, name: x}}, {time_distributed: {" + settings +
      "layer: {embedding: {input_dim: 3, output_dim: 1, mask_zero: true}}, name: e}}, "
      "{time_distributed: {layer: global_average_pooling1d, name: mean}}]");
  const Model model = build_model(net, {{"e/embeddings", Tensor({3, 1}, std::vector<float>{10, 2, 4})}});
  const Tensor mean = run(model, Tensor({1, 2, 2}, std::vector<std::int32_t>{1, 0, 1, 2}));
  return values(mean);
}

TEST(TimeDistributed, HandsOnTheMaskOfTheLayerInsideByKeras2sRulesOrInAModel) {
  EXPECT_THAT(means_of_lists("keras3", ""), testing::ElementsAre(6, 3));  // (2 + 10) / 2: Keras 3 knows no mask of it
  EXPECT_THAT(means_of_lists("keras2", ""), testing::ElementsAre(2, 3));
  EXPECT_THAT(means_of_lists("keras3", "in_model: true, "), testing::ElementsAre(2, 3));
}

}  // namespace
}  // namespace upkeep::layers
