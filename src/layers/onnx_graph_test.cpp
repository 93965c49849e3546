#include "layers/onnx_graph.hpp"

#include "graph/onnx.hpp"
#include "graph/opset.hpp"
#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// y = relu(x w + b), z = x w; in an older operator set, as an exporter may write it.
Model exported() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"N", 2});
  const Value product = ops.matmul(x, ops.initializer("w", Tensor({2, 3}, std::vector<float>{1, -1, 2, 0.5, 1, -3})));
  const Value sum = ops.add(product, ops.initializer("b.0", Tensor({3}, std::vector<float>{0, 1, 2})));
  ops.output(ops.relu(sum), "y");
  ops.output(ops.reduce_sum(product, {1}), "z");
  set_opset(model, 11);
  return model;
}

Architecture net_around(const OnnxGraph& graph) {
  Architecture net = architecture_from_yaml("layers: [{input: {shape: [2], name: x}}, {rescaling: {scale: 2}}, {rescaling: {scale: 10}}]");
  net.layers[1] = {.kind = "onnx_graph", .name = "mine", .settings = graph.settings, .inputs = {"x"}};
  net.layers[2].inputs = {"mine"};
  return net;
}

Weights of_mine(const OnnxGraph& graph) {
  Weights weights;
  for (const auto& [name, tensor] : graph.weights) weights.emplace_back("mine/" + name, tensor);
  return weights;
}

TEST(OnnxGraph, ComputesWhatTheGraphComputes) {
  const OnnxGraph graph = onnx_graph_of(exported());
  ASSERT_EQ(graph.weights.size(), 2U);
  Architecture net = net_around(graph);
  const Tensor x({2, 2}, std::vector<float>{1, 2, -1, 0});
  EXPECT_THAT(values(run(build_model(net, of_mine(graph)), x)), testing::ElementsAre(20, 20, 0, 0, 20, 0));
  net.outputs = {"mine:1"};
  EXPECT_THAT(values(run(build_model(net, of_mine(graph)), x)), testing::ElementsAre(-1, -2));
}

TEST(OnnxGraph, ComesBackFromTheModelsOwnDescription) {
  const OnnxGraph graph = onnx_graph_of(exported());
  const Model model = build_model(net_around(graph), of_mine(graph));
  EXPECT_EQ(to_json(architecture_of(model)), to_json(net_around(graph)));
}

TEST(OnnxGraph, SaysWhatDoesNotFit) {
  const OnnxGraph graph = onnx_graph_of(exported());
  Architecture net = net_around(graph);
  net.layers[0].settings["shape"] = {5};
  EXPECT_THAT(message_of([&] { build_model(net, of_mine(graph)); }),
              testing::HasSubstr("the graph's input \"x\" is float32[N, 2], the layer reads float32[batch, 5]"));
  Model looping = exported();
  looping.graph.nodes[0].domain = "com.example";
  EXPECT_THAT(message_of([&] { onnx_graph_of(looping); }), testing::HasSubstr("is no operator of ONNX"));
  EXPECT_THAT(message_of([&] { architecture_to_keras(net_around(graph)); }),
              testing::HasSubstr("layer \"mine\": Keras has no layer like onnx_graph"));
}

constexpr const char* kOwnLayers = R"json({"class_name": "Sequential", "config": {"name": "s", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 2], "dtype": "float32"}},
  {"class_name": "Mine", "registered_name": "Custom>Mine", "config": {"name": "mine_a", "anything": 7}},
  {"class_name": "Rescaling", "config": {"name": "r", "scale": 10.0, "offset": 0.0}}]}})json";

TEST(OnnxGraph, StandsForAClassOrALayer) {
  const Json json = parse_json(kOwnLayers);
  const Tensor x({2, 2}, std::vector<float>{1, 2, -1, 0});
  for (const char* name : {"Mine", "mine_a"}) {
    const KerasModel keras = read_keras_model(json, "3.9.0", {.stand_ins = {{name, onnx_graph_of(exported())}}});
    EXPECT_THAT(values(run(build_model(keras.architecture, keras.stand_in_weights), x)), testing::ElementsAre(20, 20, 0, 0, 20, 0)) << name;
  }
  EXPECT_THAT(message_of([&] { read_keras_model(json, "3.9.0"); }), testing::HasSubstr("Mine"));
  EXPECT_THAT(message_of([&] {
                read_keras_model(json, "3.9.0", {.stand_ins = {{"Mine", onnx_graph_of(exported())}, {"Other", onnx_graph_of(exported())}}});
              }),
              testing::HasSubstr("no layer and no class \"Other\""));
}

}  // namespace
}  // namespace upkeep::layers
