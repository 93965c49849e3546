// The walk from an architecture to operators, for whoever decides what a weight is in the graph.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "layers/view/architecture.hpp"

namespace upkeep::layers {

struct BuildHooks {
  bool training = false;
  std::function<Value(const NamedWeight& weight)> weight;
  std::function<Value(const std::string& name, const Dims& dims)> random = {};
  std::function<void(Value activity, const Json& regularizer)> add_activity_penalty = {};
  std::function<void(const std::string& weight, Value after)> update = {};  // by full name, "LAYER/WEIGHT"
};

struct BuiltLayers {
  std::map<std::string, Value> outputs;                 // of every layer: "lstm", and "lstm:1" where it gives several
  std::map<std::string, std::function<Value()>> masks;  // of their steps, absent where all count; built when asked for
  std::vector<std::string> inputs;                      // names of the input layers
  std::vector<NamedWeight> weights;
  std::vector<NamedWeight> unread;  // variables of Keras's that no graph needs
};

// Builds all layers in order. Throws Error with layer and place.
BuiltLayers build_layers(const Architecture& architecture, Ops& ops, const BuildHooks& hooks);

}  // namespace upkeep::layers

namespace upkeep {

// The shapes of the layers' outputs, in Keras's order of axes: "lstm", and "lstm:1" where one gives several.
std::map<std::string, Dims> output_shapes(const Architecture& architecture);

// What Keras has beside the weights, in its layers' order.
std::vector<NamedWeight> unread_variables(const Architecture& architecture);

// Which steps of the model's outputs count, float32 [batch, time] each, named as the outputs; nullopt where all of them do.
std::optional<Model> build_mask_model(const Architecture& architecture, const Weights& weights);

// As build_training_forward(), but with the layers as for inference: no random inputs, no updates. Penalties of activities are collected,
// so that evaluation shows the same loss.
ForwardGraph build_evaluation_forward(const Architecture& architecture, Ops& ops);

}  // namespace upkeep
