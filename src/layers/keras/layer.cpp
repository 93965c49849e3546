// Reading a layer. What Keras 2 and 3 write differently (names of keys, forms of references) is accepted side by side.

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "layers/keras/activation.hpp"
#include "layers/keras/json.hpp"
#include "layers/keras/one.hpp"
#include "layers/keras/parts.hpp"
#include "layers/keras/refusals.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::layers {

const Json& member(const Json& json, const std::string& key) {
  static const Json kNone;
  return json.is_object() && json.contains(key) ? json[key] : kNone;
}

std::string text(const Json& json, const std::string& key) {
  const Json value = member(json, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Error corrupt_keras(const std::string& what) {
  return Error(ErrorCode::kCorrupt, what, "expected what model.to_json() of Keras 2 or 3 writes");
}

// Arrays, tuples and objects without what only Python needs.
Json plain(const Json& value) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(plain(item));
    return list;
  }
  const std::string name = text(value, "class_name");
  if (name.empty()) return value;
  if (name == "__numpy__" || name == "__tensor__") return member(member(value, "config"), "value");
  if (name == "__tuple__") return plain(member(value, "items"));
  return {{"class_name", name}, {"config", member(value, "config")}};
}

std::string class_alone(const std::string& class_name) { return class_name.substr(class_name.find('>') + 1); }

namespace {

const LayerEntry& entry_of_class(const std::string& class_name) {
  std::vector<std::string> classes;
  for (const LayerEntry& entry : catalog()) {
    if (std::ranges::contains(entry.aliases, class_name)) return entry;
    if (!entry.keras_class.empty()) classes.push_back(entry.keras_class);
  }
  if (class_name == "Sequential" || class_name == "Functional" || class_name == "Model")
    throw Error(ErrorCode::kUnsupported, "a model inside of a layer is not supported", "put its layers into the outer model");
  if (const std::optional<Error> refusal = refusal_of_class(class_alone(class_name))) throw *refusal;
  const Error unknown = unknown_name("Keras layer class", class_name, classes, ErrorCode::kUnsupported);
  throw Error(
      unknown.code(), unknown.message(),
      upkeep::format("{}; what a class of your own computes: upkeep convert --map {}=FILE.onnx", unknown.hint(), class_alone(class_name)));
}

// Layers that give integers or texts say so as their type.
bool gives_no_floats(const std::string& kind) {
  static const std::vector<std::string> kKinds = {"string_lookup", "integer_lookup", "text_vectorization", "discretization",
                                                  "category_encoding"};
  return std::ranges::contains(kKinds, kind);
}

Error quantised(const std::string& mode) {
  return Error(ErrorCode::kUnsupported, upkeep::format("it is quantised ({}), and Keras's quantised arithmetic is not read", mode),
               "save the model as it was before quantize(), or say what the layer computes: upkeep convert --map LAYER=FILE.onnx");
}

// What a layer computes in. Weights and answers are float32 here: that is what other floating types become.
void read_policy(const Json& dtype, KerasReading& reading) {
  static const std::vector<std::string> kFloats = {"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"};
  const std::string mode = text(member(dtype, "config"), "mode");
  if (!mode.empty()) throw quantised(mode);
  const std::string name = dtype.is_string() ? dtype.get<std::string>() : text(member(dtype, "config"), "name");
  if (dtype.is_null() || name == "float32") return;
  if (!std::ranges::contains(kFloats, name))
    throw Error(ErrorCode::kUnsupported, "it computes in " + (name.empty() ? dtype.dump() : name),
                "floating types are supported: set the layer's dtype and save again");
  reading.policies.insert(name);
}

// RNN(LSTMCell(...)) is LSTM(...): the cell's settings and the loop's.
Json without_cell(const Json& entry) {
  const Json config = member(entry, "config");
  if (text(entry, "class_name") != "RNN" || !config.is_object()) return entry;
  const std::string cell = text(member(config, "cell"), "class_name");
  if (cell == "StackedRNNCells") return entry;
  static const std::vector<std::string> kCells = {"LSTMCell", "GRUCell", "SimpleRNNCell"};
  if (!std::ranges::contains(kCells, cell)) throw unknown_name("cell of an RNN", cell, kCells, ErrorCode::kUnsupported);
  Json merged = member(member(config, "cell"), "config");
  if (!merged.is_object()) throw corrupt_keras("its cell has no config");
  for (const auto& [key, value] : config.items())
    if (key != "cell") merged[key] = value;
  return {{"class_name", cell.substr(0, cell.size() - 4)}, {"config", std::move(merged)}};
}

// What only Keras 2 has, by the names of those that compute the same: recurrent layers by their defaults, an average over several devices,
// and what is a ReLU with a threshold.
Json without_keras2(Json entry) {
  static const std::map<std::string, std::string> kToday = {
      {"CuDNNLSTM", "LSTM"}, {"CuDNNGRU", "GRU"}, {"SyncBatchNormalization", "BatchNormalization"}, {"ThresholdedReLU", "ReLU"}};
  const std::string name = text(entry, "class_name");
  if ((name == "Attention" || name == "AdditiveAttention") && member(entry, "config").is_object() && entry["config"].contains("causal")) {
    entry["config"]["use_causal_mask"] = entry["config"]["causal"];
    entry["config"].erase("causal");
  }
  const auto found = kToday.find(name);
  if (found == kToday.end()) return entry;
  entry["class_name"] = found->second;
  if (found->first == "ThresholdedReLU") entry["config"]["threshold"] = member(member(entry, "config"), "theta");
  if (found->first == "ThresholdedReLU") entry["config"].erase("theta");
  return entry;
}

class LayerReader {
 public:
  LayerReader(const Json& entry, KerasReading& reading) : LayerReader(without_keras2(without_cell(entry)), reading, Whole{}) {}

