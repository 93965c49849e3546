#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// y = relu(x) * 2 + x[:, :1], as Keras 3 and TensorFlow's functions of Keras 2 write it.
constexpr const char* kOfKeras3 = R"({"class_name": "Functional", "config": {"name": "f", "layers": [
  {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 2], "name": "x"}, "name": "x", "inbound_nodes": []},
  {"module": "keras.src.ops.nn", "class_name": "Relu", "config": {"name": "relu"}, "name": "relu", "inbound_nodes": [{"args": [
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}], "kwargs": {}}]},
  {"module": "keras.src.ops.numpy", "class_name": "Multiply", "config": {"name": "mul"}, "name": "mul", "inbound_nodes": [{"args": [
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["relu", 0, 0]}}, 2.0], "kwargs": {}}]},
  {"module": "keras.src.ops.numpy", "class_name": "GetItem", "config": {"name": "get"}, "name": "get", "inbound_nodes": [{"args": [
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}, [
      {"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, {"class_name": "__slice__", "config": {"start": null, "stop": 1, "step": null}}]], "kwargs": {}}]},
  {"module": "keras.src.ops.numpy", "class_name": "Add", "config": {"name": "add"}, "name": "add", "inbound_nodes": [{"args": [
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["mul", 0, 0]}}, {"class_name": "__keras_tensor__", "config": {"keras_history": ["get", 0, 0]}}], "kwargs": {}}]}],
  "input_layers": [["x", 0, 0]], "output_layers": [["add", 0, 0]]}})";

constexpr const char* kOfKeras2 = R"({"class_name": "Functional", "config": {"name": "f", "layers": [
  {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "name": "x"}, "name": "x", "inbound_nodes": []},
  {"class_name": "TFOpLambda", "config": {"name": "relu", "function": "nn.relu"}, "name": "relu", "inbound_nodes": [["x", 0, 0, {"name": null}]]},
  {"class_name": "TFOpLambda", "config": {"name": "mul", "function": "math.multiply"}, "name": "mul", "inbound_nodes": [["_CONSTANT_VALUE", -1, 2.0, {"y": ["relu", 0, 0], "name": null}]]},
  {"class_name": "SlicingOpLambda", "config": {"name": "get", "function": "__operators__.getitem"}, "name": "get", "inbound_nodes": [["x", 0, 0,
    {"slice_spec": [{"start": null, "stop": null, "step": null}, {"start": null, "stop": 1, "step": null}]}]]},
  {"class_name": "TFOpLambda", "config": {"name": "add", "function": "__operators__.add"}, "name": "add", "inbound_nodes": [["mul", 0, 0, {"y": ["get", 0, 0], "name": null}]]}],
  "input_layers": [["x", 0, 0]], "output_layers": [["add", 0, 0]]}})";

TEST(Operation, IsReadFromBothKeras) {
  for (const char* text : {kOfKeras3, kOfKeras2}) {
    const Architecture net = architecture_from_keras(parse_json(text));
    const Model model = build_model(net, {});
    verify(model);
    EXPECT_THAT(values(run(model, Tensor({2, 2}, std::vector<float>{1, -1, -3, 4}))), testing::ElementsAre(3, 1, -3, 5));
  }
}

TEST(Operation, IsWrittenAsKeras3Does) {
  const Architecture net = architecture_from_keras(parse_json(kOfKeras2));
  const Json json = architecture_to_keras(net);
  EXPECT_EQ(json["config"]["layers"][1]["module"], "keras.src.ops.nn");
  EXPECT_EQ(to_json(architecture_from_keras(json)), to_json(net));
}

TEST(Operation, NamesWhatItDoesNotKnow) {
  EXPECT_THAT(message_of([] { architecture_from_yaml("layers: [{input: {shape: [2]}}, {operation: {function: meann}}]"); }),
              testing::HasSubstr("unknown operation \"meann\" (did you mean \"mean\""));
  EXPECT_THAT(
      message_of([] { architecture_from_yaml("layers: [{input: {shape: [2]}}, {operation: {function: mean, arguments: {axes: 1}}}]"); }),
      testing::HasSubstr("unknown argument of mean \"axes\""));
  std::string other = kOfKeras2;
  other.replace(other.find("nn.relu"), 7, "nn.relo");
  EXPECT_THAT(message_of([&] { architecture_from_keras(parse_json(other)); }),
              testing::HasSubstr("unknown TensorFlow function \"nn.relo\""));
}

}  // namespace
}  // namespace upkeep::layers
