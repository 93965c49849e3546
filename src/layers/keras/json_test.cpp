#include "layers/keras/json.hpp"

#include <limits>

#include "base/python_json.hpp"

#include "base/format.hpp"
#include "layers/keras/json_examples.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Architecture read(const char* json) { return architecture_from_json(parse_json(json)); }

void expect_the_sequential(const Architecture& net, const Json& hard_sigmoid) {
  EXPECT_EQ(net.name, "net");
  std::vector<std::string> names;
  for (const LayerSpec& layer : net.layers) names.push_back(layer.name);
  EXPECT_THAT(names, testing::ElementsAre("x", "normalization", "rescaling", "dropout", "hidden", "dense", "leaky_re_lu", "dense_1"));
  EXPECT_EQ(net.layers[0].settings, (Json{{"shape", {4}}}));
  EXPECT_EQ(net.layers[1].settings, (Json{{"axis", {-1}}}));
  EXPECT_EQ(net.layers[2].settings, (Json{{"scale", 2.0}, {"offset", 1.0}}));
  EXPECT_EQ(net.layers[3].settings, (Json{{"rate", 0.2}, {"seed", 3}}));
  EXPECT_EQ(net.layers[3].inputs, std::vector<std::string>{"rescaling"});
  const Json& hidden = net.layer("hidden").settings;
  EXPECT_EQ(hidden["units"], 3);
  EXPECT_EQ(hidden["activation"], "relu");
  EXPECT_EQ(hidden["kernel_regularizer"]["class_name"], "L2");
  EXPECT_NEAR(hidden["kernel_regularizer"]["config"]["l2"].get<double>(), 0.01, 1e-9);
  EXPECT_NEAR(hidden["activity_regularizer"]["config"]["l1"].get<double>(), 0.02, 1e-9);
  EXPECT_FALSE(hidden.contains("kernel_initializer"));
  const Json& dense = net.layer("dense").settings;
  EXPECT_EQ(dense["trainable"], false);
  EXPECT_EQ(dense["activation"], hard_sigmoid);
  EXPECT_EQ(dense["kernel_initializer"]["class_name"], "HeNormal");
  EXPECT_EQ(dense["kernel_initializer"]["config"]["seed"], 1);
  EXPECT_EQ(net.layer("dense_1").settings["activation"], (Json{{"class_name", "leaky_relu"}, {"config", {{"negative_slope", 0.25}}}}));
  const Model model = build_model(net, initial_weights(net, 1));
  verify(model);
}

TEST(KerasJson, ReadsASequentialOfKeras3) { expect_the_sequential(read(kKeras3Sequential), "hard_sigmoid"); }

TEST(KerasJson, ReadsASequentialOfKeras2WithItsOwnHardSigmoid) {
  expect_the_sequential(read(kKeras2Sequential), {{"class_name", "hard_sigmoid"}, {"config", {{"slope", 0.2}}}});
}

