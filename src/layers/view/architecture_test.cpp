#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

constexpr const char* kNet = R"(
name: net
layers:
  - input: {shape: [4]}
  - dense: {units: 10, activation: relu, name: hidden}
  - dropout: {rate: 0.2}
  - dense: {units: 3}
  - Dense: {units: 1}
)";

TEST(Architecture, IsReadFromYaml) {
  const Architecture net = architecture_from_yaml(kNet);
  EXPECT_EQ(net.name, "net");
  ASSERT_EQ(net.layers.size(), 5U);
  EXPECT_EQ(net.layers[0].kind, "input");
  EXPECT_EQ(net.layers[0].name, "input");
  EXPECT_TRUE(net.layers[0].inputs.empty());
  EXPECT_EQ(net.layers[1].name, "hidden");
  EXPECT_EQ(net.layers[1].settings, (Json{{"units", 10}, {"activation", "relu"}}));
  EXPECT_EQ(net.layers[1].inputs, std::vector<std::string>{"input"});
  EXPECT_EQ(net.layers[3].name, "dense");
  EXPECT_EQ(net.layers[4].name, "dense_1");
  EXPECT_EQ(net.layers[4].kind, "dense");
  EXPECT_TRUE(net.outputs.empty());
  EXPECT_EQ(output_layers(net), std::vector<std::string>{"dense_1"});
}

TEST(Architecture, MayBranchAndHaveSeveralInputsAndOutputs) {
  const Architecture net = architecture_from_yaml(R"(
layers:
  - input: {shape: [2], name: a}
  - input: {shape: [3], name: b}
  - dense: {units: 1, inputs: a, name: left}
  - dense: {units: 2, inputs: [b], name: right}
  - activation: {activation: tanh, inputs: left}
outputs: [activation, right]
)");
  EXPECT_EQ(net.layer("right").inputs, std::vector<std::string>{"b"});
  const Model model = build_model(net, initial_weights(net, 1));
  verify(model);
  const Tensors y =
      Session(model).run({{"a", Tensor({1, 2}, std::vector<float>{1, 2})}, {"b", Tensor({1, 3}, std::vector<float>{1, 2, 3})}});
  EXPECT_EQ(y.at("activation").shape(), (Shape{1, 1}));
  EXPECT_EQ(y.at("right").shape(), (Shape{1, 2}));
}

TEST(Architecture, SurvivesJson) {
  for (const char* text : {kNet,
                           "layers: [{input: {shape: [2], name: a}}, {dense: {units: 1, inputs: a}}, {dense: {units: 2, inputs: "
                           "a}}]\noutputs: [dense, dense_1]"}) {
    const Architecture net = architecture_from_yaml(text);
    const Architecture again = architecture_from_json(parse_json(to_json(net).dump()));
    EXPECT_EQ(to_json(again), to_json(net));
    EXPECT_EQ(again.outputs, net.outputs);
    EXPECT_EQ(again.layers.back().inputs, net.layers.back().inputs);
  }
}

TEST(Architecture, NumbersNamesAsKerasDoes) {
  Architecture net = architecture_from_yaml(kNet);
  EXPECT_EQ(free_name(net, "dense"), "dense_2");
  EXPECT_EQ(free_name(net, "Dense"), "dense_2");
  EXPECT_EQ(free_name(net, "dropout"), "dropout_1");
  EXPECT_EQ(free_name(net, "flatten"), "flatten");
}

TEST(Architecture, NamesUnnamedLayersAroundGivenNames) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [4]}}, {dense: {units: 1}}, {dense: {units: 1, name: dense}}]");
  EXPECT_EQ(net.layers[1].name, "dense_1");
}

TEST(Architecture, FindsItsLayersByName) {
  const Architecture net = architecture_from_yaml(kNet);
  EXPECT_EQ(net.index("dropout"), 2U);
  EXPECT_EQ(net.layer("hidden").kind, "dense");
  EXPECT_EQ(message_of([&] { net.layer("hiden"); }),
            "unknown layer \"hiden\" (did you mean \"hidden\"? known: input, hidden, dropout, dense, dense_1)");
}

std::string error_in(const std::string& text) {
  return message_of([&] {
    const Architecture net = architecture_from_yaml(text);
    build_model(net, initial_weights(net, 1));
  });
}

TEST(Architecture, SaysWhereAndWhatWouldHaveBeenRight) {
  EXPECT_THAT(error_in("layers: ["), testing::HasSubstr("not valid YAML: line 1"));
  EXPECT_THAT(error_in("layrs: []"), testing::HasSubstr("architecture: unknown key \"layrs\" (did you mean \"layers\"?"));
  EXPECT_THAT(error_in("name: x"), testing::HasSubstr("an architecture needs a list of layers"));
  EXPECT_THAT(error_in("layers: []"), testing::HasSubstr("there are no layers"));
  EXPECT_THAT(error_in("just text"), testing::HasSubstr("expected a map with \"layers\", got \"just text\""));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dence: {units: 1}}]"),
              testing::HasSubstr("layers[1]: unknown layer \"dence\" (did you mean \"dense\"?"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: 3}]"), testing::HasSubstr("layers[1]: dense: expected settings as a map"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1}, flatten: {}}]"),
              testing::HasSubstr("layers[1]: expected one layer"));
  EXPECT_THAT(error_in("layers: [{dense: {units: 1}}]"),
              testing::HasSubstr("the first layer, \"dense\", has nothing to read (begin with an input"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1, name: a/b}}]"),
              testing::HasSubstr("\"a/b\" cannot be a layer's name"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1], name: a}}, {dense: {units: 1, name: a}}]"),
              testing::HasSubstr("two layers are called \"a\""));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1, inputs: flatten}}, flatten]"),
              testing::HasSubstr("layers[1] \"dense\": it reads \"flatten\", which does not stand above it"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1, inputs: inptu}}]"),
              testing::HasSubstr("unknown layer \"inptu\" (did you mean \"input\"?"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1}}]\noutputs: [dens]"),
              testing::HasSubstr("outputs: unknown layer \"dens\""));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1}}]\noutputs: [dense, dense]"),
              testing::HasSubstr("\"dense\" stands twice"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1, inputs: [input, input]}}]"),
              testing::HasSubstr("it reads 1 layer, not 2"));
  EXPECT_THAT(error_in("layers: [{input: {shape: [1]}}, {dense: {units: 1, inputs: []}}]"), testing::HasSubstr("it reads 1 layer, not 0"));
}

TEST(Architecture, AnswersDamageWithAnErrorOrAModel) {
  const Json whole = to_json(architecture_from_yaml(R"(
layers:
  - input: {shape: [2, 4], name: x}
  - rescaling: {scale: [1, 2, 3, 4], offset: 0.5}
  - normalization: {axis: [1, 2], mean: [1, 2, 3, 4], variance: [2, 3, 4, 5]}
  - dense: {units: 3, activation: {class_name: relu, config: {max_value: 2}}, kernel_initializer: {class_name: HeNormal, config: {seed: 1}}}
  - flatten
  - dropout: {rate: 0.3, noise_shape: [null, 6]}
  - softmax: {axis: 1}
)"));
  Random random(2);
  for (int i = 0; i < 1500; ++i) {
    Json json = whole;
    damage(json, random);
    message_of([&] {
      const Architecture net = architecture_from_json(json);
      Model model;
      Ops ops(model);
      build_training_forward(net, ops);
      build_model(net, initial_weights(net, 1));
    });
  }
}

}  // namespace
}  // namespace upkeep::layers
