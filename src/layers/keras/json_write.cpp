// Writing, in the form of Keras 3. Keys that only its newest versions know are left out, so that older ones read it too.

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "layers/keras/activation.hpp"
#include "layers/keras/form.hpp"
#include "layers/keras/json.hpp"
#include "layers/keras/operations.hpp"
#include "layers/keras/order.hpp"
#include "layers/keras/parts.hpp"
#include "layers/keras/written.hpp"
#include "layers/shared/cleared_masks.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/shared/lookup.hpp"
#include "layers/view/build.hpp"
#include "layers/view/nested.hpp"
#include "layers/view/same_answers.hpp"
#include "layers/view/training_flag.hpp"

namespace upkeep::layers {

Json keras_entry(const std::string& module, const std::string& class_name, Json config) {
  return {{"module", module}, {"class_name", class_name}, {"config", std::move(config)}, {"registered_name", nullptr}};
}

namespace {

Json float32_policy() { return keras_entry("keras", "DTypePolicy", {{"name", "float32"}}); }

Json keras_initializer(const Json& setting) {
  const Json full = full_initializer(setting);
  Json config = full["config"];
  for (const char* key : {"input_axes", "output_axes"})  // unknown to older versions
    if (config.contains(key) && config[key].is_null()) config.erase(key);
  return keras_entry("keras.initializers", full["class_name"].get<std::string>(), std::move(config));
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
  return keras_entry(module, class_of(named.name), named.values);
}

Json keras_layer(const LayerSpec& layer);

// Keras's TimeDistributed reads one value. What joins several does so without it.
LayerSpec as_keras_joins_them(LayerSpec layer) {
  if (layer.kind != "time_distributed" || layer.inputs.size() < 2) return layer;
  LayerSpec inner = read_nested(layer.settings.at("layer"));
  inner.inputs = layer.inputs;
  inner = as_keras_joins_them(std::move(inner));
  const LayerEntry& about = catalog().at(inner.kind);
  if (!about.for_each_step) return layer;
  inner.settings = about.for_each_step(std::move(inner.settings));
  inner.name = layer.name, inner.shares = layer.shares, inner.inference = layer.inference;
  return inner;
}

Architecture as_keras_has_it(Architecture architecture) {
  for (LayerSpec& layer : architecture.layers) layer = as_keras_joins_them(std::move(layer));
  return architecture;
}

// Keras wants a name for each layer.
LayerSpec named_nested(const Json& setting) {
  LayerSpec spec = read_nested(setting);
  if (spec.name.empty()) spec.name = spec.kind;
  return spec;
}

Json keras_value(const Settings& about, const Field& field, const Json& value) {
  if (field.name.ends_with("layer") && !value.is_null()) return keras_layer(named_nested(value));
  if (field.name == "vocabulary" && value.is_string())
    return tokens_of_lines(value.get<std::string>(), token_type(about));  // Keras: a path
  if (field.name == "cell" && value.is_object())
    return keras_entry("keras.layers", value.at("class_name").get<std::string>(), value.at("config"));
  if (field.name.ends_with("_initializer")) return keras_initializer(value);
  if (field.name.ends_with("_regularizer")) return keras_object("keras.regularizers", value);
  if (field.name.ends_with("_constraint")) return keras_object("keras.constraints", value);
  if (field.name.ends_with("activation")) return activation_to_keras(value);
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
  if (layer.kind == "operation") return write_operation(layer).entry;
  if (layer.kind == "time_distributed" && layer.inputs.size() > 1)
    throw Error(ErrorCode::kUnsupported, upkeep::format("Keras's TimeDistributed reads one value, and this one {}", layer.inputs.size()));
  if (layer.kind == "rnn" && layer.inputs.size() > 1)
    throw Error(ErrorCode::kUnsupported, "Keras's RNN takes the initial states of several cells cell by cell, which is not written");
  if (about.keras_class.empty()) throw Error(ErrorCode::kUnsupported, upkeep::format("Keras has no layer like {}", layer.kind));
  Json settings = Json::object();
  for (const Field& field : about.settings.fields())
    settings[field.name] = in_context(layer.kind + "." + field.name, [&] {
      return keras_value(about.settings, field, layer.settings.value(field.name, field.default_value));
    });
  for (const std::string& setting : about.call_settings) settings.erase(setting);
  settings.erase("in_model");  // of parts of a model, which Keras has in one piece
  if (about.keras_class == "InputLayer") return keras_entry("keras.layers", about.keras_class, input_config(layer, settings));
  Json config = {{"name", layer.name}, {"dtype", float32_policy()}};
  config.update(settings);
  return keras_entry(about.keras_module, about.keras_class, std::move(config));
}

// A Sequential hands on all that a layer gives, so that each gives one value.
bool is_chain(const Architecture& architecture, const BuiltLayers& built) {
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    const LayerSpec& layer = architecture.layers[i];
    const std::vector<std::string> above = i == 0 ? std::vector<std::string>{} : std::vector{architecture.layers[i - 1].name};
    if (built.outputs.contains(layer.name + ":1") || layer.inputs != above || !layer.shares.empty() || layer.inference ||
        layer.kind == "operation")
      return false;
  }
  return output_layers(architecture) == std::vector{architecture.layers.back().name};
}

Json sizes(const Dims& dims) {
  Json list = Json::array();
  for (const Dim& dim : dims) list.push_back(dim.known() ? Json(dim.value) : Json(nullptr));
  return list;
}

// What Keras calls the values of layers: the layer that has the weights, which use of it, and which of the use's values.
class References {
 public:
  explicit References(const Architecture& architecture) {
    std::map<std::string, int> used;
    for (const LayerSpec& layer : architecture.layers) {
      const std::string& owner = layer.shares.empty() ? layer.name : layer.shares;
      uses_[layer.name] = {owner, used[owner]++};
    }
  }