  LayerSpec run() {
    if (!config_.is_object()) throw corrupt_keras("it has no config");
    layer_.kind = about_.name;
    layer_.name = text(config_, "name");
    if (about_.keras_class == "InputLayer") read_input();
    else if (!gives_no_floats(layer_.kind)) read_policy(member(config_, "dtype"), reading_);
    if (about_.keras_class == "LeakyReLU" && config_.contains("alpha")) {  // Keras 2
      config_["negative_slope"] = config_["alpha"];
      config_.erase("alpha");
    }
    for (const Field& field : about_.settings.fields())
      if (config_.contains(field.name)) read(field, plain(config_[field.name]));
    for (const auto& [key, value] : config_.items()) ignore(key, value);
    if (member(config_, "stateful") == true)
      note(
          upkeep::format("layer \"{}\" is stateful in Keras; here each call starts anew, as after reset_states(); convert --states makes "
                         "its states inputs and outputs",
                         layer_.name));
    about_.make(layer_.settings);
    return std::move(layer_);
  }

 private:
  struct Whole {};
  LayerReader(const Json& entry, KerasReading& reading, Whole)
      : config_(member(entry, "config")), about_(entry_of_class(text(entry, "class_name"))), reading_(reading) {}

  void read_input() {
    for (const char* key : {"sparse", "ragged", "optional"})
      if (member(config_, key) == true) throw Error(ErrorCode::kUnsupported, upkeep::format("{} inputs are not supported", key));
    Json shape = plain(member(config_, config_.contains("batch_shape") ? "batch_shape" : "batch_input_shape"));
    if (!shape.is_array() || shape.empty()) throw corrupt_keras("it has no batch_shape");
    if (!shape[0].is_null()) layer_.settings["batch_size"] = shape[0];
    shape.erase(shape.begin());
    config_["shape"] = std::move(shape);
    const Json dtype = member(config_, "dtype");
    if (dtype.is_object()) config_["dtype"] = text(member(dtype, "config"), "name");
  }

  void read(const Field& field, Json value) {
    if (field.name.ends_with("activation")) value = activation(value);
    else if (field.name.ends_with("layer") && value.is_object()) value = nested_setting(LayerReader(from_keras_one(value), reading_).run());
    else if (field.name == "seed" && value.is_object()) value = member(member(value, "config"), "seed");
    else if (field.name.ends_with("_initializer")) value = initializer(value, field.default_value);
    if (field.type == "integer" && value.is_array() && value.size() == 1) value = Json(value[0]);  // Keras 2: "axis": [3]
    if (value != field.default_value) layer_.settings[field.name] = std::move(value);
  }

  Json activation(const Json& value) const {
    const std::string kind = value.is_string() ? value.get<std::string>() : text(value, "class_name");
    const bool code = value.is_object() && kind.empty() && value.contains("value");  // as Keras 3 writes it here
    if (!code && kind != "__lambda__" && kind != "<lambda>") return activation_from_keras(value, reading_.keras2);
    throw Error(ErrorCode::kUnsupported, "its activation is a lambda, Python code, which cannot be read",
                upkeep::format("name one of Keras's activations, or say what the whole layer computes: upkeep convert --map {}=FILE.onnx",
                               layer_.name));
  }

  // Without nulls, and the default by its name.
  static Json initializer(const Json& value, const Json& default_value) {
    Json full = full_initializer(value);
    if (full == full_initializer(default_value)) return default_value;
    Json config = Json::object();
    for (const auto& [key, setting] : full["config"].items())
      if (!setting.is_null()) config[key] = setting;
    full["config"] = std::move(config);
    return full;
  }

  // What is no setting of ours. Null and false mean that nothing was asked for; the keys named here belong to every layer or to older
  // formats.
  void ignore(const std::string& key, const Json& value) const {
    static const std::vector<std::string> kMeaningless = {"name",        "trainable", "dtype",       "batch_shape",    "batch_input_shape",
                                                          "input_shape", "input_dim", "input_dtype", "batch_size",     "time_major",
                                                          "sparse",      "ragged",    "optional",    "implementation", "autocast"};
    if (value.is_null() || value == false || std::ranges::contains(kMeaningless, key)) return;
    if (std::ranges::contains(about_.settings.fields(), key, &Field::name)) return;
    if (key == "quantization_config") throw quantised(text(value, "class_name"));
    if (key == "lora_alpha") return;
    if (key == "lora_rank")
      return note(upkeep::format(
          "layer \"{}\" is read with its LoRA of rank {} merged, as .keras files have it; trained here, all of its kernel is", layer_.name,
          value.dump()));
    note(upkeep::format("layer \"{}\" ({}): \"{}\": {} means nothing here and is left out", layer_.name, about_.keras_class, key,
                        value.dump()));
  }

  Json config_;
  const LayerEntry& about_;
  KerasReading& reading_;
  LayerSpec layer_;
};

}  // namespace

LayerSpec read_keras_layer(const Json& layer, KerasReading& reading) { return LayerReader(layer, reading).run(); }

LayerSpec layer_from_keras(const Json& layer, bool keras2) {
  KerasReading reading{.keras2 = keras2};
  return read_keras_layer(layer, reading);
}

}  // namespace upkeep::layers
