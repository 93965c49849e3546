#include "convert/formats/shared/keras.hpp"

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "convert/formats/shared/keras_layouts.hpp"
#include "graph/notes.hpp"
#include "layers/shared/lookup.hpp"
#include "layers/view/architecture.hpp"
#include "layers/view/build.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "train/training_record.hpp"

namespace upkeep::formats {

namespace {

constexpr const char* kWritesAs = "3.9.0";  // the Keras whose form we write

// The parts of "sequential/dense/kernel" (Keras 3) or "dense/kernel:0" (Keras 2).
std::vector<std::string> parts_of(std::string_view name) { return split(name.substr(0, name.find(':')), '/'); }

const NamedTensors* find_group(const KerasFile& file, std::string_view name) {
  const auto found = std::ranges::find(file.weights, name, [](const auto& group) { return std::string_view(group.first); });
  return found == file.weights.end() ? nullptr : &found->second;
}

bool ends_with_parts(const std::vector<std::string>& name, const std::vector<std::string>& end) {
  return name.size() >= end.size() && std::equal(end.rbegin(), end.rend(), name.rbegin());
}

// A model's group holds the weights of all layers inside: trainable ones first, so that their places say little. Their names say the layer.
NamedTensors of_inner_layer(const NamedTensors& all, const layers::KerasPlace& place) {
  NamedTensors own;
  for (const auto& [name, tensor] : all) {
    std::vector<std::string> parts = parts_of(name);
    if (!parts.empty()) parts.pop_back();
    if (std::ranges::contains(parts, place.names.back())) own.emplace_back(name, tensor);
  }
  return own;
}

// A layer's weight by its name; by place where the file's names say nothing.
const Tensor& by_name(const NamedTensors& tensors, const layers::WeightSpec& spec, std::size_t place) {
  const std::vector<std::string> wanted = split(spec.name, '/');
  const auto named = std::ranges::find_if(tensors, [&](const auto& tensor) { return ends_with_parts(parts_of(tensor.first), wanted); });
  if (named == tensors.end() && place >= tensors.size())
    throw Error(ErrorCode::kCorrupt, upkeep::format("the file has {} weights and no \"{}\"", tensors.size(), spec.name));
  return named == tensors.end() ? tensors[place].second : named->second;
}

// Older versions of Keras 3 kept some parts under private names: "_query_dense" for "query_dense", or the other way round.
const NamedTensors* find_part(const KerasFile& file, const layers::KerasPlace& place, std::string part) {
  if (!place.part.empty() && part.starts_with(place.part)) part.erase(0, std::min(part.size(), place.part.size() + 1));
  if (part.empty()) return find_group(file, place.group);
  if (const NamedTensors* found = find_group(file, place.group + "/" + part)) return found;
  return find_group(file, place.group + "/" + (part.starts_with('_') ? part.substr(1) : "_" + part));
}

class WeightFinder {
 public:
  WeightFinder(const KerasFile& file, const Architecture& architecture, const std::vector<layers::KerasPlace>& places)
      : file_(file), architecture_(architecture) {
    for (const layers::KerasPlace& place : places) places_[place.layer] = &place;
  }

  // Weights are asked for in order, layer by layer.
  Tensor take(const NamedWeight& wanted) {
    if (wanted.layer != layer_) begin(wanted.layer);
    const std::size_t number = file_.names == WeightNames::kLayers ? taken_[""]++ : taken_[wanted.spec.part]++;
    if (file_.names == WeightNames::kPlaces && wanted.spec.also_in) ++taken_[*wanted.spec.also_in];
    return in_context(upkeep::format("layer \"{}\"", wanted.layer), [&] {
      const Tensor& tensor = find(wanted.spec, number);
      if (tensor.shape() != wanted.spec.shape)
        throw Error(ErrorCode::kCorrupt, upkeep::format("its {} should have shape {}, and has {} in the file", wanted.spec.name,
                                                        to_string(wanted.spec.shape), to_string(tensor.shape())));
      return tensor.cast(DType::kFloat32);
    });
  }

