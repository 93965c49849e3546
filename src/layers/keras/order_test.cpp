#include "layers/keras/order.hpp"

#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Orders as Keras 3.15 gives them in model.layers.

TEST(KerasOrder, PutsTheFarthestFromAnOutputFirst) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4], name: x}}, {dense: {units: 4, name: short}}, {dense: {units: 4, name: long, inputs: x}}, "
      "{dense: {units: 4, name: longer}}, {add: {inputs: [short, longer], name: sum}}]");
  EXPECT_EQ(keras_order(net), (std::vector<std::string>{"x", "long", "short", "longer", "sum"}));
}

TEST(KerasOrder, CountsALayerOnceAtItsFarthestUse) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4], name: a}}, {input: {shape: [4], name: b}}, {dense: {units: 4, name: d, inputs: b}}, "
      "{dense: {units: 4, name: e, inputs: a}}, {dense: {shares: d, name: again, inputs: e}}]\noutputs: [again, d]");
  EXPECT_EQ(keras_order(net), (std::vector<std::string>{"a", "e", "b", "d"}));
}

TEST(KerasOrder, LeavesOutWhatNoOutputDependsOn) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4], name: x}}, {dense: {units: 4, name: lost}}, {dense: {units: 4, name: d, inputs: x}}]");
  EXPECT_EQ(keras_order(net), (std::vector<std::string>{"x", "d"}));
}

// As nodes_by_depth lists them: the last output's way first.
TEST(KerasOrder, RunsCallsOfOneDepthFromTheLastOutputBack) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4], name: x}}, {dense: {units: 4, name: a, inputs: x}}, {dense: {units: 4, name: b, inputs: x}}, "
      "{dense: {shares: a, name: again, inputs: b}}]\noutputs: [a, b, again]");
  std::vector<std::string> names;
  for (const LayerSpec& layer : in_keras_run(net).layers) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "b", "again", "a"}));
}

}  // namespace
}  // namespace upkeep::layers
