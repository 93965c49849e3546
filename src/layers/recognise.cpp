// The layer view of graphs that do not say it themselves: each member of the room looks for its own shape, the largest find at a node wins.

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/onnx.hpp"
#include "layers/architecture.hpp"
#include "layers/graph_view.hpp"
#include "layers/layer_view.hpp"

namespace upkeep {
namespace {

class Recogniser {
 public:
  explicit Recogniser(const Model& model) : model_(model), graph_(model.graph), taken_(graph_.nodes.size(), false) {}

  layers::LayerView run() {
    view_.architecture.name = graph_.name.empty() ? "model" : graph_.name;
    std::vector<layers::Recognised> found = find_layers();
    for (const ValueInfo& input : graph_.inputs)
      if (!graph_.initializer(input.name)) in_context("input \"" + input.name + "\"", [&] { add_input(input); });
    name_outputs(found);
    for (layers::Recognised& layer : found) add(layer);
    give_outputs();
    return std::move(view_);
  }

 private:
  std::vector<layers::Recognised> find_layers() {
    std::vector<layers::Recognised> found;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (taken_[i] || only_constant(graph_.nodes[i]) || alias(graph_.nodes[i])) continue;
      std::optional<layers::Recognised> best = largest_at(i);
      if (!best) {
        left.push_back(i);
        continue;
      }
      for (const std::size_t node : best->nodes) taken_[node] = true;
      found.push_back(*std::move(best));
    }
    std::erase_if(left, [&](std::size_t node) { return taken_[node]; });  // by a layer further on
    if (!left.empty()) throw unknown_nodes(left);
    return found;
  }

  Error unknown_nodes(const std::vector<std::size_t>& nodes) const {
    constexpr std::size_t kMost = 20;
    const std::size_t count = nodes.size();
    std::vector<std::string> unknown;
    for (const std::size_t i : nodes | std::views::take(kMost)) {
      const Node& node = graph_.nodes[i];
      unknown.push_back(upkeep::format("{} \"{}\"", node.op, node.name.empty() ? node.outputs.at(0) : node.name));
    }
    return Error(ErrorCode::kUnsupported,
                 upkeep::format("{} of the graph's nodes {} no known layer: {}{}", count, count == 1 ? "is" : "are", join(unknown),
                                count > kMost ? ", ..." : ""),
                 "`upkeep catalog layers` lists those that are known");
  }

  bool only_constant(const Node& node) const {
    return std::ranges::all_of(node.outputs, [&](const std::string& output) { return layers::constant(graph_, output).has_value(); });
  }

  bool alias(const Node& node) {
    if (!layers::is(node, "Identity")) return false;
    alias_[node.outputs[0]] = source(node.inputs[0]);
    return true;
  }

  const std::string& source(const std::string& value) const {
    const auto found = alias_.find(value);
    return found == alias_.end() ? value : found->second;
  }

  std::optional<layers::Recognised> largest_at(std::size_t node) const {
    std::optional<layers::Recognised> best;
    for (const layers::LayerEntry& entry : layers::catalog()) {
      if (!entry.recognise) continue;
      std::optional<layers::Recognised> found = entry.recognise(model_, node);
      if (!found || std::ranges::any_of(found->nodes, [&](std::size_t one) { return taken_[one]; })) continue;
      if (best && best->nodes.size() >= found->nodes.size()) continue;
      found->kind = entry.name;
      best = std::move(found);
    }
    return best;
  }

  // A layer is called as the graph's input or output is, so that the model's inputs and outputs keep their names.
  std::string layer_name(const std::string& wanted, const std::string& kind) const {
    std::string name = wanted;
    std::ranges::replace(name, '/', '_');
    std::ranges::replace(name, ':', '_');
    const bool free = !name.empty() && !std::ranges::contains(view_.architecture.layers, name, &LayerSpec::name);
    return free ? name : free_name(view_.architecture, kind);
  }

  void add_input(const ValueInfo& input) {
    if (!input.type.shape || input.type.shape->empty())
      throw Error(ErrorCode::kUnsupported, "a layer view needs inputs with a batch axis, this one is " + to_string(input.type));
    LayerSpec layer{.kind = "input", .name = layer_name(input.name, "input")};
    Json shape = Json::array();
    for (const Dim& dim : *input.type.shape | std::views::drop(1)) shape.push_back(dim.known() ? Json(dim.value) : Json(nullptr));
    layer.settings["shape"] = std::move(shape);
    if (input.type.shape->front().known()) layer.settings["batch_size"] = input.type.shape->front().value;
    if (input.type.dtype != DType::kFloat32) layer.settings["dtype"] = to_string(input.type.dtype);
    layer_of_[input.name] = layer.name;
    append(std::move(layer)).value = input.name;
  }

  LayerPlace& append(LayerSpec layer) {
    LayerPlace place{.layer = layer.name, .kind = layer.kind};
    view_.architecture.layers.push_back(std::move(layer));
    return view_.places.emplace_back(std::move(place));
  }

  void name_outputs(const std::vector<layers::Recognised>& found) {
    for (const ValueInfo& output : graph_.outputs) {
      const std::string& value = source(output.name);
      if (std::ranges::contains(found, value, &layers::Recognised::output)) name_of_.try_emplace(value, output.name);
    }
  }

