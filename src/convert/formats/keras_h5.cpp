// Keras's legacy whole-model file: HDF5 with the configuration in attributes of the root.
//
//   /                  attributes keras_version, backend, model_config, training_config (JSON), and of our own upkeep_metadata (JSON)
//   /model_weights     attribute layer_names; a group per layer with attribute weight_names and the datasets of these names
//   /optimizer_weights attribute weight_names and the datasets of these names, nested by the slashes in them

#include <set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/python_json.hpp"
#include "convert/formats/format.hpp"
#include "convert/formats/keras_inside.hpp"
#include "convert/formats/shared/hdf5.hpp"
#include "convert/formats/shared/keras.hpp"
#include "convert/formats/shared/keras_bytes.hpp"
#include "convert/formats/shared/keras_store.hpp"

namespace upkeep::formats {

namespace {

// What a file may ask for: layers and weights are opened one by one.
constexpr std::size_t kMaxTensors = 1'000'000;

// A list of names, each once.
std::vector<std::string> names_in(const hdf5::Group& group, const std::string& attribute) {
  std::vector<std::string> names = group.texts(attribute);
  std::set<std::string_view> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second)
      throw Error(ErrorCode::kCorrupt, upkeep::format("attribute \"{}\" names \"{}\" twice", group.where(attribute), name));
  return names;
}

NamedTensors read_tensors(const hdf5::Group& group, std::size_t& budget) {
  NamedTensors tensors;
  for (const std::string& name : names_in(group, "weight_names")) {
    if (budget-- == 0) throw Error(ErrorCode::kResourceExhausted, upkeep::format("more than {} weights", kMaxTensors));
    tensors.emplace_back(name, group.tensor(name));
  }
  return tensors;
}

// Whole models say their configuration; files of weights alone have the layers at the root, by name or by place.
bool holds_weights_alone(const hdf5::Group& root) {
  return !root.has_attribute("model_config") &&
         (root.has_attribute("layer_names") || root.has_attribute("layer_names0") || root.has("layers") || root.has("vars"));
}

void read_layers(const hdf5::Group& weights, std::size_t& budget, KerasFile& file) {
  for (const std::string& layer : names_in(weights, "layer_names"))
    file.weights.emplace_back(layer, read_tensors(weights.group(layer), budget));
}

std::string text_or(const hdf5::Group& root, const char* attribute, const char* otherwise) {
  return root.has_attribute(attribute) ? root.text(attribute) : otherwise;
}

// Keras 1 did not always say what it was.
KerasFile file_of(const hdf5::Group& root) {
  return {.version = text_or(root, "keras_version", "1"), .backend = text_or(root, "backend", "tensorflow")};
}

}  // namespace

KerasFile read_keras_h5(const std::filesystem::path& path) {
  const hdf5::Reader reader(path);
  const hdf5::Group root = reader.root();
  if (holds_weights_alone(root))
    throw Error(ErrorCode::kUnsupported, "the file holds weights only, without the model's configuration",
                "save the whole model, or give the architecture: upkeep convert net.json model.onnx --weights " + path.filename().string());
  if (!root.has_attribute("model_config"))
    throw Error(ErrorCode::kCorrupt, "an HDF5 file, but not a Keras model: it has no attribute \"model_config\"");
  KerasFile file = file_of(root);
  file.model_config = in_contained_context("model_config", [&] { return parse_python_json(root.text("model_config")); });
  if (root.has_attribute("training_config"))
    file.training_config = in_contained_context("training_config", [&] { return parse_python_json(root.text("training_config")); });
  if (root.has_attribute("upkeep_metadata"))
    file.metadata = in_contained_context("upkeep_metadata", [&] { return parse_json(root.text("upkeep_metadata")); });
  std::size_t budget = kMaxTensors;
  read_layers(root.group("model_weights"), budget, file);
  if (root.has("optimizer_weights")) file.optimizer = read_tensors(root.group("optimizer_weights"), budget);
  return file;
}

// Of a file of weights alone, or of a whole model's.
KerasFile read_keras_h5_weights(const std::filesystem::path& path) {
  const hdf5::Reader reader(path);
  const hdf5::Group root = reader.root();
  KerasFile file = file_of(root);
  std::size_t budget = kMaxTensors;
  if (root.has("layers")) read_places(root, file);
  else read_layers(root.has("model_weights") ? root.group("model_weights") : reader.root(), budget, file);
  return file;
}

namespace {

Weights load_keras_weights(const std::filesystem::path& path, const LayeredModel& layered) {
  const KerasFile file = read_contained({path}, [&] { return read_keras_h5_weights(path); });
  return weights_from_keras(file, layered.architecture, layers::keras_places_of(layered));
}

void write_tensors(hdf5::Writer& writer, const std::string& group, const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  writer.texts(group, "weight_names", names);
  for (const auto& [name, tensor] : tensors) writer.tensor(group + "/" + name, tensor);
}

std::string write_keras_file(const KerasFile& file) {
  hdf5::Writer writer;
  writer.text("", "backend", "tensorflow");
  writer.text("", "keras_version", file.version);
  writer.text("", "model_config", dump_python_json(file.model_config));
  if (!file.training_config.is_null()) writer.text("", "training_config", dump_python_json(file.training_config));
  if (!file.metadata.empty()) writer.text("", "upkeep_metadata", file.metadata.dump(-1, ' ', false, Json::error_handler_t::replace));
  writer.group("model_weights");
  writer.text("model_weights", "backend", "tensorflow");
  writer.text("model_weights", "keras_version", file.version);
  std::vector<std::string> layers;
  for (const auto& [layer, tensors] : file.weights) layers.push_back(layer);
  writer.texts("model_weights", "layer_names", layers);
  for (const auto& [layer, tensors] : file.weights) {
    writer.group("model_weights/" + layer);
    write_tensors(writer, "model_weights/" + layer, tensors);
  }
  writer.group("model_weights/top_level_model_weights");
  writer.texts("model_weights/top_level_model_weights", "weight_names", {});
  if (!file.optimizer.empty()) {
    writer.group("optimizer_weights");
    write_tensors(writer, "optimizer_weights", file.optimizer);
  }
  return writer.finish();
}

Model load(const std::filesystem::path& file, const layers::StandIns& stand_ins) {
  return model_from_keras(read_contained({file}, [&] { return read_keras_h5(file); }), stand_ins);
}

void save(const Model& model, const std::filesystem::path& file) {
  const auto alone = hdf5::exclusive();
  write_file(file, write_keras_file(keras_from_model(model, WeightNames::kLayers)));
}

}  // namespace

void add_keras_h5(FormatCatalog& catalog) {
  catalog.add(
      {.name = "keras-h5",
       .aliases = {},
       .extensions = {".h5", ".hdf5"},
       .help = "Keras's HDF5 model file: reads what Keras 1.2 to 3 write, writes what Keras 3 reads; weights alone are read with --weights",
       .settings = {},
       .sniff = [](std::string_view head) { return head.starts_with(hdf5::kSignature); },
       .of_layers = true,
       .load = load,
       .save = save,
       .load_weights = load_keras_weights});
}

}  // namespace upkeep::formats
