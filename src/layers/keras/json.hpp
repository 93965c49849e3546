// Keras's model configuration, the JSON of model.to_json() and of its files, as an architecture, and back.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "layers/onnx_graph.hpp"

namespace upkeep::layers {

// Where a Keras file keeps the weights of a layer.
struct KerasPlace {
  std::string layer;               // its name here
  std::vector<std::string> names;  // Keras's, from the outermost model inwards: {"encoder", "dense"}
  std::string group;               // in .keras and .weights.h5: "layers/functional/layers/dense"
  std::string part = {};           // the part of the layer here that is the layer there, "layer": see WeightSpec::part
  bool operator==(const KerasPlace&) const = default;
};

struct KerasModel {
  Architecture architecture;
  std::vector<KerasPlace> places;         // of layers that share no other's weights, in the order in which Keras lists them
  std::vector<std::string> outputs = {};  // what Keras calls the outputs of a functional model, in their order; empty: a Sequential
  Weights stand_in_weights = {};          // of layers that others stand for; no file of Keras's has them
};

// What a configuration does not say of its layers.
struct KerasExtras {
  StandIns stand_ins = {};                               // graphs for layers that are none of the catalog
  std::map<std::string, std::string> vocabularies = {};  // tokens, one a line, by the place of the layer that looks them up
  std::map<std::string, Tensor> token_weights = {};      // of those vocabularies, float32, by the same places
};

// A Sequential or Functional model of layers in the catalog, as Keras 1.2 to 3 write it; models inside are taken apart. `keras_version`
// ("2.15.0") where a file says it elsewhere; else the JSON's own, else it is told by the form. Keys that mean nothing here are left out.
// Throws Error{kUnsupported} with layer and class: Lambda, unknown classes, where nothing stands for them; Error{kCorrupt}: not such a
// configuration; Error{kResourceExhausted}: models in models without end; Error{kNotFound}: a stand-in for a layer that is not there.
KerasModel read_keras_model(const Json& model, std::string_view keras_version = {}, const KerasExtras& extras = {});
Architecture architecture_from_keras(const Json& model, std::string_view keras_version = {});

// "BatchNormalization" -> "batch_normalization", in Keras's way.
std::string snake_case(std::string_view name);
// What a class's places in Keras's files are called: its name in Python, in snake case.
std::string place_name(const std::string& keras_class);

// The model of a configuration, with these weights and those of stand-ins; it remembers where Keras's files keep them. And its layers and
// their places.
Model model_of_keras(const KerasModel& keras, const Weights& weights);
std::vector<KerasPlace> keras_places_of(const LayeredModel& layered);

// One layer, {"class_name": "Dense", "config": {...}}, without what it reads. Throws as above.
LayerSpec layer_from_keras(const Json& layer, bool keras2 = false);

// The configuration that Keras 3 reads: Sequential where each layer reads the one above it, Functional otherwise.
// Throws Error{kUnsupported}: an activation with parameters that Keras has no name for.
Json architecture_to_keras(const Architecture& architecture);
// The layers with weights of their own, in the order that Keras gives them; without those that no output depends on, which Keras drops.
std::vector<std::string> keras_order(const Architecture& architecture);
// Where Keras looks for the weights of the model that this configuration makes.
std::vector<KerasPlace> keras_places(const Architecture& architecture);

}  // namespace upkeep::layers
