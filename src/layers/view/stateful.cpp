#include "layers/view/stateful.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/notes.hpp"
#include "layers/view/build.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::layers {
namespace {

// The settings of the layer that has the states: of Bidirectional, those of the layer inside.
bool is_stateful(const LayerSpec& layer) {
  if (layer.settings.value("stateful", Json(false)) == true) return true;
  const Json inner = layer.settings.value("layer", Json());
  return !inner.is_null() && is_stateful(read_nested(inner));
}

void give_states(LayerSpec& layer) {
  layer.settings["stateful"] = false;
  layer.settings["return_state"] = true;
}

LayerSpec with_states_given(LayerSpec layer) {
  if (!layer.settings.contains("layer")) {
    give_states(layer);
    return layer;
  }
  for (const char* direction : {"layer", "backward_layer"}) {
    if (layer.settings.value(direction, Json()).is_null()) continue;
    LayerSpec inner = read_nested(layer.settings[direction]);
    give_states(inner);
    layer.settings[direction] = nested_setting(inner);
  }
  return layer;
}

void check_alone(const Architecture& architecture, const LayerSpec& layer) {
  const bool shared = !layer.shares.empty() || std::ranges::contains(architecture.layers, layer.name, &LayerSpec::shares);
  if (shared) throw Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" is stateful and is used several times", layer.name));
  if (layer.inputs.size() != 1)
    throw Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" is stateful and is given initial states", layer.name));
}

// An input layer for each of these states, which the layer starts from.
void start_from_inputs(LayerSpec& layer, const std::map<std::string, Dims>& shapes, std::vector<LayerSpec>& inputs) {
  for (int number = 0;; ++number) {
    const auto state = shapes.find(upkeep::format("{}:{}", layer.name, number + 1));
    if (state == shapes.end()) return;
    Json sizes = Json::array();
    for (const Dim& dim : state->second) sizes.push_back(dim.known() ? Json(dim.value) : Json());
    Json settings = {{"batch_size", sizes[0]}};
    sizes.erase(0);
    settings["shape"] = std::move(sizes);
    inputs.push_back({.kind = "input", .name = upkeep::format("{}_state_{}", layer.name, number), .settings = std::move(settings)});
    layer.inputs.push_back(inputs.back().name);
  }
}

}  // namespace

Architecture states_as_values(const Architecture& architecture) {
  Architecture made = architecture;
  made.outputs = output_layers(architecture);
  std::vector<std::string> stateful;
  for (LayerSpec& layer : made.layers) {
    if (!is_stateful(layer)) continue;
    check_alone(architecture, layer);
    layer = with_states_given(std::move(layer));
    stateful.push_back(layer.name);
  }
  if (stateful.empty()) throw Error(ErrorCode::kFailedPrecondition, "no layer of the model is stateful");
  const std::map<std::string, Dims> shapes = output_shapes(made);
  std::vector<LayerSpec> inputs;
  for (LayerSpec& layer : made.layers) {
    if (!std::ranges::contains(stateful, layer.name)) continue;
    const std::size_t before = layer.inputs.size();
    start_from_inputs(layer, shapes, inputs);
    for (std::size_t i = before; i < layer.inputs.size(); ++i) made.outputs.push_back(upkeep::format("{}:{}", layer.name, i - before + 1));
  }
  const auto behind = std::ranges::find_if(made.layers, [](const LayerSpec& layer) { return layer.kind != "input"; });
  made.layers.insert(behind, inputs.begin(), inputs.end());
  check(made);
  return made;
}

Model states_as_values(const LayeredModel& layered) {
  Model made = build_model(states_as_values(layered.architecture), layered.weights);
  carry_notes(layered.model, made, Edit::kForInference);
  return made;
}

}  // namespace upkeep::layers
