// Reading. What Keras 2 and 3 write differently (layer by layer: names of keys, forms of references) is accepted side by side.

#include "layers/keras_json.hpp"

#include <algorithm>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "layers/activations.hpp"
#include "layers/initializers.hpp"
#include "layers/keras_masks.hpp"
#include "layers/nested.hpp"

namespace upkeep::layers {
namespace {

// A member of a map; null where there is none.
Json member(const Json& json, const std::string& key) { return json.is_object() && json.contains(key) ? json[key] : Json(); }

std::string text(const Json& json, const std::string& key) {
  const Json value = member(json, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Error corrupt(const std::string& what) { return Error(ErrorCode::kCorrupt, what, "expected what model.to_json() of Keras 2 or 3 writes"); }

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

const LayerEntry& entry_of_class(const std::string& class_name) {
  std::vector<std::string> classes;
  for (const LayerEntry& entry : catalog()) {
    if (std::ranges::contains(entry.aliases, class_name)) return entry;
    classes.push_back(entry.keras_class);
  }
  if (class_name == "Lambda")
    throw Error(ErrorCode::kUnsupported, "a Lambda is Python code, which cannot be read", "replace it by layers: " + join(classes));
  if (class_name == "Sequential" || class_name == "Functional" || class_name == "Model")
    throw Error(ErrorCode::kUnsupported, "a model inside a model is not supported", "put its layers into the outer model");
  throw unknown_name("Keras layer class", class_name, classes, ErrorCode::kUnsupported);
}

// "float32", or the policy of that name.
void expect_float32(const Json& dtype) {
  const std::string name = dtype.is_string() ? dtype.get<std::string>() : text(member(dtype, "config"), "name");
  if (!dtype.is_null() && name != "float32")
    throw Error(ErrorCode::kUnsupported, "it computes in " + (name.empty() ? dtype.dump() : name),
                "only float32 is supported: set the layer's dtype and save again");
}

// RNN(LSTMCell(...)) is LSTM(...): the cell's settings and the loop's.
Json without_cell(const Json& entry) {
  const Json config = member(entry, "config");
  if (text(entry, "class_name") != "RNN" || !config.is_object()) return entry;
  const std::string cell = text(member(config, "cell"), "class_name");
  static const std::vector<std::string> kCells = {"LSTMCell", "GRUCell", "SimpleRNNCell"};
  if (!std::ranges::contains(kCells, cell)) throw unknown_name("cell of an RNN", cell, kCells, ErrorCode::kUnsupported);
  Json merged = member(member(config, "cell"), "config");
  if (!merged.is_object()) throw corrupt("its cell has no config");
  for (const auto& [key, value] : config.items())
    if (key != "cell") merged[key] = value;
  return {{"class_name", cell.substr(0, cell.size() - 4)}, {"config", std::move(merged)}};
}

class LayerReader {
 public:
  LayerReader(const Json& entry, bool keras2) : LayerReader(without_cell(entry), keras2, Whole{}) {}

  LayerSpec run() {
    if (!config_.is_object()) throw corrupt("it has no config");
    layer_.kind = about_.name;
    layer_.name = text(config_, "name");
    if (about_.keras_class == "InputLayer") read_input();
    else expect_float32(member(config_, "dtype"));
    if (about_.keras_class == "LeakyReLU" && config_.contains("alpha")) {  // Keras 2
      config_["negative_slope"] = config_["alpha"];
      config_.erase("alpha");
    }
    for (const Field& field : about_.settings.fields())
      if (config_.contains(field.name)) read(field, plain(config_[field.name]));
    for (const auto& [key, value] : config_.items()) ignore(key, value);
    about_.make(layer_.settings);
    return std::move(layer_);
  }

 private:
  struct Whole {};
  LayerReader(const Json& entry, bool keras2, Whole)
      : config_(member(entry, "config")), about_(entry_of_class(text(entry, "class_name"))), keras2_(keras2) {}

  void read_input() {
    for (const char* key : {"sparse", "ragged", "optional"})
      if (member(config_, key) == true) throw Error(ErrorCode::kUnsupported, upkeep::format("{} inputs are not supported", key));
    Json shape = plain(member(config_, config_.contains("batch_shape") ? "batch_shape" : "batch_input_shape"));
    if (!shape.is_array() || shape.empty()) throw corrupt("it has no batch_shape");
    if (!shape[0].is_null()) layer_.settings["batch_size"] = shape[0];
    shape.erase(shape.begin());
    config_["shape"] = std::move(shape);
    const Json dtype = member(config_, "dtype");
    if (dtype.is_object()) config_["dtype"] = text(member(dtype, "config"), "name");
  }

  void read(const Field& field, Json value) {
    if (field.name.ends_with("activation")) value = activation(value);
    else if (field.name.ends_with("layer") && value.is_object()) value = nested_setting(LayerReader(value, keras2_).run());
    else if (field.name == "seed" && value.is_object()) value = member(member(value, "config"), "seed");
    else if (field.name.ends_with("_initializer")) value = initializer(value, field.default_value);
    if (field.type == "integer" && value.is_array() && value.size() == 1) value = Json(value[0]);  // Keras 2: "axis": [3]
    if (value != field.default_value) layer_.settings[field.name] = std::move(value);
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

  Json activation(const Json& value) const {
    Activation read = read_activation(value);
    if (keras2_ && read.name == "hard_sigmoid") read.parameters["slope"] = 0.2;
    const Json setting = activation_setting(read);
    return setting == "linear" ? Json() : setting;
  }

  // What is no setting of ours. Null and false mean that nothing was asked for; the keys named here belong to every layer or to older
  // formats.
  void ignore(const std::string& key, const Json& value) const {
    static const std::vector<std::string> kMeaningless = {"name",        "trainable", "dtype",       "batch_shape",    "batch_input_shape",
                                                          "input_shape", "input_dim", "input_dtype", "batch_size",     "time_major",
                                                          "sparse",      "ragged",    "optional",    "implementation", "autocast"};
    if (value.is_null() || value == false || std::ranges::contains(kMeaningless, key)) return;
    if (std::ranges::contains(about_.settings.fields(), key, &Field::name)) return;
    if (key == "lora_rank" || key == "quantization_config")
      throw Error(ErrorCode::kUnsupported, upkeep::format("{}: {} is not supported", key, value.dump()), "save the plain float32 layer");
    note(upkeep::format("layer \"{}\" ({}): \"{}\": {} means nothing here and is left out", layer_.name, about_.keras_class, key,
                        value.dump()));
  }

  Json config_;
  const LayerEntry& about_;
  bool keras2_;
  LayerSpec layer_;
};

std::string frame(const Json& entry, std::size_t index) {
  std::string name = text(member(entry, "config"), "name");
  if (name.empty()) name = text(entry, "name");
  return upkeep::format("layers[{}] \"{}\" ({})", index, name, text(entry, "class_name"));
}

class ModelReader {
 public:
  ModelReader(const Json& model, std::string_view keras_version) : config_(member(model, "config")), class_(text(model, "class_name")) {
    if (config_.is_array()) config_ = {{"layers", config_}};  // Sequential of Keras before 2.2.3
    layers_ = member(config_, "layers");
    keras2_ = is_keras2(model, keras_version);
  }

  Architecture run() {
    if (!layers_.is_array() || layers_.empty()) throw corrupt("the configuration has no layers");
    architecture_.name = text(config_, "name");
    if (architecture_.name.empty()) architecture_.name = "model";
    if (class_ == "Sequential") read_sequential();
    else if (class_ == "Functional" || class_ == "Model") read_functional();
    else throw unknown_name("Keras model class", class_, {"Sequential", "Functional"}, ErrorCode::kUnsupported);
    check(architecture_);
    return std::move(architecture_);
  }

 private:
  bool is_keras2(const Json& model, std::string_view version) const {
    const std::string own = text(model, "keras_version");
    if (version.empty()) version = own;
    if (!version.empty()) return version.front() < '3' && (version.size() == 1 || version[1] == '.');
    if (!layers_.is_array()) return false;
    return std::ranges::any_of(layers_, [](const Json& layer) { return member(layer, "config").contains("batch_input_shape"); });
  }

  LayerSpec read_layer(std::size_t index) const {
    return in_context(frame(layers_[index], index), [&] { return LayerReader(layers_[index], keras2_).run(); });
  }

  void read_sequential() {
    if (text(layers_[0], "class_name") != "InputLayer") add_missing_input();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      LayerSpec layer = read_layer(i);
      if (!architecture_.layers.empty()) layer.inputs = {architecture_.layers.back().name};
      architecture_.layers.push_back(std::move(layer));
    }
  }

  // A Sequential without an input layer says the shape in its first layer, or where it was built.
  void add_missing_input() {
    const Json first = member(layers_[0], "config");
    for (Json shape : {member(first, "batch_input_shape"), member(first, "batch_shape"), member(config_, "build_input_shape"),
                       member(member(layers_[0], "build_config"), "input_shape")}) {
      shape = plain(shape);
      if (!shape.is_array() || shape.empty()) continue;
      const Json input = {{"class_name", "InputLayer"}, {"config", {{"name", "input"}, {"batch_shape", shape}}}};
      return architecture_.layers.push_back(in_context("input", [&] { return LayerReader(input, keras2_).run(); }));
    }
    throw Error(ErrorCode::kUnsupported, "the model does not say the shape of its input",
                "call model.build((None, n)) in Keras before saving");
  }

  // ["dense", 0, 0] and everything that holds such references.
  static void collect(const Json& json, std::vector<std::string>& names) {
    if (json.is_array() && json.size() >= 3 && json[0].is_string() && json[1].is_number_integer() && json[2].is_number_integer()) {
      if (json[1] != 0 || json[2] != 0)
        throw Error(ErrorCode::kUnsupported, "it reads " + json.dump() + ": layers used twice or with several outputs are not supported");
      names.push_back(json[0].get<std::string>());
    } else if (text(json, "class_name") == "__keras_tensor__") {
      collect(member(member(json, "config"), "keras_history"), names);
    } else if (json.is_structured()) {
      for (const Json& item : json) collect(item, names);
    }
  }

  static std::vector<std::string> references(const Json& json) {
    std::vector<std::string> names;
    collect(json, names);
    return names;
  }

  std::vector<std::string> inbound(std::size_t index) const {
    const Json nodes = member(layers_[index], "inbound_nodes");
    if (nodes.is_array() && nodes.size() > 1)
      throw Error(ErrorCode::kUnsupported, upkeep::format("it is used {} times: shared layers are not supported", nodes.size()));
    std::vector<std::string> names = references(call_part(index, "args"));
    const Json named = call_part(index, "kwargs");
    if (!named.is_object()) return references(nodes);
    for (const char* key : {"query", "value", "key"}) collect(member(named, key), names);
    for (const auto& [key, value] : named.items())
      if (is_mask_argument(key)) check_mask(value);
      else if (key != "query" && key != "value" && key != "key") collect(value, names);
    return names;
  }

  void check_mask(const Json& mask) const {
    std::vector<std::string> makers;
    collect(mask, makers);
    for (const std::string& maker : makers)
      if (!mask_operations_.contains(maker))
        throw Error(ErrorCode::kUnsupported,
                    upkeep::format("it reads \"{}\" as a mask, which is none that Embedding or Masking makes", maker),
                    "mask with Embedding(mask_zero=True) or Masking");
  }

  // What a layer is called with: {"args": [...], "kwargs": {...}} in Keras 3.
  Json call_part(std::size_t index, const char* part) const {
    const Json nodes = member(layers_[index], "inbound_nodes");
    return nodes.is_array() && nodes.size() == 1 ? member(nodes[0], part) : Json();
  }

  // Settings that Keras gives in the call, use_causal_mask for one.
  void read_call_settings(std::size_t index, LayerSpec& layer) const {
    const Json named = call_part(index, "kwargs");
    for (const std::string& setting : catalog().at(layer.kind).call_settings) {
      const Json value = member(named, setting);
      if (!value.is_null() && value != false) layer.settings[setting] = value;
    }
    if (member(named, "return_attention_scores") == true)
      throw Error(ErrorCode::kUnsupported, "return_attention_scores gives two outputs, and a layer has one here");
  }

  void read_functional() {
    std::vector<LayerSpec> waiting;
    mask_operations_ = mask_operations(layers_);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (mask_operations_.contains(text(member(layers_[i], "config"), "name"))) continue;
      LayerSpec layer = read_layer(i);
      layer.inputs = in_context(frame(layers_[i], i), [&] {
        read_call_settings(i, layer);
        return inbound(i);
      });
      waiting.push_back(std::move(layer));
    }
    for (const std::string& input : references(member(config_, "input_layers")))
      move(waiting, [&](const LayerSpec& layer) { return layer.name == input; });
    const auto ready = [&](const LayerSpec& layer) {
      return std::ranges::all_of(
          layer.inputs, [&](const std::string& input) { return std::ranges::contains(architecture_.layers, input, &LayerSpec::name); });
    };
    while (!waiting.empty())
      if (!move(waiting, ready))
        throw corrupt(upkeep::format("layer \"{}\" reads {}, which no layer above gives", waiting[0].name, join(waiting[0].inputs)));
    architecture_.outputs = references(member(config_, "output_layers"));
    if (architecture_.outputs == std::vector{architecture_.layers.back().name}) architecture_.outputs.clear();
  }

  template <typename Condition>
  bool move(std::vector<LayerSpec>& waiting, const Condition& condition) {
    const auto found = std::ranges::find_if(waiting, condition);
    if (found == waiting.end()) return false;
    architecture_.layers.push_back(std::move(*found));
    waiting.erase(found);
    return true;
  }

  Json config_;
  std::string class_;
  Json layers_;
  bool keras2_ = false;
  std::set<std::string> mask_operations_;
  Architecture architecture_;
};

}  // namespace

LayerSpec layer_from_keras(const Json& layer, bool keras2) { return LayerReader(layer, keras2).run(); }

Architecture architecture_from_keras(const Json& model, std::string_view keras_version) {
  const std::string name = text(member(model, "config"), "name");
  return in_context("Keras model \"" + name + "\"", [&] { return ModelReader(model, keras_version).run(); });
}

}  // namespace upkeep::layers