 private:
  void begin(const std::string& layer) {
    layer_ = layer;
    taken_.clear();
    own_.clear();
    if (file_.names == WeightNames::kPlaces) return;
    const layers::KerasPlace& place = *places_.at(layer);
    const NamedTensors* group = find_group(file_, place.names.front());
    if (!group) throw Error(ErrorCode::kCorrupt, upkeep::format("the file has no weights of layer \"{}\"", layer));
    own_ = place.names.size() == 1 ? *group : of_inner_layer(*group, place);
    if (std::ranges::any_of(own_, [](const auto& tensor) { return tensor.first.contains("lora_"); }))
      throw Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" has a LoRA beside its kernel", layer),
                  "save the model as .keras, which has it merged");
    const LayerSpec& spec = architecture_.layer(layer);
    in_context(upkeep::format("layer \"{}\"", layer), [&] {
      if (file_.version.starts_with('1')) own_ = weights_of_keras_one(spec, std::move(own_));
      if (file_.backend == "theano") own_ = weights_of_theano(spec, std::move(own_));
      own_ = weights_of_cudnn(spec, std::move(own_));
    });
  }

  const Tensor& find(const layers::WeightSpec& spec, std::size_t number) const {
    if (file_.names == WeightNames::kLayers) return by_name(own_, spec, number);
    const layers::KerasPlace& place = *places_.at(layer_);
    const NamedTensors* part = find_part(file_, place, spec.part);
    const auto found =
        part ? std::ranges::find(*part, std::to_string(number), [](const auto& one) { return one.first; }) : NamedTensors::const_iterator{};
    if (!part || found == part->end())
      throw Error(ErrorCode::kCorrupt, upkeep::format("the file has no {}: there is no \"{}{}/vars/{}\"", spec.name, place.group,
                                                      spec.part.empty() ? "" : "/" + spec.part, number));
    return found->second;
  }

  const KerasFile& file_;
  const Architecture& architecture_;
  std::map<std::string, const layers::KerasPlace*> places_;
  std::string layer_;
  NamedTensors own_;
  std::map<std::string, std::size_t> taken_;  // how many weights of each part of the layer
};

// Layers and compile settings are in Keras's own places. Of the training, what has no place there is how it went.
void take_metadata(const Json& metadata, Model& model) {
  if (!metadata.is_object()) throw wrong_type("upkeep_metadata as a map of names to texts", metadata);
  Model whole;
  for (const auto& [key, value] : metadata.items())
    if (value.is_string()) set(whole.metadata, key, value.get<std::string>());
  const bool trained = find(whole.metadata, kTrainingKey) != nullptr;
  TrainingRecord record = training_record_of(model);
  carry_notes(whole, model, Edit::kKerasFile);
  if (!trained) return;
  TrainingRecord ours = training_record_of(whole);
  record.epoch = ours.epoch;
  record.history = std::move(ours.history);
  take_fuller_compile(ours, record, model);
  set_training_record(model, record);
}

// Graphs of others compute constants, shapes above all, where layers have settings, and have left-overs of normalisations, which belong to
// the layer before. What is still no layer then is a function between layers, or is named, without what made shapes for it.
LayeredModel with_known_layers(const Model& model) {
  const auto layered = [](const Model& graph, Recognition recognition) -> std::optional<LayeredModel> {
    try {
      return with_layers(graph, recognition);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported || find(graph.metadata, kLayersKey)) throw;
      return std::nullopt;
    }
  };
  if (std::optional<LayeredModel> made = layered(model, Recognition::kLayers)) return *std::move(made);
  Model folded = model;
  if (rewrite(folded, {"dequantize", Json::object()}).facts["places"] > 0)
    note("the integers of a quantised model are written as the floats that they stand for");
  for (const char* step : {"split-to-slices", "fold-constants", "fold-batch-normalization"}) rewrite(folded, {step, Json::object()});
  if (std::optional<LayeredModel> made = layered(folded, Recognition::kLayers)) return *std::move(made);
  return with_layers(folded, Recognition::kLayersAndFunctions);
}

}  // namespace

Weights weights_from_keras(const KerasFile& file, const Architecture& architecture, const std::vector<layers::KerasPlace>& places) {
  WeightFinder finder(file, architecture, places);
  Weights weights;
  for (const NamedWeight& wanted : weight_specs(architecture))
    if (architecture.layer(wanted.layer).kind != "onnx_graph") weights.emplace_back(wanted.name, finder.take(wanted));
  return weights;
}