  void add(layers::Recognised& found) {
    std::vector<std::string> inputs;
    for (const std::string& value : found.inputs) {
      const auto input = layer_of_.find(source(value));
      if (input == layer_of_.end())
        throw Error(ErrorCode::kUnsupported, upkeep::format("\"{}\", which a {} layer reads, is no layer's output", value, found.kind));
      inputs.push_back(input->second);
    }
    for (layers::PlainLayer& plain : found.before) inputs = {add_plain(std::move(plain), "", std::move(inputs))};
    const auto name = name_of_.find(found.output);
    const std::string wanted = name == name_of_.end() ? "" : name->second;
    LayerSpec layer{.kind = found.kind,
                    .name = layer_name(found.after.empty() ? wanted : "", found.kind),
                    .settings = std::move(found.settings),
                    .inputs = std::move(inputs)};
    for (auto& [weight, tensor] : found.weights) view_.weights.emplace_back(layer.name + "/" + weight, std::move(tensor));
    std::string last = layer.name;
    std::ranges::sort(found.nodes);
    append(std::move(layer)).nodes = std::move(found.nodes);
    for (std::size_t i = 0; i < found.after.size(); ++i)
      last = add_plain(std::move(found.after[i]), i + 1 == found.after.size() ? wanted : "", {last});
    layer_of_[found.output] = last;
    view_.places.back().value = found.output;
  }

  std::string add_plain(layers::PlainLayer plain, const std::string& wanted, std::vector<std::string> inputs) {
    LayerSpec layer{
        .kind = plain.kind, .name = layer_name(wanted, plain.kind), .settings = std::move(plain.settings), .inputs = std::move(inputs)};
    std::string name = layer.name;
    append(std::move(layer));
    return name;
  }

  // A second name for a layer's output, or an input handed on, becomes a layer that does nothing.
  void give_outputs() {
    std::set<std::string> given;
    for (const ValueInfo& output : graph_.outputs) {
      const auto found = layer_of_.find(source(output.name));
      if (found == layer_of_.end()) throw Error(ErrorCode::kUnsupported, "output \"" + output.name + "\" is no layer's");
      std::string name = found->second;
      const bool is_input = view_.architecture.layer(name).inputs.empty();
      if (is_input || !given.insert(name).second) {
        LayerSpec same{.kind = "activation", .name = layer_name(output.name, "activation"), .inputs = {name}};
        name = same.name;
        append(std::move(same)).value = output.name;
      }
      view_.architecture.outputs.push_back(name);
    }
    if (view_.architecture.outputs == std::vector{view_.architecture.layers.back().name}) view_.architecture.outputs.clear();
  }

  const Model& model_;
  const Graph& graph_;
  std::vector<bool> taken_;
  std::map<std::string, std::string> alias_;     // Identity's output -> what it hands on
  std::map<std::string, std::string> layer_of_;  // value -> the layer that makes it
  std::map<std::string, std::string> name_of_;   // value -> the graph output that it is
  layers::LayerView view_;
};

layers::LayerView recognise(const Model& model) {
  verify(model);
  Model shaped = model;
  try {
    infer_shapes(shaped);
  } catch (const Error&) {  // recognisers then see fewer shapes; nodes that they do not know are named below
    shaped = model;
  }
  return layers::with_channels_last(layers::recognise_layers(shaped), shaped.graph);
}

Weights stored_weights(const Model& model, const Architecture& architecture) {
  Weights weights;
  for (const NamedWeight& wanted : weight_specs(architecture)) {
    const Tensor* tensor = model.graph.initializer(wanted.name);
    if (!tensor || tensor->shape() != wanted.spec.shape)
      throw Error(
          ErrorCode::kCorrupt,
          upkeep::format("the layer view in the metadata has a weight \"{}\" of shape {}, the graph has {}", wanted.name,
                         to_string(wanted.spec.shape), tensor ? "one of shape " + to_string(tensor->shape()) : "none"),
          upkeep::format(
              "the graph was changed by something that left the metadata \"{}\" as it was; remove it to have the layers recognised anew",
              kLayersKey));
    weights.emplace_back(wanted.name, *tensor);
  }
  return weights;
}

std::optional<Architecture> stored_architecture(const Model& model) {
  const std::string* text = find(model.metadata, kLayersKey);
  if (!text) return std::nullopt;
  return in_context(upkeep::format("metadata \"{}\"", kLayersKey), [&] { return architecture_from_json(parse_json(*text)); });
}

}  // namespace

layers::LayerView layers::recognise_layers(const Model& shaped) { return Recogniser(shaped).run(); }

Architecture architecture_of(const Model& model) {
  if (auto stored = stored_architecture(model)) return *std::move(stored);
  return recognise(model).architecture;
}

std::vector<LayerPlace> recognised_places(const Model& model) { return recognise(model).places; }

Weights weights_of(const Model& model) {
  if (const auto stored = stored_architecture(model)) return stored_weights(model, *stored);
  return recognise(model).weights;
}

Model with_layers(const Model& model) {
  if (const auto stored = stored_architecture(model)) {
    stored_weights(model, *stored);
    return model;
  }
  const layers::LayerView view = recognise(model);
  Model layered = build_model(view.architecture, view.weights);
  layered.domain = model.domain;
  layered.model_version = model.model_version;
  layered.doc = model.doc;
  layered.training_tensors = model.training_tensors;
  for (const auto& [key, value] : model.metadata)
    if (key != kLayersKey) set(layered.metadata, key, value);
  return layered;
}

}  // namespace upkeep
