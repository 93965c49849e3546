// The layer view of a model: names, kinds and settings in Keras's vocabulary. It is kept in the model's metadata ("upkeep.layers"), or
// recovered by the layers' recognisers where a foreign file has none. Structure edits and the Keras formats work on this view, then build
// the graph anew.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/notes.hpp"
#include "layers/layer.hpp"

namespace upkeep {

struct LayerSpec {
  std::string kind;  // a name of the layer catalog
  std::string name;  // unique in the model: "dense", "dense_1" (Keras's numbering); no "/" and no ":"
  Json settings = Json::object();
  std::vector<std::string> inputs;  // the layers it reads, "lstm", or "lstm:1" for the second value that one gives; empty for input layers
  std::string shares = {};          // a layer above, of the same kind and settings, whose weights it uses: Keras's shared layers
  bool inference = false;           // whether it behaves as in inference while the model is trained: Keras's training=False in a call
};

// "lstm" of "lstm:1".
std::string layer_of(std::string_view reference);

struct Architecture {
  std::string name = "sequential";
  std::vector<LayerSpec> layers;     // in topological order
  std::vector<std::string> outputs;  // the layers whose values the model gives, as in LayerSpec::inputs; empty: the last one
  layers::MaskRules mask_rules = layers::MaskRules::kKeras3;  // what its layers make of masks

  const LayerSpec& layer(std::string_view name) const;  // throws Error{kNotFound} with the names there are
  std::size_t index(std::string_view name) const;
};

Json to_json(const Architecture& architecture);
// What to_json() writes, the same in short, or Keras's model.to_json(). In short:
//   {"name": "net", "layers": [{"input": {"shape": [10]}}, {"dense": {"units": 10, "activation": "relu", "name": "hidden"}}, {"dense":
//   {"units": 1}}]}
// A layer without `inputs` reads the one above it. A name given in the settings names the layer.
// Throws Error with the place: unknown kind, setting, name or input.
Architecture architecture_from_json(const Json& json);
Architecture architecture_from_yaml(std::string_view text);  // the same forms in YAML
// Throws Error with the place: no layers, unknown kinds, names used twice or with a "/", inputs that do not stand above, outputs that are
// no layer.
void check(const Architecture& architecture);
// The names in `outputs`, spelled out.
std::vector<std::string> output_layers(const Architecture& architecture);
// A free name in Keras's manner: "dense", "dense_1", "dense_2".
std::string free_name(const Architecture& architecture, const std::string& kind);

// The weights of a layered model by "LAYER/WEIGHT", in Keras's layout.
using Weights = std::vector<std::pair<std::string, Tensor>>;
const Tensor* find(const Weights& weights, std::string_view name);

// Fresh weights from each layer's initialisers. Same seed, same weights; a weight depends on the seed and its own name only.
// Weights in `keep` whose name and shape fit are taken over.
Weights initial_weights(const Architecture& architecture, std::uint64_t seed, const Weights& keep = {});

// The inference graph: one input per input layer (named as the layer), batch dimension "batch", weights as initializers "LAYER/WEIGHT", the
// architecture in the metadata. Throws Error naming layer and place: unknown kind, setting, input; shapes that do not fit ("layer
// \"dense_3\" expects ...").
Model build_model(const Architecture& architecture, const Weights& weights);

// A model in our form (metadata, weight names) and its layer view, parsed or recognised once and carried as a value.
struct LayeredModel {
  Model model;
  Architecture architecture;
  Weights weights;  // in the order of weight_specs(); tensors are shared with the graph's initializers
};
// What a foreign graph may be taken for: layers alone, or functions between them as well (layers/operations), which Keras 3 keeps in its
// models. As layers, it trains as it was made; a function may have weights that the graph had as constants.
enum class Recognition { kLayers, kLayersAndFunctions };
// The layer view from the metadata, else recognised, and the graph built from it: equal answers. Throws Error{kUnsupported} naming the
// nodes that are not a known layer.
LayeredModel with_layers(const Model& model, Recognition recognition = Recognition::kLayers);
// One part of the view, for callers that need no more: of a foreign graph they recognise, and build nothing.
Architecture architecture_of(const Model& model);
Weights weights_of(const Model& model);

// All weights of the architecture, with layer, in order.
struct NamedWeight {
  std::string name;  // "dense/kernel"
  std::string layer;
  layers::WeightSpec spec;
};
std::vector<NamedWeight> weight_specs(const Architecture& architecture);

// The forward graph for training, appended to `ops`: weights are graph inputs "LAYER/WEIGHT", random masks are graph inputs, penalties are
// collected.
struct ForwardGraph {
  std::vector<Value> outputs;
  std::vector<Value> masks;         // of the outputs: bool [batch, time], which steps count; absent where all do
  std::vector<std::string> inputs;  // of the data
  std::vector<NamedWeight> weights;
  std::vector<std::pair<std::string, Dims>> random_inputs;  // uniform [0, 1), float32; the first dimension may be "batch"
  std::vector<std::pair<Value, Json>> activity_penalties;   // activity, regularizer
  std::vector<std::pair<std::string, Value>> updates;       // weights that are not trainable, after this step
};
ForwardGraph build_training_forward(const Architecture& architecture, Ops& ops);

}  // namespace upkeep