namespace {

layers::KerasExtras extras_of(const KerasFile& file, const layers::StandIns& stand_ins) {
  layers::KerasExtras extras{.stand_ins = stand_ins, .vocabularies = file.vocabularies};
  for (const auto& [place, tensors] : file.weights)
    for (const auto& [name, tensor] : tensors)
      if (name == kTokenWeights) extras.token_weights.emplace(place, tensor);
  return extras;
}

}  // namespace

Model model_from_keras(const KerasFile& file, const layers::StandIns& stand_ins) {
  const layers::KerasModel keras =
      in_context("model_config", [&] { return layers::read_keras_model(file.model_config, file.version, extras_of(file, stand_ins)); });
  Weights weights = weights_from_keras(file, keras.architecture, keras.places);
  weights.insert(weights.end(), keras.stand_in_weights.begin(), keras.stand_in_weights.end());
  Model model = build_model(keras.architecture, weights);
  in_context("training_config", [&] { read_training(file, keras, model); });
  take_metadata(file.metadata, model);
  return model;
}

namespace {

// Where a lookup keeps them: TextVectorization has a lookup inside, and writes those of it too.
void add_token_weights(const Architecture& architecture, const std::vector<layers::KerasPlace>& places,
                       std::map<std::string, std::size_t>& at, KerasFile& file) {
  for (const layers::KerasPlace& place : places) {
    const LayerSpec& layer = architecture.layer(place.layer);
    const std::optional<Tensor> weights = layers::token_weights(layer);
    if (!weights) continue;
    std::vector<std::string> groups = {place.group};
    if (layer.kind == "text_vectorization") groups.push_back(place.group + "/_lookup_layer");
    for (const std::string& group : groups) {
      if (at.emplace(group, file.weights.size()).second) file.weights.emplace_back(group, NamedTensors{});
      file.weights[at.at(group)].second.emplace_back(kTokenWeights, *weights);
    }
  }
}

}  // namespace

KerasFile keras_from_model(const Model& model, WeightNames names) {
  const LayeredModel layered = with_known_layers(model);
  const Architecture& architecture = layered.architecture;
  KerasFile file{.version = kWritesAs, .model_config = layers::architecture_to_keras(architecture), .names = names};
  Model told;
  carry_notes(layered.model, told, Edit::kKerasFile);
  for (const auto& [key, value] : told.metadata) file.metadata[key] = value;
  std::map<std::string, std::size_t> at;  // where each group is in the file's list
  const std::vector<layers::KerasPlace> places = layers::keras_places(architecture);
  std::map<std::string, const layers::KerasPlace*> by_layer;
  for (const layers::KerasPlace& place : places) {
    const std::string group = names == WeightNames::kLayers ? place.layer : place.group;
    at.emplace(group, file.weights.size());
    file.weights.emplace_back(group, NamedTensors{});
    by_layer.emplace(place.layer, &place);
  }
  const auto add = [&](const NamedWeight& weight, const Tensor& value) {
    if (!by_layer.contains(weight.layer)) return;  // no output depends on it
    const layers::KerasPlace& place = *by_layer.at(weight.layer);
    const auto put = [&](const std::string& part) {
      std::string group = names == WeightNames::kLayers ? place.layer : place.group;
      if (!part.empty()) group += "/" + part;
      if (at.emplace(group, file.weights.size()).second) file.weights.emplace_back(group, NamedTensors{});
      NamedTensors& tensors = file.weights[at.at(group)].second;
      const std::string name = names == WeightNames::kLayers ? architecture.name + "/" + weight.name : std::to_string(tensors.size());
      tensors.emplace_back(name, value);
    };
    put(names == WeightNames::kLayers ? "" : weight.spec.part);
    if (names == WeightNames::kPlaces && weight.spec.also_in) put(*weight.spec.also_in);
  };
  for (const NamedWeight& weight : weight_specs(architecture)) add(weight, *find(layered.weights, weight.name));
  for (const NamedWeight& variable : unread_variables(architecture)) add(variable, Tensor::full(variable.spec.shape, 0.0F));
  if (names == WeightNames::kPlaces) add_token_weights(architecture, places, at, file);
  write_training(layered, places, file);
  return file;
}

}  // namespace upkeep::formats