void expect_the_functional(const Architecture& net) {
  EXPECT_EQ(net.outputs, (std::vector<std::string>{"left", "right"}));
  EXPECT_TRUE(net.layer("a").inputs.empty());
  EXPECT_EQ(net.layer("shared_below").inputs, std::vector<std::string>{"a"});
  EXPECT_EQ(net.layer("left").inputs, std::vector<std::string>{"shared_below"});
  EXPECT_EQ(net.layer("right").inputs, std::vector<std::string>{"b"});
  EXPECT_EQ(net.layer("right").settings["mean"], (Json{1.0, 2.0, 3.0}));
  const Model model = build_model(net, initial_weights(net, 1));
  const Tensors y =
      Session(model).run({{"a", Tensor({1, 4}, std::vector<float>(4))}, {"b", Tensor({1, 2, 3}, std::vector<float>{1, 2, 3, 2, 3, 5})}});
  EXPECT_THAT(values(y.at("right")), testing::ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(KerasJson, ReadsAFunctionalOfKeras3) { expect_the_functional(read(kKeras3Functional)); }
TEST(KerasJson, ReadsAFunctionalOfKeras2) { expect_the_functional(read(kKeras2Functional)); }

TEST(KerasJson, WritesWhatItReads) {
  for (const char* text : {kKeras3Sequential, kKeras3Functional, kKeras2Functional}) {
    const Architecture net = read(text);
    EXPECT_EQ(to_json(architecture_from_keras(architecture_to_keras(net))), to_json(net));
  }
}

// Key by key what Keras 3 writes itself, apart from what only its newest versions know and what it does not need.
TEST(KerasJson, WritesALayerAsKerasDoes) {
  const Json theirs = parse_json(kKeras3Sequential)["config"]["layers"];
  const Json ours = architecture_to_keras(read(kKeras3Sequential))["config"]["layers"];
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    for (const auto& [key, value] : ours[i]["config"].items()) {
      if (key.ends_with("_initializer")) EXPECT_EQ(value["class_name"], theirs[i]["config"][key]["class_name"]);
      else if (key == "activation" && value.is_object()) EXPECT_EQ(value["class_name"], theirs[i]["config"][key]["class_name"]);
      else if (theirs[i]["config"].contains(key)) EXPECT_EQ(value, theirs[i]["config"][key]) << i << " " << key;
      else EXPECT_TRUE(value.is_null()) << i << " " << key;
    }
  }
}

TEST(KerasJson, IsSequentialOnlyForChains) {
  EXPECT_EQ(architecture_to_keras(read(kKeras3Sequential))["class_name"], "Sequential");
  EXPECT_EQ(architecture_to_keras(read(kKeras3Functional))["class_name"], "Functional");
  const Architecture states =
      architecture_from_yaml("layers: [{input: {shape: [3, 2]}}, {lstm: {units: 2, return_state: true}}, {dense: {units: 1}}]");
  EXPECT_EQ(architecture_to_keras(states)["class_name"], "Functional");
}

TEST(KerasJson, WritesRegularizersAndActivationsWithTheirSettings) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [2]}}, {dense: {units: 1, kernel_regularizer: l2, bias_regularizer: \"l1_l2:l1=0.1,l2=0.2\", activation: "
      "\"elu:alpha=0.5\"}}]");
  const Json config = architecture_to_keras(net)["config"]["layers"][1]["config"];
  EXPECT_EQ(config["kernel_regularizer"], "l2");
  EXPECT_EQ(config["bias_regularizer"]["class_name"], "L1L2");
  EXPECT_EQ(config["bias_regularizer"]["config"], (Json{{"l1", 0.1}, {"l2", 0.2}}));
  EXPECT_EQ(config["activation"]["class_name"], "ELU");
  EXPECT_EQ(config["activation"]["config"], (Json{{"alpha", 0.5}}));
  EXPECT_EQ(config["kernel_initializer"]["class_name"], "GlorotUniform");
}

TEST(KerasJson, RefusesToWriteWhatKerasCannotSay) {
  const auto write = [](const char* activation) {
    return message_of([&] {
      architecture_to_keras(architecture_from_yaml(
          upkeep::format("layers: [{{input: {{shape: [2]}}}}, {{dense: {{units: 1, activation: \"{}\"}}}}]", activation)));
    });
  };
  EXPECT_THAT(write("celu:alpha=0.5"),
              testing::HasSubstr("layer \"dense\": dense.activation: Keras has no way to write activation \"celu\""));
}

Json sequential(const std::string& layers, const std::string& rest = "") {
  return parse_json(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)" + layers + "]" + rest + "}}");
}

TEST(KerasJson, KnowsOldKeysThatMeanNothing) {
  const Architecture net = architecture_from_json(sequential(
      R"({"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [null, 3], "time_major": false, "input_dim": 3,
                                            "dtype": "float32", "implementation": 2}})"));
  ASSERT_EQ(net.layers.size(), 2U);
  EXPECT_EQ(net.layers[0].settings, (Json{{"shape", {3}}}));
  EXPECT_EQ(net.layers[1].settings, (Json{{"units", 2}}));
}

TEST(KerasJson, FindsTheInputsShapeWhereKeras3PutsIt) {
  const Architecture net = architecture_from_json(
      sequential(R"({"class_name": "Dense", "config": {"name": "d", "units": 2}})", R"(, "build_input_shape": [null, 5])"));
  EXPECT_EQ(net.layers[0].settings, (Json{{"shape", {5}}}));
}

TEST(KerasJson, ReadsTheLayersOfTheOldestSequentials) {
  const Architecture net = architecture_from_json(parse_json(
      R"({"class_name": "Sequential", "config": [
             {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [null, 3]}}]})"));
  EXPECT_EQ(net.layers.size(), 2U);
}

