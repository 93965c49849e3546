#include "runtime/plain_form.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/json.hpp"
#include "graph/element_types.hpp"
#include "graph/notes.hpp"
#include "graph/signature.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {
namespace {

using NameList = std::vector<std::string>;

// kFileFormKey: {"ir_version": 3, "inputs": [[1, "w"]], "maps": {"probability": {"strings": false, "classes": [0, 1], "type": [34, ...]}}}
constexpr std::int64_t kInputsAreNotWeights = 4;  // the IR version from which on initializers need not be inputs
constexpr const char* kMlDomain = "ai.onnx.ml";

// Names of a file need not be UTF-8, text of JSON must be.
std::string written(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// --- weights that are inputs ---------------------------------------------------------------------------------------

void inputs_to_weights(Model& model, Json& noted) {
  Graph& graph = model.graph;
  Json places = Json::array();
  for (std::size_t i = 0; i < graph.inputs.size(); ++i)
    if (graph.initializer(graph.inputs[i].name)) places.push_back(Json::array({i, graph.inputs[i].name}));
  if (!places.empty()) noted["inputs"] = std::move(places);
  std::erase_if(graph.inputs, [&](const ValueInfo& input) { return graph.initializer(input.name) != nullptr; });
  if (model.ir_version >= kInputsAreNotWeights) return;
  noted["ir_version"] = model.ir_version;
  model.ir_version = kInputsAreNotWeights;
}

ValueInfo input_for(const std::string& name, const Tensor& tensor) {
  return {.name = name, .type = {.dtype = tensor.dtype(), .shape = Dims(tensor.shape().begin(), tensor.shape().end())}};
}

void weights_to_inputs(Model& model, const Json& noted) {
  Graph& graph = model.graph;
  for (const Json& place : noted.value("inputs", Json::array())) {
    const auto name = place.at(1).get<std::string>();
    const Tensor* tensor = graph.initializer(name);
    if (!tensor || graph.input(name)) continue;
    const std::size_t at = std::min(place.at(0).get<std::size_t>(), graph.inputs.size());
    graph.inputs.insert(graph.inputs.begin() + static_cast<std::ptrdiff_t>(at), input_for(name, *tensor));
  }
  if (!noted.contains("ir_version") || model.ir_version != kInputsAreNotWeights) return;
  model.ir_version = noted["ir_version"].get<std::int64_t>();
  for (const auto& [name, tensor] : graph.initializers)
    if (!graph.input(name)) graph.inputs.push_back(input_for(name, tensor));
}

// --- weights in Constant nodes -------------------------------------------------------------------------------------

// Several floats; a single one is a number of the arithmetic.
std::optional<Tensor> weight_in(const Node& node) {
  if (node.op != "Constant" || !node.domain.empty() || node.outputs.size() != 1) return std::nullopt;
  const Attribute* value = node.find("value");
  const Attribute* floats = node.find("value_floats");
  if (value && std::holds_alternative<Tensor>(value->value)) {
    const Tensor& tensor = std::get<Tensor>(value->value);
    return tensor.size() > 1 && is_floating(tensor.dtype()) ? std::optional(tensor) : std::nullopt;
  }
  if (!floats || !std::holds_alternative<std::vector<float>>(floats->value)) return std::nullopt;
  const auto& list = std::get<std::vector<float>>(floats->value);
  return list.size() > 1 ? std::optional(Tensor({std::ssize(list)}, list)) : std::nullopt;
}

void constants_to_weights(Graph& graph) {
  std::unordered_set<std::string> moved;
  std::erase_if(graph.nodes, [&](const Node& node) {
    std::optional<Tensor> weight = weight_in(node);
    if (!weight || std::ranges::contains(graph.outputs, node.outputs[0], &ValueInfo::name)) return false;
    moved.insert(node.outputs[0]);
    graph.initializers.emplace_back(node.outputs[0], std::move(*weight));
    return true;
  });
  std::erase_if(graph.values, [&](const ValueInfo& value) { return moved.contains(value.name); });
}

// --- maps as outputs -----------------------------------------------------------------------------------------------

// The classes in the order of the columns; nullopt for anything but a ZipMap that gives an output which no node reads.
std::optional<Json> classes_of(const Graph& graph, const Node& node) {
  if (node.op != "ZipMap" || node.domain != kMlDomain || node.inputs.size() != 1 || node.outputs.size() != 1) return std::nullopt;
  if (!std::ranges::contains(graph.outputs, node.outputs[0], &ValueInfo::name)) return std::nullopt;
  for (const Node& reader : graph.nodes)
    if (reads_of(reader).contains(node.outputs[0])) return std::nullopt;
  const auto texts = node.get<std::vector<std::string>>("classlabels_strings", {});
  const auto numbers = node.get<std::vector<std::int64_t>>("classlabels_int64s", {});
  return Json{{"strings", !texts.empty()}, {"classes", texts.empty() ? Json(numbers) : Json(texts)}};
}

ValueType tensor_type(const Graph& graph, const std::string& probabilities, std::size_t classes) {
  const ValueInfo* known = graph.value(probabilities);
  if (known && known->type.dtype == DType::kFloat32 && known->type.shape) return known->type;
  return {.dtype = DType::kFloat32, .shape = Dims{Dim(), Dim(static_cast<std::int64_t>(classes))}};
}

NameList names_of(const Json& classes) {
  NameList names;
  for (const Json& one : classes) names.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  return names;
}

// Unless the file names them itself.
void name_classes(Model& model, const std::string& output, std::vector<std::string> names) {
  Signature signature = signature_of(model);
  const auto own = std::ranges::find(signature.outputs, output, &OutputSignature::name);
  if (!own->classes.empty()) return;
  own->classes = std::move(names);
  own->answer = Answer::kClasses;
  set_signature(model, signature);
}

void maps_to_tensors(Model& model, Json& noted) {
  Graph& graph = model.graph;
  for (Node& node : graph.nodes) {
    const std::optional<Json> classes = classes_of(graph, node);
    if (!classes) continue;
    const auto output = std::ranges::find(graph.outputs, node.outputs[0], &ValueInfo::name);
    Json& note = noted["maps"][node.outputs[0]] = *classes;
    note["type"] = std::vector<std::uint8_t>(output->type.opaque.begin(), output->type.opaque.end());
    output->type = tensor_type(graph, node.inputs[0], (*classes)["classes"].size());
    node = {.op = "Identity", .domain = {}, .name = node.name, .inputs = node.inputs, .outputs = node.outputs};
    name_classes(model, node.outputs[0], names_of((*classes)["classes"]));
    model.opsets.emplace("", 13);  // a graph of classical models alone may not import it
  }
}

// The labels that the graph's classifiers tell apart, where all of them agree.
NameList labels_of_classifiers(const Graph& graph) {
  NameList labels;
  for (const Node& node : graph.nodes) {
    if (node.domain != kMlDomain) continue;
    NameList own = node.get<NameList>("classlabels_strings", {});
    if (own.empty())
      for (const char* key : {"classlabels_ints", "classlabels_int64s"})
        for (const std::int64_t label : node.get<std::vector<std::int64_t>>(key, {})) own.push_back(std::to_string(label));
    if (own.empty()) continue;
    if (!labels.empty() && labels != own) return {};
    labels = std::move(own);
  }
  return labels;
}

void name_classes_of_tensors(Model& model) {
  const NameList labels = labels_of_classifiers(model.graph);
  if (labels.size() < 2) return;
  for (const ValueInfo& output : model.graph.outputs) {
    const auto& shape = output.type.shape;
    if (is_floating(output.type.dtype) && shape && shape->size() == 2 && shape->back() == Dim(std::ssize(labels)))
      name_classes(model, output.name, labels);
  }
}

void tensors_to_maps(Model& model, const Json& noted) {
  const Json maps = noted.value("maps", Json::object());
  for (const auto& [name, labels] : maps.items()) {
    const auto output = std::ranges::find(model.graph.outputs, name, &ValueInfo::name);
    const auto node = std::ranges::find_if(model.graph.nodes, [&](const Node& one) {
      return one.op == "Identity" && one.domain.empty() && one.outputs == std::vector<std::string>{name};
    });
    if (output == model.graph.outputs.end() || output->type.dtype != DType::kFloat32 || node == model.graph.nodes.end()) continue;
    node->op = "ZipMap";
    node->domain = kMlDomain;
    const bool strings = labels.at("strings").get<bool>();
    if (strings) node->attributes = {{"classlabels_strings", labels.at("classes").get<std::vector<std::string>>(), {}}};
    else node->attributes = {{"classlabels_int64s", labels.at("classes").get<std::vector<std::int64_t>>(), {}}};
    const auto bytes = labels.at("type").get<std::vector<std::uint8_t>>();
    output->type = {.opaque = std::string(bytes.begin(), bytes.end())};
    model.opsets.emplace(kMlDomain, 1);
  }
}

}  // namespace

void to_plain_form(Model& model) {
  Json noted = Json::object();
  inputs_to_weights(model, noted);
  constants_to_weights(model.graph);
  maps_to_tensors(model, noted);
  name_classes_of_tensors(model);
  if (!noted.empty()) set(model.metadata, kFileFormKey, written(noted));
}

void to_file_form(Model& model) {
  const std::string* text = find(model.metadata, kFileFormKey);
  if (!text) return;
  in_context("metadata \"" + std::string(kFileFormKey) + "\"", [&] {
    const Json noted = parse_json(*text);
    try {
      weights_to_inputs(model, noted);
      tensors_to_maps(model, noted);
    } catch (const Json::exception&) {
      throw Error(ErrorCode::kCorrupt, "it is not what upkeep writes there", "remove it");
    }
  });
  std::erase_if(model.metadata, [](const auto& entry) { return entry.first == kFileFormKey; });
}

}  // namespace upkeep