  Json of(const std::string& reference) const {
    const auto& [owner, use] = uses_.at(layer_of(reference));
    const std::size_t colon = reference.find(':');
    return {owner, use, colon == std::string::npos ? 0 : std::stoi(reference.substr(colon + 1))};
  }

  // One reference, or a list of them: Keras tells a model of one tensor from a model of a list by it.
  Json of(const std::vector<std::string>& references) const {
    Json list = Json::array();
    for (const std::string& reference : references) list.push_back(of(reference));
    return list.size() == 1 ? list[0] : list;
  }

 private:
  std::map<std::string, std::pair<std::string, int>> uses_;
};

Json keras_tensor(Json history, const Value& value) {
  return {{"class_name", "__keras_tensor__"},
          {"config", {{"shape", sizes(value.dims())}, {"dtype", to_string(value.dtype())}, {"keras_history", std::move(history)}}}};
}

Json sequential(const Architecture& architecture, Json layers) {
  Json config = {{"name", architecture.name}, {"trainable", true}, {"dtype", float32_policy()}, {"layers", std::move(layers)}};
  config["build_input_shape"] = config["layers"][0]["config"]["batch_shape"];
  return keras_entry("keras", "Sequential", std::move(config));
}

// {"input": n} in arguments of an operation, as the value that it stands for.
Json with_tensors(const Json& arguments, const Json& tensors) {
  if (arguments.is_object() && arguments.contains("input")) return tensors.at(arguments["input"].get<std::size_t>());
  if (!arguments.is_array()) return arguments;
  Json list = Json::array();
  for (const Json& one : arguments) list.push_back(with_tensors(one, tensors));
  return list;
}

// How a layer is called: {"args": [...], "kwargs": {...}}.
Json keras_call(const LayerSpec& layer, const References& references, const BuiltLayers& built) {
  const LayerEntry& about = catalog().at(layer.kind);
  Json arguments = Json::array();
  for (const std::string& input : layer.inputs) arguments.push_back(keras_tensor(references.of(input), built.outputs.at(input)));
  if (layer.kind == "operation") {
    const std::size_t rank = layer.inputs.empty() ? 0 : built.outputs.at(layer.inputs[0]).rank();
    return {{"args", with_tensors(write_operation(without_ellipsis(layer, rank)).arguments, arguments)}, {"kwargs", Json::object()}};
  }
  Json named = Json::object();
  for (const std::string& setting : about.call_settings)
    if (layer.settings.contains(setting)) named[setting] = layer.settings[setting];
  if (named.contains("attention_mask") && named["attention_mask"] == true) {  // the last input
    named["attention_mask"] = arguments.back();
    arguments.erase(arguments.size() - 1);
  }
  if (!about.rest_argument.empty() && arguments.size() > 1) {
    const Json first = arguments[0];
    arguments.erase(0);
    named[about.rest_argument] = std::exchange(arguments, Json::array({first}));
  }
  if (about.reads_list) arguments = Json::array({std::move(arguments)});
  return {{"args", std::move(arguments)}, {"kwargs", std::move(named)}};
}

Json functional(const Architecture& architecture, const Json& layers, const BuiltLayers& built) {
  const References references(architecture);
  std::map<std::string, Json> written;  // by the layer that has the weights
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& layer = architecture.layers[i];
    if (layer.shares.empty()) {
      Json& entry = written[layer.name] = layers[i];
      entry["name"] = layer.name;
      entry["inbound_nodes"] = Json::array();
    }
    if (layer.inputs.empty()) continue;
    written.at(layer.shares.empty() ? layer.name : layer.shares)["inbound_nodes"].push_back(keras_call(layer, references, built));
  }
  Json list = Json::array();
  for (const std::string& name : keras_order(architecture)) list.push_back(std::move(written[name]));
  Json config = {{"name", architecture.name}, {"trainable", true}, {"layers", std::move(list)}};
  config["input_layers"] = references.of(built.inputs);
  config["output_layers"] = references.of(output_layers(architecture));
  Json model = keras_entry("keras.src.models.functional", "Functional", std::move(config));  // as Keras itself writes it
  model["registered_name"] = "Functional";
  return model;
}