std::string error_with(const std::string& layer) {
  return message_of([&] {
    architecture_from_json(sequential(R"({"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3]}}, )" + layer));
  });
}

TEST(KerasJson, NamesTheLayerThatItCannotRead) {
  EXPECT_THAT(error_with(R"({"class_name": "Lambda", "config": {"name": "twice", "function": ["4wEAAA"]}})"),
              testing::StartsWith("Keras model \"s\": layers[1] \"twice\" (Lambda): Lambda is Python code, which cannot be read (replace "
                                  "it by layers, or say what it computes: upkeep convert --map Lambda="));
  EXPECT_THAT(error_with(R"({"class_name": "Dens", "config": {"name": "d"}})"),
              testing::HasSubstr("unknown Keras layer class \"Dens\" (did you mean \"Dense\"?"));
  EXPECT_THAT(error_with(
                  R"({"class_name": "Dense", "config": {"name": "d", "units": 2,
                 "dtype": {"class_name": "DTypePolicy", "config": {"name": "int8_from_float32"}}}})"),
              testing::HasSubstr("layers[1] \"d\" (Dense): it computes in int8_from_float32"));
  EXPECT_THAT(error_with(R"({"class_name": "Dense", "config": {"name": "d", "units": 2, "dtype":
                {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8", "source_name": "float32"}}}})"),
              testing::HasSubstr("it is quantised (int8)"));
  EXPECT_THAT(
      error_with(
          R"({"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": {"class_name": "__lambda__", "config": {}}}})"),
      testing::HasSubstr("its activation is a lambda"));
  EXPECT_THAT(error_with(R"({"class_name": "Custom>PruneLowMagnitude", "config": {"name": "d"}})"),
              testing::HasSubstr("PruneLowMagnitude is a wrapper"));
}

constexpr const char* kSharedLayer = R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 3]}, "name": "x", "inbound_nodes": []},
    {"class_name": "Dense", "config": {"name": "d", "units": 3}, "name": "d", "inbound_nodes": [[["x", 0, 0, {}]], [["d", 0, 0, {}]]]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["d", 1, 0]]}})";

TEST(KerasJson, RefusesAFunctionalModelThatNamesNoOutput) {
  for (const char* outputs : {"[]", "null", "-3", "{}"}) {
    const std::string model = R"({"class_name": "Functional", "config": {"name": "f", "layers": [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 3]}, "name": "x", "inbound_nodes": []},
        {"class_name": "Dense", "config": {"name": "d", "units": 3}, "name": "d", "inbound_nodes": [[["x", 0, 0, {}]]]}],
        "input_layers": [["x", 0, 0]], "output_layers": )";
    EXPECT_THAT(message_of([&] { read((model + outputs + "}}").c_str()); }), testing::HasSubstr("\"f\" names no output")) << outputs;
  }
}

TEST(KerasJson, ReadsAndWritesALayerThatIsUsedTwice) {
  const Architecture net = read(kSharedLayer);
  ASSERT_EQ(net.layers.size(), 3U);
  EXPECT_EQ(net.layers[2].name, "d_call_1");
  EXPECT_EQ(net.layers[2].shares, "d");
  EXPECT_EQ(net.layers[2].inputs, std::vector<std::string>{"d"});
  EXPECT_EQ(weight_specs(net).size(), 2U);
  const Json json = architecture_to_keras(net);
  ASSERT_EQ(json["config"]["layers"].size(), 2U);
  const Json& uses = json["config"]["layers"][1]["inbound_nodes"];
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[1]["args"][0]["config"]["keras_history"], (Json{"d", 0, 0}));
  EXPECT_EQ(json["config"]["output_layers"], (Json{"d", 1, 0}));
  EXPECT_EQ(to_json(architecture_from_keras(json)), to_json(net));
}

// A dense layer that reads "inner", a model whose outputs are `outputs`; `call` is the number of the call that it reads.
std::string reader_of_a_model(const std::string& outputs, const std::string& call) {
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 3]}, "name": "x", "inbound_nodes": []},
    {"class_name": "Functional", "config": {"name": "inner", "layers": [
      {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [null, 3]}, "name": "in", "inbound_nodes": []}],
      "input_layers": [["in", 0, 0]], "output_layers": )" +
         outputs + R"(}, "name": "inner", "inbound_nodes": [[["x", 0, 0, {}]]]},
    {"class_name": "Dense", "config": {"name": "d", "units": 2}, "name": "d", "inbound_nodes": [[["inner", )" +
         call + R"(, 0, {}]]]}], "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}})";
}

