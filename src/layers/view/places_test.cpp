#include "layers/view/places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

Model placed_model() {
  const Architecture net = architecture_from_yaml(R"(
    layers:
      - input: {shape: [6, 6, 1], name: image}
      - conv2d: {filters: 2, kernel_size: [3, 3], activation: relu, name: first}
      - dropout: {rate: 0.5, name: drop}
      - conv2d: {filters: 3, kernel_size: [3, 3], name: second}
      - flatten: {name: flat}
      - dense: {units: 2, name: out}
  )");
  return build_model(net, initial_weights(net, 1));
}

const LayerPlace& place_of(const std::vector<LayerPlace>& places, std::string_view layer) {
  return *std::ranges::find(places, layer, &LayerPlace::layer);
}

}  // namespace

TEST(LayerPlaces, NameTheValueThatEachLayerGives) {
  const Model model = placed_model();
  const std::vector<LayerPlace> places = layer_places(model);
  ASSERT_EQ(places.size(), 6U);
  EXPECT_EQ(place_of(places, "image").value, "image");
  EXPECT_EQ(place_of(places, "out").value, "out");
  EXPECT_EQ(model.graph.producer(place_of(places, "flat").value)->op, "Flatten");
}

TEST(LayerPlaces, SayHowAxesStandWhereNobodyReadsKerassOrder) {
  const Model model = placed_model();
  const std::vector<LayerPlace> places = layer_places(model);
  const LayerPlace& first = place_of(places, "first");  // read by a convolution, which wants the channels second
  EXPECT_EQ(model.graph.producer(first.value)->op, "Relu");
  EXPECT_THAT(first.order, ElementsAre(0, 2, 3, 1));
  const LayerPlace& second = place_of(places, "second");  // flattened in Keras's order
  EXPECT_EQ(model.graph.producer(second.value)->op, "Transpose");
  EXPECT_THAT(second.order, IsEmpty());
}

TEST(LayerPlaces, GiveEachNodeToItsLayerAndNoneToALayerThatDoesNothing) {
  const Model model = placed_model();
  const std::vector<LayerPlace> places = layer_places(model);
  std::vector<std::string> first;
  for (const std::size_t node : place_of(places, "first").nodes) first.push_back(model.graph.nodes[node].op);
  EXPECT_THAT(first, ElementsAre("Transpose", "Transpose", "Conv", "Relu"));
  EXPECT_THAT(place_of(places, "drop").nodes, IsEmpty());
  EXPECT_EQ(place_of(places, "drop").value, place_of(places, "first").value);
  std::size_t nodes = 0;
  for (const LayerPlace& place : places) nodes += place.nodes.size();
  EXPECT_EQ(nodes, model.graph.nodes.size());
}

TEST(LayerPlaces, LeaveOutWhatARewriteRemoved) {
  Model model = placed_model();
  for (Node& node : model.graph.nodes)
    for (auto* names : {&node.inputs, &node.outputs})
      for (std::string& name : *names)
        if (name == "first/Relu") name = "fused";
  EXPECT_EQ(place_of(layer_places(model), "first").value, "");
}

TEST(LayerPlaces, AreFoundInAForeignGraph) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 2] x) => (float[n, 3] y) <float[2,3] w = {1,2,3,4,5,6}, float[3] b = {1,2,3}> {
      h = MatMul(x, w)
      s = Add(h, b)
      y = Tanh(s)
    })");
  const std::vector<LayerPlace> places = layer_places(model);
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].value, "x");
  EXPECT_EQ(places[1].value, "y");
  EXPECT_EQ(places[1].layer, architecture_of(model).layers[1].name);
  EXPECT_THAT(places[1].nodes, ElementsAre(0U, 1U, 2U));
}

}  // namespace upkeep