// Keras 3 does not heed training=False in a call while a model is trained. What it has for moving statistics that stay is a layer that is
// not trained, and for dropout, none.
LayerSpec as_keras_trains_it(LayerSpec layer) {
  if (!layer.inference) return layer;
  if (layer.kind == "batch_normalization" && layer.settings.value("trainable", true)) {
    note(upkeep::format(
        "layer \"{}\" keeps its statistics in training, which Keras 3 has for layers that are not trained; it is written as one",
        layer.name));
  }
  return quiet_in_training(std::move(layer));
}

// The architecture as Keras 3 runs it, where it takes masks away before other layers read them than it does here.
Architecture run_by_keras(const Architecture& architecture) {
  const ClearedMasks here(architecture);
  if (!here.any()) return architecture;
  Architecture there = in_keras_run(architecture);
  const ClearedMasks masks(there);
  const auto differs = [&](const LayerSpec& layer) {
    return std::ranges::any_of(layer.inputs,
                               [&](const std::string& input) { return here.before(layer.name, input) != masks.before(layer.name, input); });
  };
  return std::ranges::any_of(architecture.layers, differs) ? there : architecture;
}

// Keras 3 has rules of its own for masks, and TimeDistributed around single layers, whose masks end there.
void expect_masks_of_keras(const Architecture& architecture) {
  Architecture there = architecture;
  there.mask_rules = MaskRules::kKeras3;
  there = run_by_keras(there);
  for (LayerSpec& layer : there.layers) layer.settings.erase("in_model");
  const auto in_model = [](const LayerSpec& layer) { return layer.settings.contains("in_model"); };
  const bool others = architecture.mask_rules == MaskRules::kKeras2 || std::ranges::any_of(architecture.layers, in_model);
  const bool reordered = !std::ranges::equal(architecture.layers, there.layers, {}, &LayerSpec::name, &LayerSpec::name);
  if ((others || reordered) && !same_answers(architecture, there))
    throw Error(ErrorCode::kUnsupported, "its masks go another way than in Keras 3, where its answers would be others",
                "save it as ONNX, or merge values before they are masked");
}

}  // namespace

Json architecture_to_keras(const Architecture& ours) {
  const Architecture architecture = as_keras_has_it(ours);
  check(architecture);
  expect_masks_of_keras(architecture);
  Json layers = Json::array();
  for (const LayerSpec& layer : architecture.layers)
    layers.push_back(in_context("layer \"" + layer.name + "\"", [&] { return keras_layer(as_keras_trains_it(layer)); }));
  Model scratch;
  Ops ops(scratch);
  const BuiltLayers built =
      build_layers(architecture, ops, {.weight = [&](const NamedWeight& weight) {
                     return ops.input(weight.name, DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()));
                   }});
  Json model = is_chain(architecture, built) ? sequential(architecture, std::move(layers)) : functional(architecture, layers, built);
  check_keras_model(model);
  return model;
}

std::vector<KerasPlace> keras_places(const Architecture& ours) {
  const Architecture architecture = as_keras_has_it(ours);
  std::vector<KerasPlace> places;
  std::map<std::string, int> used;
  for (const std::string& name : keras_order(architecture)) {
    const std::string kind = place_name(catalog().at(architecture.layer(name).kind).keras_class);
    const int number = used[kind]++;
    places.push_back({.layer = name, .names = {name}, .group = "layers/" + kind + (number == 0 ? "" : upkeep::format("_{}", number))});
  }
  return places;
}

}  // namespace upkeep::layers