TEST(KerasJson, RefusesToReadAModelThatGivesNoValue) {
  EXPECT_EQ(read(reader_of_a_model(R"([["in", 0, 0]])", "0").c_str()).layers.size(), 2U);
  EXPECT_THAT(message_of([] { read(reader_of_a_model("[]", "0").c_str()); }),
              testing::HasSubstr("the functional model \"inner\" names no output"));
}

TEST(KerasJson, RefusesReferencesToCallsThatNoFileCanHave) {
  for (const char* call : {"9223372036854775807", "-9223372036854775808", "18446744073709551615", "-1"})
    EXPECT_THAT(message_of([&] { read(reader_of_a_model(R"([["in", 0, 0]])", call).c_str()); }),
                testing::HasSubstr(upkeep::format("a reference to layer \"inner\" holds the number {}", call)));
}

// An inner model with layers "d" and "e"; `calls` are the values that the outer one, which has a layer "d" too, calls it with.
std::string nested_model(const std::string& calls) {
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 3]}, "name": "x", "inbound_nodes": []},
    {"class_name": "Dense", "config": {"name": "d", "units": 3}, "name": "d", "inbound_nodes": [[["x", 0, 0, {}]]]},
    {"class_name": "Functional", "config": {"name": "inner", "layers": [
      {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [null, 3]}, "name": "in", "inbound_nodes": []},
      {"class_name": "Dense", "config": {"name": "d", "units": 4}, "name": "d", "inbound_nodes": [[["in", 0, 0, {}]]]},
      {"class_name": "Dense", "config": {"name": "e", "units": 3}, "name": "e", "inbound_nodes": [[["d", 0, 0, {}]]]}],
      "input_layers": [["in", 0, 0]], "output_layers": [["e", 0, 0], ["d", 0, 0]]}, "name": "inner", "inbound_nodes": [)" +
         calls + R"(]}], "input_layers": [["x", 0, 0]], "output_layers": [["inner", 0, 0], ["inner", 0, 1]]}})";
}

TEST(KerasJson, TakesAModelInsideApart) {
  const KerasModel read = read_keras_model(parse_json(nested_model(R"([["d", 0, 0, {}]])")));
  const Architecture& net = read.architecture;
  ASSERT_EQ(net.layers.size(), 4U);
  EXPECT_EQ(net.layers[2].name, "inner_d");  // "d" is the outer model's
  EXPECT_EQ(net.layers[2].inputs, std::vector<std::string>{"d"});
  EXPECT_EQ(net.layers[3].name, "e");
  EXPECT_EQ(net.outputs, (std::vector<std::string>{"e", "inner_d"}));
  ASSERT_EQ(read.places.size(), 3U);
  EXPECT_EQ(read.places[0].group, "layers/dense");
  EXPECT_EQ(read.places[1].names, (std::vector<std::string>{"inner", "d"}));
  EXPECT_EQ(read.places[1].group, "layers/functional/layers/dense");
  EXPECT_EQ(read.places[2].group, "layers/functional/layers/dense_1");
}

TEST(KerasJson, SharesTheLayersOfAModelThatIsUsedTwice) {
  const Architecture net = read(nested_model(R"([["d", 0, 0, {}]], [["inner", 0, 0, {}]])").c_str());
  ASSERT_EQ(net.layers.size(), 6U);
  EXPECT_EQ(net.layers[4].name, "d_call_1");
  EXPECT_EQ(net.layers[4].shares, "inner_d");
  EXPECT_EQ(net.layers[4].inputs, std::vector<std::string>{"e"});
  EXPECT_EQ(net.layers[5].shares, "e");
}

