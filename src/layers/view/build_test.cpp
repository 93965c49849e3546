#include "layers/view/build.hpp"

#include "base/format.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Architecture net() {
  return architecture_from_yaml(R"(
name: net
layers:
  - input: {shape: [2], name: x}
  - normalization
  - dense: {units: 3, activation: relu, name: hidden, activity_regularizer: l1}
  - dropout: {rate: 0.5}
  - dense: {units: 1, name: y}
)");
}

TEST(InitialWeights, DependOnSeedAndNameOnly) {
  const Weights a = initial_weights(net(), 5);
  ASSERT_EQ(a.size(), 6U);
  EXPECT_EQ(a[2].first, "hidden/kernel");
  EXPECT_EQ(a[2].second.shape(), (Shape{2, 3}));
  EXPECT_THAT(values(*find(a, "hidden/bias")), testing::Each(0));
  EXPECT_THAT(values(*find(a, "normalization/variance")), testing::Each(1));
  const Architecture other = architecture_from_yaml("layers: [{input: {shape: [2]}}, {dense: {units: 3, name: hidden}}]");
  EXPECT_EQ(*find(a, "hidden/kernel"), *find(initial_weights(other, 5), "hidden/kernel"));
  EXPECT_FALSE(*find(a, "hidden/kernel") == *find(initial_weights(other, 6), "hidden/kernel"));
  EXPECT_EQ(find(a, "hidden/kernels"), nullptr);
}

