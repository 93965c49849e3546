// Layers inside of a layer: what Bidirectional and TimeDistributed wrap.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/layer.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// A setting that is a layer: "lstm", {lstm: {units: 3}}, {kind: lstm, name: forward, settings: {units: 3}}, or Keras's {"class_name":
// "LSTM", "config": {...}}. Throws Error{kInvalidArgument} for anything else; its settings are checked when it is made.
LayerSpec read_nested(const Json& setting);
// As a setting: {kind, name, settings}.
Json nested_setting(const LayerSpec& spec);
// The layer of the catalog. Throws Error at its settings.
std::unique_ptr<Layer> make_nested(const LayerSpec& spec);
// Whether the layer of the catalog has this setting.
bool has_setting(const LayerSpec& spec, const std::string& name);

// The context of a layer inside: the same, with its own inputs, and "PREFIX/" before the names of its weights and random numbers.
BuildContext nested_context(const BuildContext& context, const std::string& prefix, std::vector<Value> inputs);
// Weights of a layer inside, by their outer names.
std::vector<WeightSpec> prefixed(std::vector<WeightSpec> weights, const std::string& prefix);
// Weights that Keras keeps in a part of the layer (WeightSpec::part).
std::vector<WeightSpec> in_part(std::vector<WeightSpec> weights, const std::string& part);

}  // namespace upkeep::layers