// Small files can ask for many layers: here 8 to the power of 8, by models that use a model eight times.
TEST(KerasJson, RefusesModelsInModelsWithoutEnd) {
  Json inner = parse_json(R"({"class_name": "Dense", "config": {"name": "d", "units": 3}})");
  for (int depth = 0; depth < 8; ++depth) {
    const std::string name = inner["config"]["name"].get<std::string>();
    inner["name"] = name;
    inner["inbound_nodes"] = parse_json(R"([[["x", 0, 0, {}]]])");
    for (int use = 0; use < 7; ++use) inner["inbound_nodes"].push_back({{name, use, 0, Json::object()}});
    const Json x = parse_json(
        R"({"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_input_shape": [null, 3]}, "inbound_nodes": []})");
    inner = {{"class_name", "Functional"},
             {"config",
              {{"name", "m" + std::to_string(depth)},
               {"layers", {x, inner}},
               {"input_layers", {{"x", 0, 0}}},
               {"output_layers", {{name, 7, 0}}}}}};
  }
  EXPECT_THAT(message_of([&] { architecture_from_keras(inner); }), testing::HasSubstr("more than 20000 layers"));
}

TEST(KerasJson, NamesClassesAsKerasDoes) {
  EXPECT_EQ(snake_case("BatchNormalization"), "batch_normalization");
  EXPECT_EQ(snake_case("Conv2DTranspose"), "conv2d_transpose");
  EXPECT_EQ(snake_case("SimpleRNN"), "simple_rnn");
  EXPECT_EQ(snake_case("RMSNormalization"), "rms_normalization");
  EXPECT_EQ(snake_case("PReLU"), "p_re_lu");
  EXPECT_EQ(snake_case("LSTM"), "lstm");
}

TEST(KerasJson, SaysWhatIsWrongWithOtherJson) {
  for (const char* text : {R"({"class_name": "Sequential"})", R"({"class_name": "Sequential", "config": 3})",
                           R"({"class_name": "Sequential", "config": {"layers": []}})"})
    EXPECT_THAT(message_of([&] { read(text); }), testing::HasSubstr("the configuration has no layers (expected what model.to_json()"))
        << text;
  EXPECT_THAT(message_of([&] { read(R"({"class_name": "Model3", "config": {"layers": [1]}})"); }),
              testing::HasSubstr("unknown Keras model class \"Model3\""));
  EXPECT_THAT(message_of([&] { read(R"({"class_name": "Sequential", "config": {"layers": [1, "a", null]}})"); }),
              testing::HasSubstr("does not say the shape of its input"));
  EXPECT_THAT(message_of([&] { read(R"({"class_name": 3})"); }), testing::HasSubstr("no layers"));
  EXPECT_THAT(error_with("7"), testing::HasSubstr("unknown Keras layer class \"\""));
  EXPECT_THAT(error_with(R"({"class_name": "Dense", "config": [1]})"), testing::HasSubstr("it has no config"));
  EXPECT_THAT(error_with(R"({"class_name": "Dense", "config": {"name": "d", "units": "two"}})"),
              testing::HasSubstr("dense.units: expected an integer"));
}

TEST(KerasJson, AnswersDamageWithAnErrorOrAModel) {
  testing::internal::CaptureStderr();  // notes about keys that mean nothing
  Random random(1);
  int read_anyway = 0;
  for (const char* text : {kKeras3Sequential, kKeras2Sequential, kKeras3Functional, kKeras2Functional}) {
    for (int i = 0; i < 400; ++i) {
      Json json = parse_json(text);
      damage(json, random);
      const std::string error = message_of([&] { architecture_to_keras(architecture_from_json(json)); });
      if (error == "no error") ++read_anyway;
    }
  }
  testing::internal::GetCapturedStderr();
  EXPECT_GT(read_anyway, 0);
  EXPECT_LT(read_anyway, 1600);
}

Architecture there_and_back(const Architecture& net) { return architecture_from_keras(architecture_to_keras(net)); }

TEST(KerasJson, KeepsLayersInsideOfLayers) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4, 3]}}, {bidirectional: {layer: {gru: {units: 2, recurrent_activation: hard_sigmoid, name: f}}, "
      "merge_mode: "
      "sum}}]");
  const Json json = architecture_to_keras(net);
  const Json& inner = json["config"]["layers"][1]["config"]["layer"];
  EXPECT_EQ(inner["class_name"], "GRU");
  EXPECT_EQ(inner["config"]["name"], "f");
  EXPECT_EQ(inner["config"]["recurrent_activation"], "hard_sigmoid");
  EXPECT_EQ(json["config"]["layers"][1]["config"]["backward_layer"], nullptr);
  const Json back = there_and_back(net).layers[1].settings;
  EXPECT_EQ(back["merge_mode"], "sum");
  EXPECT_EQ(back["layer"], (Json{{"kind", "gru"}, {"name", "f"}, {"settings", {{"units", 2}, {"recurrent_activation", "hard_sigmoid"}}}}));
}

