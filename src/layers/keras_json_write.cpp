// Writing, in the form of Keras 3. Keys that only its newest versions know are left out, so that older ones read it too.

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/activations.hpp"
#include "layers/build.hpp"
#include "layers/initializers.hpp"
#include "layers/keras_form.hpp"
#include "layers/keras_json.hpp"
#include "layers/nested.hpp"

namespace upkeep::layers {
namespace {

Json object(const char* module, const std::string& class_name, Json config) {
  return {{"module", module}, {"class_name", class_name}, {"config", std::move(config)}, {"registered_name", nullptr}};
}

Json float32_policy() { return object("keras", "DTypePolicy", {{"name", "float32"}}); }

Json keras_initializer(const Json& setting) {
  const Json full = full_initializer(setting);
  Json config = full["config"];
  for (const char* key : {"input_axes", "output_axes"})  // unknown to older versions
    if (config.contains(key) && config[key].is_null()) config.erase(key);
  return object("keras.initializers", full["class_name"].get<std::string>(), std::move(config));
}

// "l1_l2" -> "L1L2"
std::string class_of(const std::string& name) {
  std::string result;
  for (std::string part : split(name, '_')) {
    if (!part.empty()) part[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
    result += part;
  }
  return result;
}

// A bare name stays one: Keras gives a name and a class different defaults.
Json keras_object(const char* module, const Json& setting) {
  if (setting.is_null()) return setting;
  const NamedSettings named = read_keras_form(setting);
  if (setting.is_string() && named.values.empty()) return setting;
  return object(module, class_of(named.name), named.values);
}

// With parameters, an activation is one of Keras's layers.
Json keras_activation(const Json& setting) {
  static const std::map<std::string, std::string> kClasses = {
      {"relu", "ReLU"}, {"leaky_relu", "LeakyReLU"}, {"elu", "ELU"}, {"softmax", "Softmax"}};
  const Activation activation = read_activation(setting);
  if (activation_setting(activation).is_string()) return activation.name;
  const auto found = kClasses.find(activation.name);
  if (found == kClasses.end())
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("Keras has no way to write activation \"{}\" with {}", activation.name, activation.parameters.dump()),
                "use its defaults, or save as ONNX");
  return object("keras.layers", found->second, activation.parameters);
}

Json keras_layer(const LayerSpec& layer);

// Keras wants a name for each layer.
LayerSpec named_nested(const Json& setting) {
  LayerSpec spec = read_nested(setting);
  if (spec.name.empty()) spec.name = spec.kind;
  return spec;
}

Json keras_value(const Field& field, const Json& value) {
  if (field.name.ends_with("layer") && !value.is_null()) return keras_layer(named_nested(value));
  if (field.name.ends_with("_initializer")) return keras_initializer(value);
  if (field.name.ends_with("_regularizer")) return keras_object("keras.regularizers", value);
  if (field.name.ends_with("_constraint")) return keras_object("keras.constraints", value);
  if (field.name.ends_with("activation")) return keras_activation(value);
  if (field.type == "list of integers" && !value.is_array()) return Json::array({value});
  if (field.type == "list of numbers" && value.is_array() && value.size() == 1) return value[0];
  return value;
}

Json input_config(const LayerSpec& layer, const Json& settings) {
  Json batch_shape = Json::array({settings["batch_size"]});
  for (const Json& size : settings["shape"]) batch_shape.push_back(size);
  return {
      {"batch_shape", std::move(batch_shape)}, {"dtype", settings["dtype"]}, {"sparse", false}, {"ragged", false}, {"name", layer.name}};
}

Json keras_layer(const LayerSpec& layer) {
  const LayerEntry& about = catalog().at(layer.kind);
  about.make(layer.settings);
  Json settings = Json::object();
  for (const Field& field : about.settings.fields())
    settings[field.name] = in_context(layer.kind + "." + field.name,
                                      [&] { return keras_value(field, layer.settings.value(field.name, field.default_value)); });
  for (const std::string& setting : about.call_settings) settings.erase(setting);
  if (about.keras_class == "InputLayer") return object("keras.layers", about.keras_class, input_config(layer, settings));
  Json config = {{"name", layer.name}, {"dtype", float32_policy()}};
  config.update(settings);
  return object("keras.layers", about.keras_class, std::move(config));
}

bool is_chain(const Architecture& architecture) {
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    const std::vector<std::string> above = i == 0 ? std::vector<std::string>{} : std::vector{architecture.layers[i - 1].name};
    if (architecture.layers[i].inputs != above) return false;
  }
  return output_layers(architecture) == std::vector{architecture.layers.back().name};
}

Json sizes(const Dims& dims) {
  Json list = Json::array();
  for (const Dim& dim : dims) list.push_back(dim.known() ? Json(dim.value) : Json(nullptr));
  return list;
}

// One reference, or a list of them: Keras tells a model of one tensor from a model of a list by it.
Json references(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back({name, 0, 0});
  return list.size() == 1 ? list[0] : list;
}

Json keras_tensor(const std::string& layer, const Value& value) {
  return {{"class_name", "__keras_tensor__"},
          {"config", {{"shape", sizes(value.dims())}, {"dtype", to_string(value.dtype())}, {"keras_history", {layer, 0, 0}}}}};
}

Json sequential(const Architecture& architecture, Json layers) {
  Json config = {{"name", architecture.name}, {"trainable", true}, {"dtype", float32_policy()}, {"layers", std::move(layers)}};
  config["build_input_shape"] = config["layers"][0]["config"]["batch_shape"];
  return object("keras", "Sequential", std::move(config));
}

Json functional(const Architecture& architecture, Json layers, const BuiltLayers& built) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& layer = architecture.layers[i];
    Json arguments = Json::array();
    for (const std::string& input : layer.inputs) arguments.push_back(keras_tensor(input, built.outputs.at(input)));
    layers[i]["name"] = layer.name;
    layers[i]["inbound_nodes"] = Json::array();
    if (catalog().at(layer.kind).reads_list) arguments = Json::array({std::move(arguments)});
    Json named = Json::object();
    for (const std::string& setting : catalog().at(layer.kind).call_settings)
      if (layer.settings.contains(setting)) named[setting] = layer.settings[setting];
    if (!arguments.empty()) layers[i]["inbound_nodes"].push_back({{"args", std::move(arguments)}, {"kwargs", std::move(named)}});
  }
  Json config = {{"name", architecture.name}, {"trainable", true}, {"layers", std::move(layers)}};
  config["input_layers"] = references(built.inputs);
  config["output_layers"] = references(output_layers(architecture));
  Json model = object("keras.src.models.functional", "Functional", std::move(config));  // as Keras itself writes it
  model["registered_name"] = "Functional";
  return model;
}

}  // namespace

Json architecture_to_keras(const Architecture& architecture) {
  check(architecture);
  Json layers = Json::array();
  for (const LayerSpec& layer : architecture.layers)
    layers.push_back(in_context("layer \"" + layer.name + "\"", [&] { return keras_layer(layer); }));
  Model scratch;
  Ops ops(scratch);
  const BuiltLayers built =
      build_layers(architecture, ops, {.weight = [&](const NamedWeight& weight) {
                     return ops.input(weight.name, DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()));
                   }});
  if (is_chain(architecture)) return sequential(architecture, std::move(layers));
  return functional(architecture, std::move(layers), built);
}

}  // namespace upkeep::layers
