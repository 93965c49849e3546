#include "layers/view/architecture.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/keras/json.hpp"

namespace upkeep {
namespace {

std::vector<std::string> names(const Architecture& architecture) {
  std::vector<std::string> all;
  for (const LayerSpec& layer : architecture.layers) all.push_back(layer.name);
  return all;
}

std::string place(std::size_t index, const LayerSpec& layer) {
  if (layer.name.empty()) return upkeep::format("layers[{}]", index);
  return upkeep::format("layers[{}] \"{}\"", index, layer.name);
}

}  // namespace

std::size_t Architecture::index(std::string_view wanted) const {
  const auto found = std::ranges::find(layers, wanted, &LayerSpec::name);
  if (found == layers.end()) throw unknown_name("layer", wanted, names(*this), ErrorCode::kNotFound);
  return static_cast<std::size_t>(found - layers.begin());
}

const LayerSpec& Architecture::layer(std::string_view wanted) const { return layers[index(wanted)]; }

std::vector<std::string> output_layers(const Architecture& architecture) {
  if (!architecture.outputs.empty() || architecture.layers.empty()) return architecture.outputs;
  return {architecture.layers.back().name};
}

std::string layer_of(std::string_view reference) { return std::string(reference.substr(0, reference.find(':'))); }

std::string free_name(const Architecture& architecture, const std::string& kind) {
  const layers::LayerEntry* entry = layers::catalog().find(kind);
  const std::string base = entry ? entry->name : kind;
  std::string name = base;
  for (int number = 1; std::ranges::contains(architecture.layers, name, &LayerSpec::name); ++number)
    name = upkeep::format("{}_{}", base, number);
  return name;
}

// --- validity ------------------------------------------------------------------------------------------------------

static void check_name(const LayerSpec& layer, const std::map<std::string, const LayerSpec*>& above) {
  if (layer.name.empty() || layer.name.find_first_of("/:") != std::string::npos)
    throw Error(ErrorCode::kInvalidArgument, "\"" + layer.name + "\" cannot be a layer's name",
                "a name is not empty and has no \"/\" and no \":\"");
  if (above.contains(layer.name))
    throw Error(ErrorCode::kInvalidArgument, "two layers are called \"" + layer.name + "\"", "give one of them another name");
}

// A number that says which of a layer's values is meant.
static void check_reference(const std::string& reference) {
  const std::size_t colon = reference.find(':');
  if (colon == std::string::npos) return;
  const std::string_view digits = std::string_view(reference).substr(colon + 1);
  const bool number = !digits.empty() && digits.size() < 4 && digits.front() != '0' &&
                      std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!number) throw Error(ErrorCode::kInvalidArgument, "\"" + reference + "\" names no value of a layer", "such as lstm, lstm:1");
}

static void check_sharing(const LayerSpec& layer, const std::map<std::string, const LayerSpec*>& above) {
  if (layer.shares.empty()) return;
  const auto owner = above.find(layer.shares);
  if (owner == above.end() || !owner->second->shares.empty())
    throw Error(ErrorCode::kInvalidArgument,
                "it shares the weights of \"" + layer.shares + "\", which is no layer above with weights of its own");
  Json settings = layer.settings;
  Json owners = owner->second->settings;
  for (const std::string& setting : layers::catalog().at(layer.kind).call_settings) {
    settings.erase(setting);
    owners.erase(setting);
  }
  if (owner->second->kind != layer.kind || settings != owners)
    throw Error(ErrorCode::kInvalidArgument, "it shares the weights of \"" + layer.shares + "\", but its kind or settings differ",
                "a shared layer is one layer that is used several times");
}

static void check_layer(const LayerSpec& layer, const std::map<std::string, const LayerSpec*>& above, const Architecture& architecture) {
  check_name(layer, above);
  layers::catalog().at(layer.kind);
  for (const std::string& input : layer.inputs) {
    check_reference(input);
    const std::string name = layer_of(input);
    if (above.contains(name)) continue;
    if (std::ranges::contains(architecture.layers, name, &LayerSpec::name))
      throw Error(ErrorCode::kInvalidArgument, "it reads \"" + input + "\", which does not stand above it",
                  "list layers in the order of the data");
    std::vector<std::string> known;
    for (const auto& [one, spec] : above) known.push_back(one);
    throw unknown_name("layer", name, known);
  }
  check_sharing(layer, above);
}

void check(const Architecture& architecture) {
  if (architecture.layers.empty())
    throw Error(ErrorCode::kInvalidArgument, "there are no layers", "such as layers: [{input: {shape: [10]}}, {dense: {units: 1}}]");
  std::map<std::string, const LayerSpec*> above;
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    const LayerSpec& layer = architecture.layers[i];
    in_context(place(i, layer), [&] { check_layer(layer, above, architecture); });
    above.emplace(layer.name, &layer);
  }
  std::set<std::string> given;
  for (const std::string& output : architecture.outputs)
    in_context("outputs", [&] {
      check_reference(output);
      architecture.layer(layer_of(output));
      if (!given.insert(output).second) throw Error(ErrorCode::kInvalidArgument, "\"" + output + "\" stands twice");
    });
}

// --- JSON ----------------------------------------------------------------------------------------------------------