TEST(KerasJson, ReadsACellInALoopAsItsLayer) {
  const Architecture net = read(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4, 3]}},
    {"class_name": "RNN", "config": {"name": "loop", "return_sequences": true, "cell":
      {"module": "keras.layers", "class_name": "LSTMCell", "config": {"name": "lstm_cell", "units": 5, "activation": "relu"}}}}]}})");
  EXPECT_EQ(net.layers[1].kind, "lstm");
  EXPECT_EQ(net.layers[1].name, "loop");
  EXPECT_EQ(net.layers[1].settings["units"], 5);
  EXPECT_EQ(net.layers[1].settings["activation"], "relu");
  EXPECT_EQ(net.layers[1].settings["return_sequences"], true);
  EXPECT_THAT(message_of([] {
                read(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4, 3]}},
    {"class_name": "RNN", "config": {"name": "loop", "cell": {"class_name": "MyCell", "config": {}}}}]}})");
              }),
              testing::HasSubstr("unknown cell of an RNN \"MyCell\""));
}

TEST(KerasJson, KeepsSettingsThatKerasGivesInTheCall) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4, 3], name: q}}, {input: {shape: [4, 3], name: v}}, {attention: {use_causal_mask: true, inputs: [q, v], "
      "name: "
      "a}}]");
  const Json json = architecture_to_keras(net);
  EXPECT_FALSE(json["config"]["layers"][2]["config"].contains("use_causal_mask"));
  EXPECT_EQ(json["config"]["layers"][2]["inbound_nodes"][0]["kwargs"]["use_causal_mask"], true);
  EXPECT_EQ(there_and_back(net).layers[2].settings, (Json{{"use_causal_mask", true}}));
  EXPECT_EQ(there_and_back(net).layers[2].inputs, (std::vector<std::string>{"q", "v"}));
}

// A model whose layer is called with `training`, as Keras 2 or 3 writes it.
std::string called_with(const std::string& training, const std::string& layer, bool keras_3) {
  const std::string named = R"({"training": )" + training + "}";
  const std::string node =
      keras_3 ? R"({"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}], "kwargs": )" + named + "}"
              : R"([["x", 0, 0, )" + named + "]]";
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 5], "dtype": "float32"}, "name": "x", "inbound_nodes": []},
    {"class_name": ")" +
         layer + R"(", "config": {"name": "l", "rate": 0.5}, "name": "l", "inbound_nodes": [)" + node +
         R"(]}], "input_layers": [["x", 0, 0]], "output_layers": [["l", 0, 0]]}})";
}

TEST(KerasJson, HeedsTheTrainingOfACallWhereKerasDoes) {
  EXPECT_FALSE(read(called_with("false", "Dropout", true).c_str()).layers[1].inference);  // beside every Dropout that Keras 3 writes
  EXPECT_FALSE(read(called_with("true", "Dropout", true).c_str()).layers[1].inference);
  EXPECT_TRUE(read(called_with("false", "BatchNormalization", true).c_str()).layers[1].inference);  // only where a person said it
  EXPECT_FALSE(read(called_with("null", "BatchNormalization", true).c_str()).layers[1].inference);
  EXPECT_TRUE(read(called_with("false", "Dropout", false).c_str()).layers[1].inference);
  EXPECT_FALSE(read(called_with("null", "Dropout", false).c_str()).layers[1].inference);
  EXPECT_THAT(message_of([] { read(called_with("true", "Dropout", false).c_str()); }),
              testing::HasSubstr("\"l\" (Dropout): it is called with training=True"));
  EXPECT_THROW(read(called_with("true", "GaussianNoise", false).c_str()), Error);
}

TEST(KerasJson, WritesLayersThatKeepToInferenceSoThatKeras3TrainsThemSo) {
  const auto written = [](const std::string& layer) {
    Architecture net = architecture_from_yaml("layers: [{input: {shape: [5]}}, {" + layer + "}]");
    net.layers[1].inference = true;
    return architecture_to_keras(net)["config"]["layers"][1]["config"];
  };
  EXPECT_EQ(written("dropout: {rate: 0.5}")["rate"], 0);
  EXPECT_EQ(written("gaussian_noise: {stddev: 0.5}")["stddev"], 0);
  EXPECT_EQ(written("batch_normalization: {}")["trainable"], false);
}

