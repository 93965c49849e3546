#include "layers/view/nested.hpp"

#include <algorithm>

#include "layers/keras/json.hpp"

namespace upkeep::layers {

LayerSpec read_nested(const Json& setting) {
  LayerSpec spec;
  if (setting.is_string()) {
    spec.kind = setting.get<std::string>();
  } else if (setting.is_object() && setting.contains("class_name")) {
    return layer_from_keras(setting);
  } else if (setting.is_object() && setting.contains("kind")) {
    spec.kind = from_json_checked<std::string>(setting["kind"]);
    spec.name = setting.value("name", Json("")).get<std::string>();
    spec.settings = setting.value("settings", Json::object());
  } else if (setting.is_object() && setting.size() == 1) {
    spec.kind = setting.begin().key();
    if (!setting.begin().value().is_null()) spec.settings = setting.begin().value();
  } else {
    throw wrong_type("a layer, such as {lstm: {units: 32}}", setting);
  }
  spec.kind = catalog().at(spec.kind).name;
  if (!spec.settings.is_object()) throw wrong_type("settings as a map of names to values", spec.settings).in(spec.kind);
  if (spec.settings.contains("name")) {
    spec.name = from_json_checked<std::string>(spec.settings["name"]);
    spec.settings.erase("name");
  }
  return spec;
}

Json nested_setting(const LayerSpec& spec) { return {{"kind", spec.kind}, {"name", spec.name}, {"settings", spec.settings}}; }

std::unique_ptr<Layer> make_nested(const LayerSpec& spec) { return catalog().at(spec.kind).make(spec.settings); }

bool has_setting(const LayerSpec& spec, const std::string& name) {
  return std::ranges::contains(catalog().at(spec.kind).settings.fields(), name, &Field::name);
}

BuildContext nested_context(const BuildContext& context, const std::string& prefix, std::vector<Value> inputs) {
  const std::string start = prefix.empty() ? "" : prefix + "/";
  BuildContext inner = context;
  inner.inputs = std::move(inputs);
  inner.weight = [&context, start](const std::string& name) { return context.weight(start + name); };
  inner.random = [&context, start](const std::string& name, const Dims& dims) { return context.random(start + name, dims); };
  inner.update = [&context, start](const std::string& name, Value after) { context.update(start + name, std::move(after)); };
  return inner;
}

std::vector<WeightSpec> prefixed(std::vector<WeightSpec> weights, const std::string& prefix) {
  for (WeightSpec& weight : weights) weight.name = prefix + "/" + weight.name;
  return weights;
}

std::vector<WeightSpec> in_part(std::vector<WeightSpec> weights, const std::string& part) {
  for (WeightSpec& weight : weights) weight.part = weight.part.empty() ? part : part + "/" + weight.part;
  return weights;
}

}  // namespace upkeep::layers
