#include "analyze/model_parts.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "analyze/conversions.hpp"
#include "base/format.hpp"
#include "base/sha256.hpp"
#include "graph/onnx.hpp"
#include "layers/keras/form.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/view/architecture.hpp"
#include "layers/view/layer_view.hpp"
#include "layers/view/nested.hpp"
#include "train/constraints/constraint.hpp"
#include "train/regularizers/regularizer.hpp"

namespace upkeep {
namespace {

Json with_defaults(const Settings& about, const Json& given) {
  Json full = Json::object();
  for (const Field& field : about.fields()) full[field.name] = given.contains(field.name) ? given[field.name] : field.default_value;
  return full;
}

// A regulariser or constraint by its catalog's name, with all of its settings. One that is not known is left as it was written.
template <typename Catalog>
Json full_form(const Catalog& catalog, const Json& setting) {
  const NamedSettings form = layers::read_keras_form(setting);
  const auto* entry = catalog.find(form.name);
  if (!entry) return setting;
  return {{entry->name, with_defaults(entry->settings, form.values)}};
}

Json one_spelling(const std::string& name, const Json& value) {
  if (value.is_null()) return value;
  if (name.ends_with("initializer")) return layers::full_initializer(value);
  if (name.ends_with("regularizer")) return full_form(regularizers::catalog(), value);
  if (name.ends_with("constraint")) return full_form(constraints::catalog(), value);
  return value;
}

Json full_settings(const LayerSpec& layer) {
  Json settings = with_defaults(layers::catalog().at(layer.kind).settings, layer.settings);
  for (auto& [name, value] : settings.items()) {
    if (value.is_object() && (name == "layer" || name == "backward_layer")) {  // of Bidirectional, TimeDistributed
      const LayerSpec inner = layers::read_nested(value);
      value = {{inner.kind, full_settings(inner)}};
    } else {
      value = one_spelling(name, value);
    }
  }
  return settings;
}

// What stands for content that is too large to show: equal for equal content only.
std::string digest(std::string_view bytes) { return sha256(bytes).substr(0, 12); }

Json in_short(const Tensor& tensor) {
  std::string strings;
  if (tensor.dtype() == DType::kString) strings = Json(tensor.strings()).dump();
  const auto bytes = tensor.bytes();
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return to_string(tensor.dtype()) + to_string(tensor.shape()) + " " + digest(strings.empty() ? content : strings);
}

Json in_short(const GraphPtr& graph) {
  Model model;
  model.graph = *graph;
  return upkeep::format("graph of {} nodes {}", graph->nodes.size(), digest(model_to_bytes(model)));
}

Json in_short(const OpaqueAttribute& attribute) { return digest(attribute.bytes); }

template <typename T>
  requires requires(const T& one) { in_short(one); }
Json in_short(const std::vector<T>& list) {
  Json texts = Json::array();
  for (const T& one : list) texts.push_back(in_short(one));
  return texts;
}

Json attribute_value(const AttributeValue& value) {
  return std::visit(
      []<typename T>(const T& one) -> Json {
        if constexpr (requires { in_short(one); }) return in_short(one);
        else return one;
      },
      value);
}

std::optional<Tensor> constant_of(const Graph& graph, const std::string& name) {
  const Tensor* tensor = graph.initializer(name);
  return tensor ? std::optional(*tensor) : std::nullopt;
}

std::string conversion_setting(std::size_t input, bool constant) {
  if (!constant) return input == 0 ? "input rounded to" : upkeep::format("input {} rounded to", input);
  return std::string(input == 1 ? "weight" : input == 2 ? "bias" : "constant") + " stored as";
}

}  // namespace

std::vector<ModelPart> layer_parts(const Model& model) {
  const auto [architecture, weights, places] = layers::layer_view(model);
  const std::vector<NamedWeight> specs = weight_specs(architecture);
  std::vector<ModelPart> parts;
  for (const LayerSpec& layer : architecture.layers) {
    ModelPart& part =
        parts.emplace_back(ModelPart{.name = layer.name, .kind = layer.kind, .given = layer.settings, .inputs = layer.inputs});
    part.settings = in_context("layer \"" + layer.name + "\"", [&] { return full_settings(layer); });
    part.settings["weights of"] = layer.shares.empty() ? Json(nullptr) : Json(layer.shares);
    part.settings["inference"] = layer.inference;
    for (const NamedWeight& spec : specs)
      if (spec.layer == layer.name) part.weights.emplace_back(spec.spec.name, *find(weights, spec.name));
  }
  return parts;
}

std::vector<ModelPart> node_parts(const Model& model) {
  const Graph& graph = model.graph;
  std::unordered_map<std::string, std::string> maker;
  std::set<std::string> taken;
  std::vector<ModelPart> parts;
  const Conversions conversions(model);
  for (const Node& node : graph.nodes) {
    if (conversions.hides(node)) continue;
    ModelPart& part = parts.emplace_back();
    part.name = node.name.empty() ? node.outputs.at(0) : node.name;
    part.kind = node.domain.empty() ? node.op : node.domain + "." + node.op;
    for (const Attribute& attribute : node.attributes) part.settings[attribute.name] = attribute_value(attribute.value);
    part.given = part.settings;
    for (const std::string& output : node.outputs) maker[output] = part.name;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Conversion* conversion = conversions.of(node.inputs[i]);
      const std::string& input = conversion ? conversion->source : node.inputs[i];
      if (conversion) part.settings[conversion_setting(i, conversion->floats.has_value())] = conversion->how;
      const std::optional<Tensor> weight = conversion ? conversion->floats : constant_of(graph, input);
      if (weight) {
        if (taken.insert(input).second) part.weights.emplace_back(input, *weight);
      } else if (!input.empty()) {
        const auto found = maker.find(input);
        part.inputs.push_back(found == maker.end() ? input : found->second);
      }
    }
  }
  return parts;
}

}  // namespace upkeep