// A model with a layer whose mask is computed by operations; `operations` and `mask` are Keras's.
std::string masked_model(const std::string& operation, const std::string& mask) {
  const std::string tensor = R"({"class_name": "__keras_tensor__", "config": {"keras_history": [")";
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 5], "dtype": "int32"}, "name": "x", "inbound_nodes": []},
    {"class_name": "Embedding", "config": {"name": "e", "input_dim": 7, "output_dim": 3, "mask_zero": true}, "name": "e", "inbound_nodes": [{"args": [)" +
         tensor + R"(x", 0, 0]}}], "kwargs": {}}]},)" + operation +
         R"({"class_name": "LSTM", "config": {"name": "l", "units": 2}, "name": "l", "inbound_nodes": [{"args": [)" + tensor +
         R"(e", 0, 0]}}], "kwargs": {"training": false, "mask": )" + tensor + mask +
         R"(", 0, 0]}}}}]}], "input_layers": [["x", 0, 0]], "output_layers": [["l", 0, 0]]}})";
}

// With the module, as .keras files say it, or without, as .h5 files do.
std::string comparison_with(const std::string& value, const std::string& module = R"("module": "keras.src.ops.numpy", )") {
  return "{" + module + R"("class_name": "NotEqual", "config": {"name": "ne"}, "name": "ne", "inbound_nodes": [{"args": [
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}, )" +
         value + R"(], "kwargs": {}}]},)";
}

TEST(KerasJson, ReadsMasksThatLayersMakeAnyway) {
  for (const std::string& comparison : {comparison_with("0"), comparison_with("0", "")}) {
    const Architecture net = read(masked_model(comparison, "ne").c_str());
    ASSERT_EQ(net.layers.size(), 3U);
    EXPECT_EQ(net.layers[2].inputs, std::vector<std::string>{"e"});
  }
}

TEST(KerasJson, KeepsMasksThatOnlyTheCallSays) {
  const Architecture compared = read(masked_model(comparison_with("3"), "ne").c_str());
  ASSERT_EQ(compared.layers.size(), 5U);
  EXPECT_EQ(compared.layers[2].kind, "operation");
  EXPECT_EQ(compared.layers[3].kind, "set_mask");
  EXPECT_EQ(compared.layers[3].inputs, (std::vector<std::string>{"e", "ne"}));
  EXPECT_EQ(compared.layers[4].inputs, std::vector<std::string>{"e_masked"});
  const Architecture given = read(masked_model("", "x").c_str());
  EXPECT_EQ(given.layers[2].inputs, (std::vector<std::string>{"e", "x"}));
}

// x * np.array([1, 2, 3]), and the largest of it and minus infinity, as Keras 3 saves them.
TEST(KerasJson, KeepsTheArraysOfOperations) {
  const std::string tensor = R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 3], "dtype": "float32", "keras_history": )";
  const std::string operation = R"("registered_name": null, "inbound_nodes": [{"kwargs": {}, "args": [)";
  const std::string array = R"({"class_name":"__numpy__","config":{"value":[1.0,2.0,3.0],"dtype":"float64"}})";
  const Json model = parse_python_json(R"({"class_name": "Functional", "config": {"name": "f", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3], "dtype": "float32"}, "name": "x", "inbound_nodes": []},
    {"module": "keras.src.ops.numpy", "class_name": "Multiply", "config": {"name": "m"}, "name": "m", )" +
                                       operation + tensor + R"(["x", 0, 0]}}, )" + array + R"(]}]},
    {"module": "keras.src.ops.numpy", "class_name": "Maximum", "config": {"name": "n"}, "name": "n", )" +
                                       operation + tensor + R"(["m", 0, 0]}}, -Infinity]}]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["n", 0, 0]]}})");
  const Json layers = architecture_to_keras(architecture_from_keras(model)).at("config").at("layers");
  EXPECT_EQ(layers[1]["inbound_nodes"][0]["args"][1].dump(), array);
  EXPECT_EQ(layers[2]["inbound_nodes"][0]["args"][1].get<double>(), -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace upkeep::layers