Json to_json(const Architecture& architecture) {
  Json layers = Json::array();
  for (const LayerSpec& layer : architecture.layers) {
    layers.push_back({{"kind", layer.kind}, {"name", layer.name}, {"settings", layer.settings}, {"inputs", layer.inputs}});
    if (!layer.shares.empty()) layers.back()["shares"] = layer.shares;
    if (layer.inference) layers.back()["inference"] = true;
  }
  Json json = {{"name", architecture.name}, {"layers", std::move(layers)}};
  if (!architecture.outputs.empty()) json["outputs"] = architecture.outputs;
  if (architecture.mask_rules == layers::MaskRules::kKeras2) json["mask_rules"] = "keras2";
  return json;
}

namespace {

void expect_keys(const Json& map, const std::vector<std::string>& known) {
  for (const auto& [key, value] : map.items())
    if (!std::ranges::contains(known, key)) throw unknown_name("key", key, known);
}

template <typename T>
T take(Json& map, const std::string& key, T fallback) {
  if (!map.contains(key)) return fallback;
  T value = in_context(key, [&] { return from_json_checked<T>(map[key]); });
  map.erase(key);
  return value;
}

// "flatten", {dense: {units: 10, name: hidden, inputs: flatten}}, {dense: {shares: hidden, inputs: other}} or, as to_json() writes it,
// {kind: dense, name: hidden, settings: {units: 10}, inputs: [flatten]}.
struct Entry {
  LayerSpec layer;
  bool inputs_given = false;
};

Entry read_entry(const Json& json) {
  Entry entry;
  Json map;
  if (json.is_string()) {
    entry.layer.kind = json.get<std::string>();
  } else if (json.is_object() && json.contains("kind")) {
    expect_keys(json, {"kind", "name", "settings", "inputs", "shares", "inference"});
    map = json;
    entry.layer.kind = take<std::string>(map, "kind", "");
    entry.layer.settings = map.value("settings", Json::object());
  } else if (json.is_object() && json.size() == 1) {
    entry.layer.kind = json.begin().key();
    map = json.begin().value();
  } else {
    throw wrong_type("one layer, such as {dense: {units: 10}}", json);
  }
  const layers::LayerEntry& about = layers::catalog().at(entry.layer.kind);
  entry.layer.kind = about.name;
  if (map.is_null()) map = Json::object();
  if (!map.is_object()) throw wrong_type("settings as a map of names to values", map).in(about.name);
  entry.inputs_given = map.contains("inputs");
  entry.layer.name = take<std::string>(map, "name", "");
  entry.layer.inputs = take<std::vector<std::string>>(map, "inputs", {});
  entry.layer.shares = take<std::string>(map, "shares", "");
  entry.layer.inference = take<bool>(map, "inference", false);
  if (!json.is_object() || !json.contains("kind")) entry.layer.settings = std::move(map);
  if (entry.layer.settings.is_null()) entry.layer.settings = Json::object();
  if (entry.layer.shares.empty()) about.make(entry.layer.settings);  // complains about its settings now, with the place at hand
  return entry;
}

// Names for those that have none, in order, around the names that are given.
void name_all(Architecture& architecture) {
  for (LayerSpec& layer : architecture.layers)
    if (layer.name.empty()) layer.name = free_name(architecture, layer.kind);
}

layers::MaskRules mask_rules_of(const std::string& name) {
  if (name == "keras2") return layers::MaskRules::kKeras2;
  if (name != "keras3") throw unknown_name("mask_rules", name, {"keras2", "keras3"});
  return layers::MaskRules::kKeras3;
}

Architecture read_architecture(const Json& json) {
  if (!json.is_object()) throw wrong_type("a map with \"layers\"", json);
  expect_keys(json, {"name", "layers", "outputs", "mask_rules"});
  if (!json.contains("layers") || !json["layers"].is_array())
    throw Error(ErrorCode::kInvalidArgument, "an architecture needs a list of layers",
                "such as layers: [{input: {shape: [10]}}, {dense: {units: 1}}]");
  Architecture architecture;
  Json map = json;
  architecture.name = take<std::string>(map, "name", architecture.name);
  architecture.outputs = take<std::vector<std::string>>(map, "outputs", {});
  architecture.mask_rules = mask_rules_of(take<std::string>(map, "mask_rules", "keras3"));
  std::vector<bool> inputs_given;
  for (const Json& one : json["layers"]) {
    Entry entry = in_context(upkeep::format("layers[{}]", inputs_given.size()), [&] { return read_entry(one); });
    architecture.layers.push_back(std::move(entry.layer));
    inputs_given.push_back(entry.inputs_given);
  }
  name_all(architecture);
  for (LayerSpec& layer : architecture.layers)
    if (!layer.shares.empty() && layer.settings.empty()) layer.settings = architecture.layer(layer.shares).settings;
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    LayerSpec& layer = architecture.layers[i];
    if (inputs_given[i] || layers::catalog().at(layer.kind).make(layer.settings)->input_count().most == 0) continue;
    if (i == 0)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the first layer, \"{}\", has nothing to read", layer.name),
                  "begin with an input, such as {input: {shape: [10]}}");
    layer.inputs = {architecture.layers[i - 1].name};
  }
  check(architecture);
  return architecture;
}

}  // namespace

Architecture architecture_from_json(const Json& json) {
  if (json.is_object() && json.contains("class_name")) return layers::architecture_from_keras(json);
  return in_context("architecture", [&] { return read_architecture(json); });
}

Architecture architecture_from_yaml(std::string_view text) { return architecture_from_json(parse_yaml(text)); }

}  // namespace upkeep
