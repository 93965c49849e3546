// A graph that we built has its layers' names before the "/" of its nodes and values. Building the layers once more tells which value is
// which layer's output: the names come out the same.

#include "layers/view/places.hpp"

#include <algorithm>
#include <unordered_set>

#include "layers/view/build.hpp"

namespace upkeep {
namespace {

std::unordered_set<std::string> values_of(const Graph& graph) {
  std::unordered_set<std::string> names;
  for (const ValueInfo& input : graph.inputs) names.insert(input.name);
  for (const Node& node : graph.nodes) names.insert(node.outputs.begin(), node.outputs.end());
  return names;
}

// Nobody reads the last transposition of some layers: then it is not in the graph, and what it would have read is the layer's output.
void place_value(LayerPlace& place, const std::string& value, const Graph& built, const std::unordered_set<std::string>& there) {
  if (there.contains(value)) {
    place.value = value;
    return;
  }
  const Node* node = built.producer(value);
  if (!node || node->op != "Transpose" || !there.contains(node->inputs[0])) return;
  place.value = node->inputs[0];
  place.order = node->get<std::vector<std::int64_t>>("perm", {});
}

bool belongs(const Node& node, const std::string& layer) {
  const std::string prefix = layer + "/";
  return node.name.starts_with(prefix) ||
         std::ranges::any_of(node.outputs, [&](const std::string& output) { return output == layer || output.starts_with(prefix); });
}

}  // namespace

std::vector<LayerPlace> layer_places(const Model& model) {
  return find(model.metadata, kLayersKey) ? built_places(model, architecture_of(model)) : recognised_places(model);
}

std::vector<LayerPlace> built_places(const Model& model, const Architecture& architecture) {
  Model scratch;
  Ops ops(scratch);
  const layers::BuiltLayers built =
      layers::build_layers(architecture, ops, {.weight = [&](const NamedWeight& weight) {
                             return ops.input(weight.name, DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()));
                           }});
  for (const std::string& output : output_layers(architecture)) ops.output(built.outputs.at(output), output);
  const std::unordered_set<std::string> there = values_of(model.graph);
  std::vector<LayerPlace> places;
  for (const LayerSpec& layer : architecture.layers) {
    LayerPlace& place = places.emplace_back(LayerPlace{.layer = layer.name, .kind = layer.kind});
    place_value(place, built.outputs.at(layer.name).name(), scratch.graph, there);
    for (std::size_t i = 0; i < model.graph.nodes.size(); ++i)
      if (belongs(model.graph.nodes[i], layer.name)) place.nodes.push_back(i);
  }
  return places;
}

}  // namespace upkeep