TEST(InitialWeights, KeepWhatFits) {
  const Tensor kept({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const Weights weights = initial_weights(net(), 5, {{"hidden/kernel", kept}, {"y/kernel", kept}, {"gone/kernel", kept}});
  EXPECT_EQ(*find(weights, "hidden/kernel"), kept);
  EXPECT_EQ(find(weights, "y/kernel")->shape(), (Shape{3, 1}));
  EXPECT_EQ(weights.size(), 6U);
}

TEST(BuildModel, GivesAGraphThatSaysWhatItIs) {
  const Model model = build_model(net(), initial_weights(net(), 5));
  verify(model);
  EXPECT_EQ(model.graph.name, "net");
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(to_string(model.graph.inputs[0].type), "float32[batch, 2]");
  ASSERT_EQ(model.graph.outputs.size(), 1U);
  EXPECT_EQ(model.graph.outputs[0].name, "y");
  EXPECT_EQ(to_string(model.graph.outputs[0].type), "float32[batch, 1]");
  EXPECT_TRUE(model.graph.initializer("hidden/kernel"));
  EXPECT_EQ(to_json(architecture_of(model)), to_json(net()));
  EXPECT_EQ(weights_of(model), initial_weights(net(), 5));
}

TEST(BuildModel, SurvivesAFile) {
  const Model model = model_from_bytes(model_to_bytes(build_model(net(), initial_weights(net(), 5))));
  EXPECT_EQ(to_json(architecture_of(model)), to_json(net()));
  EXPECT_EQ(weights_of(model), initial_weights(net(), 5));
}

// By hand: hidden = relu(x w + b), y = sum of hidden.
TEST(BuildModel, ComputesLayerAfterLayer) {
  Weights weights = initial_weights(net(), 5,
                                    {{"hidden/kernel", Tensor({2, 3}, std::vector<float>{1, 0, -1, 0, 1, 1})},
                                     {"hidden/bias", Tensor({3}, std::vector<float>{0, 1, 0})},
                                     {"y/kernel", Tensor({3, 1}, std::vector<float>{1, 1, 1})}});
  EXPECT_THAT(values(run(build_model(net(), weights), Tensor({2, 2}, std::vector<float>{2, 3, -1, 1}))), Near({2 + 4 + 1, 0 + 2 + 2}));
}

TEST(BuildModel, NamesOutputsThatShareOneValue) {
  const Architecture shared =
      architecture_from_yaml("layers: [{input: {shape: [2]}}, {dense: {units: 1}}, {dropout: {rate: 0.5}}]\noutputs: [dense, dropout]");
  const Model model = build_model(shared, initial_weights(shared, 1));
  verify(model);
  const Tensors y = Session(model).run({{"input", Tensor({1, 2}, std::vector<float>{1, 2})}});
  EXPECT_EQ(y.at("dense"), y.at("dropout"));
}

TEST(BuildModel, MayHandItsInputOn) {
  const Model model = build_model(architecture_from_yaml("layers: [{input: {shape: [2]}}, flatten]"), {});
  verify(model);
  EXPECT_THAT(values(run(model, Tensor({1, 2}, std::vector<float>{1, 2}))), testing::ElementsAre(1, 2));
}

TEST(BuildModel, RefusesWeightsThatDoNotFit) {
  Weights weights = initial_weights(net(), 5);
  const auto build = [&] { build_model(net(), weights); };
  weights[2].second = Tensor({3, 3}, std::vector<float>(9));
  EXPECT_EQ(message_of(build),
            "model \"net\": layer \"hidden\" (dense, reads \"normalization\" [batch, 2]): weight \"hidden/kernel\" is float32[3, 3], the "
            "layer needs float32[2, 3]");
  weights[2].first = "hidden/colonel";
  EXPECT_THAT(message_of(build), testing::HasSubstr("there is no weight \"hidden/kernel\""));
  weights = initial_weights(net(), 5);
  weights.emplace_back("old/kernel", Tensor::scalar(1.0F));
  EXPECT_EQ(message_of(build), "model \"net\": weight \"old/kernel\" belongs to no layer");
  weights = initial_weights(net(), 5);
  weights[2].second = Tensor({2, 3}, std::vector<double>(6));
  EXPECT_THAT(message_of(build), testing::HasSubstr("is float64[2, 3], the layer needs float32[2, 3]"));
}

TEST(BuildModel, RefusesAnInputAsOutput) {
  EXPECT_THAT(message_of([] { build_model(architecture_from_yaml("layers: [{input: {shape: [2]}}]"), {}); }),
              testing::HasSubstr("layer \"input\" is an input and cannot be an output"));
}

TEST(TrainingForward, HasWeightsAndRandomNumbersAsInputsAndCollectsPenalties) {
  Model model;
  Ops ops(model);
  const ForwardGraph forward = build_training_forward(net(), ops);
  EXPECT_EQ(forward.inputs, std::vector<std::string>{"x"});
  std::vector<std::string> names;
  for (const NamedWeight& weight : forward.weights) names.push_back(weight.name);
  EXPECT_THAT(names,
              testing::ElementsAre("normalization/mean", "normalization/variance", "hidden/kernel", "hidden/bias", "y/kernel", "y/bias"));
  ASSERT_EQ(forward.random_inputs.size(), 1U);
  EXPECT_EQ(to_string(forward.random_inputs[0].second), "[batch, 3]");
  ASSERT_EQ(forward.activity_penalties.size(), 1U);
  EXPECT_EQ(forward.activity_penalties[0].second, Json("l1"));
  EXPECT_EQ(to_string(forward.activity_penalties[0].first.dims()), "[batch, 3]");
  ASSERT_EQ(forward.outputs.size(), 1U);
  EXPECT_TRUE(std::ranges::all_of(model.graph.initializers, [](const auto& one) { return one.first.contains("constant"); }));
}

TEST(TrainingForward, AnswersAsTheModelDoesWhereNothingIsDropped) {
  Model training;
  Ops ops(training);
  const ForwardGraph forward = build_training_forward(
      architecture_from_yaml("layers: [{input: {shape: [2], name: x}}, normalization, {dense: {units: 3, activation: gelu}}]"), ops);
  ops.output(forward.outputs[0], "out");
  const Architecture same =
      architecture_from_yaml("layers: [{input: {shape: [2], name: x}}, normalization, {dense: {units: 3, activation: gelu}}]");
  const Weights weights = initial_weights(same, 2);
  const Tensor x({2, 2}, std::vector<float>{1, 2, -3, 0.5F});
  Tensors inputs = {{"x", x}};
  for (const auto& [name, tensor] : weights) inputs.emplace(name, tensor);
  EXPECT_THAT(values(Session(training).run(inputs).at("out")), Near(values(run(build_model(same, weights), x))));
}

}  // namespace
// Each block reads its input twice: what a layer keeps of the layers above must not double with each of them.
TEST(BuildModel, TakesAsManyResidualBlocksAsThereAre) {
  std::string net = "layers: [{input: {shape: [2], name: x}}, {dense: {units: 2, name: sum0}}";
  for (int i = 0; i < 64; ++i)
    net += upkeep::format(
        ", {{dense: {{units: 2, name: block{0}, inputs: sum{0}}}}}, {{add: {{inputs: [sum{0}, block{0}], name: sum{1}}}}}", i, i + 1);
  const Architecture architecture = architecture_from_yaml(net + "]");
  EXPECT_EQ(build_model(architecture, initial_weights(architecture, 1)).graph.nodes.size(), 1U + 2 * 64);
}

}  // namespace upkeep::layers
