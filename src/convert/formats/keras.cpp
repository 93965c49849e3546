#include "convert/formats/keras.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/architecture.hpp"
#include "layers/keras_json.hpp"
#include "train/training_record.hpp"

namespace upkeep::formats {

namespace {

constexpr const char* kWritesAs = "3.9.0";  // the Keras whose form we write

// "sequential/dense/kernel" (Keras 3) and "dense/kernel:0" (Keras 2) are both "kernel".
std::string_view own_name(std::string_view name) {
  if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name.substr(0, name.find(':'));
}

const NamedTensors* find_layer(const KerasFile& file, std::string_view name) {
  const auto found = std::ranges::find(file.layers, name, [](const auto& layer) { return std::string_view(layer.first); });
  return found == file.layers.end() ? nullptr : &found->second;
}

// A layer's weight by its name; by place where the file's names say nothing.
Tensor take_weight(const NamedTensors& tensors, const layers::WeightSpec& spec, std::size_t place) {
  const auto named = std::ranges::find(tensors, spec.name, [](const auto& tensor) { return own_name(tensor.first); });
  if (named == tensors.end() && place >= tensors.size())
    throw Error(ErrorCode::kCorrupt, upkeep::format("the file has {} weights and no \"{}\"", tensors.size(), spec.name));
  const Tensor& tensor = named == tensors.end() ? tensors[place].second : named->second;
  if (tensor.shape() != spec.shape)
    throw Error(ErrorCode::kCorrupt, upkeep::format("its {} should have shape {}, and has {} in the file", spec.name, to_string(spec.shape),
                                                    to_string(tensor.shape())));
  return tensor.cast(DType::kFloat32);
}

Weights take_weights(const Architecture& architecture, const KerasFile& file) {
  Weights weights;
  std::string layer;
  std::size_t place = 0;
  for (const NamedWeight& wanted : weight_specs(architecture)) {
    place = wanted.layer == layer ? place + 1 : 0;
    layer = wanted.layer;
    const NamedTensors* tensors = find_layer(file, layer);
    if (!tensors) throw Error(ErrorCode::kCorrupt, upkeep::format("the file has no weights of layer \"{}\"", layer));
    weights.emplace_back(wanted.name,
                         in_context(upkeep::format("layer \"{}\"", layer), [&] { return take_weight(*tensors, wanted.spec, place); }));
  }
  return weights;
}

// Layers and compile settings are in Keras's own places. Of the training, what has no place there is how it went.
void take_metadata(const Json& metadata, Model& model) {
  if (!metadata.is_object()) throw wrong_type("upkeep_metadata as a map of names to texts", metadata);
  for (const auto& [key, value] : metadata.items()) {
    if (!value.is_string() || key == kLayersKey) continue;
    if (key != kTrainingKey) {
      set(model.metadata, key, value.get<std::string>());
      continue;
    }
    Model whole;
    set(whole.metadata, key, value.get<std::string>());
    TrainingRecord record = training_record_of(model);
    TrainingRecord ours = training_record_of(whole);
    record.epoch = ours.epoch;
    record.history = std::move(ours.history);
    set_training_record(model, record);
  }
}

}  // namespace

Model model_from_keras(const KerasFile& file) {
  const Architecture architecture =
      in_context("model_config", [&] { return layers::architecture_from_keras(file.model_config, file.version); });
  Model model = build_model(architecture, take_weights(architecture, file));
  in_context("training_config", [&] { read_training(file, model); });
  take_metadata(file.metadata, model);
  return model;
}

KerasFile keras_from_model(const Model& model) {
  const Model layered = with_layers(model);
  const Architecture architecture = architecture_of(layered);
  KerasFile file{.version = kWritesAs,
                 .model_config = layers::architecture_to_keras(architecture),
                 .training_config = nullptr,
                 .layers = {},
                 .optimizer = {},
                 .metadata = Json::object()};
  for (const auto& [key, value] : layered.metadata)
    if (key != kLayersKey) file.metadata[key] = value;
  for (const LayerSpec& layer : architecture.layers) file.layers.emplace_back(layer.name, NamedTensors{});
  const Weights weights = weights_of(layered);
  for (const NamedWeight& weight : weight_specs(architecture)) {
    NamedTensors& tensors = file.layers[architecture.index(weight.layer)].second;
    tensors.emplace_back(upkeep::format("{}/{}", architecture.name, weight.name), *find(weights, weight.name));
  }
  write_training(layered, file);
  return file;
}

}  // namespace upkeep::formats
