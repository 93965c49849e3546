#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(Dropout, DoesNothingAtInference) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [2]}}, {dropout: {rate: 0.9}}, {rescaling: {scale: 3}}]");
  const Model model = build_model(net, {});
  EXPECT_EQ(model.graph.nodes.size(), 1U);
  EXPECT_THAT(values(run(model, Tensor({1, 2}, std::vector<float>{1, -2}))), testing::ElementsAre(3, -6));
}

struct Training {
  Model model;
  ForwardGraph forward;
};

void train_graph(const std::string& dropout, Training& training) {
  Ops ops(training.model);
  training.forward =
      build_training_forward(architecture_from_yaml("layers: [{input: {shape: [2, 2], name: x}}, {dropout: {" + dropout + "}}]"), ops);
  ops.output(training.forward.outputs[0], "y");
}

TEST(Dropout, KeepsWhereTheRandomNumberReachesTheRate) {
  Training training;
  train_graph("rate: 0.25", training);
  ASSERT_EQ(training.forward.random_inputs.size(), 1U);
  EXPECT_EQ(training.forward.random_inputs[0].first, "dropout/uniform");
  EXPECT_EQ(to_string(training.forward.random_inputs[0].second), "[batch, 2, 2]");
  const Tensors y = Session(training.model)
                        .run({{"x", Tensor({1, 2, 2}, std::vector<float>{3, 6, -9, 12})},
                              {"dropout/uniform", Tensor({1, 2, 2}, std::vector<float>{0, 0.25F, 0.2499F, 0.99F})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(0, 8, 0, 16));  // kept values times 4/3
}

TEST(Dropout, SharesTheMaskAlongAnAxisOfSizeOne) {
  Training training;
  train_graph("rate: 0.5, noise_shape: [null, 1, 2]", training);
  EXPECT_EQ(to_string(training.forward.random_inputs[0].second), "[batch, 1, 2]");
  const Tensors y = Session(training.model)
                        .run({{"x", Tensor({1, 2, 2}, std::vector<float>{1, 2, 3, 4})},
                              {"dropout/uniform", Tensor({1, 1, 2}, std::vector<float>{0.1F, 0.9F})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(0, 4, 0, 8));
}

TEST(Dropout, NeedsNoNumbersWhenItDropsNothingAndDropsEverythingAtOne) {
  Training none;
  train_graph("rate: 0", none);
  EXPECT_TRUE(none.forward.random_inputs.empty());
  Training all;
  train_graph("rate: 1", all);
  const Tensors y = Session(all.model).run(
      {{"x", Tensor({1, 2, 2}, std::vector<float>{1, 2, 3, 4})}, {"dropout/uniform", Tensor::full({1, 2, 2}, 0.99F)}});
  EXPECT_THAT(values(y.at("y")), testing::Each(0));
}

TEST(Dropout, SaysWhatWouldHaveBeenRight) {
  Training training;
  EXPECT_THAT(message_of([&] { train_graph("rate: 1.5", training); }), testing::HasSubstr("dropout.rate: 1.5 is outside [0, 1]"));
  EXPECT_THAT(message_of([&] { train_graph("rate: 0.5, noise_shape: [null, 2]", training); }),
              testing::HasSubstr("does not fit the input [batch, 2, 2]"));
  EXPECT_THAT(message_of([&] { train_graph("rate: 0.5, noise_shape: 3", training); }),
              testing::HasSubstr("dropout.noise_shape: expected a list of sizes"));
}

std::string dropout_graph(const std::string& initializers, const std::string& nodes, const std::string& outputs = "float[N, 2] y") {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (" + outputs + ") <" + initializers + "> { " + nodes + " }";
}

TEST(DropoutRecognition, FindsItWithItsRate) {
  const auto layers = recognised(dropout_graph("float rate = {0.3}", "d, mask = Dropout(x, rate) y = Relu(d)"));
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].kind, "dropout");
  EXPECT_EQ(layers[0].settings, (Json{{"rate", 0.3}}));
  EXPECT_EQ(recognised(dropout_graph("float one = {1}", "y = Dropout(x)"))[0].settings, (Json{{"rate", 0.5}}));
}

TEST(DropoutRecognition, LeavesOneAloneThatIsTrainingOrWhoseMaskIsRead) {
  EXPECT_THAT(message_of([] { recognised(dropout_graph("float rate = {0.3}, bool training = {1}", "y = Dropout(x, rate, training)")); }),
              testing::HasSubstr("Dropout"));
  EXPECT_THAT(
      message_of([] { recognised(dropout_graph("float rate = {0.3}", "y, mask = Dropout(x, rate)", "float[N, 2] y, bool[N, 2] mask")); }),
      testing::HasSubstr("Dropout"));
}

}  // namespace
}  // namespace upkeep::layers
