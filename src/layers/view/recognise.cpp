// The layer view of graphs that do not say it themselves: each member of the room looks for its own shape, the largest find at a node wins.

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/python_json.hpp"
#include "base/some_of.hpp"
#include "graph/onnx.hpp"
#include "graph/stop_gradient.hpp"
#include "layers/shared/foreign_operations.hpp"
#include "layers/view/architecture.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layer_view.hpp"

namespace upkeep {
namespace {

class Recogniser {
 public:
  Recogniser(const Model& model, Recognition recognition)
      : model_(model), graph_(model), recognition_(recognition), taken_(graph_.nodes.size(), false) {}

  layers::LayerView run() {
    view_.architecture.name = model_.graph.name.empty() ? "model" : model_.graph.name;
    std::vector<layers::Recognised> found = find_layers();
    for (const ValueInfo& input : model_.graph.inputs)
      if (!graph_.initializer(input.name)) in_context("input \"" + input.name + "\"", [&] { add_input(input); });
    name_outputs(found);
    for (layers::Recognised& layer : found) add(layer);
    give_outputs();
    return std::move(view_);
  }

  // The node that is a function of values, no layer, where `layer` stands for it.
  std::optional<std::size_t> function_of(const LayerSpec& layer) const {
    const auto found = functions_.find({layer.name, layer.settings.dump()});
    return found == functions_.end() ? std::nullopt : std::optional(found->second);
  }

  Error unknown_nodes(const std::vector<std::size_t>& nodes) const {
    std::vector<std::string> unknown;
    for (const std::size_t i : nodes) {
      const Node& node = graph_.nodes[i];
      unknown.push_back(upkeep::format("{} \"{}\"", node.op, node.name.empty() ? node.outputs.at(0) : node.name));
    }
    return Error(ErrorCode::kUnsupported,
                 upkeep::format("{} of the graph's nodes {} no known layer: {}", unknown.size(), unknown.size() == 1 ? "is" : "are",
                                some_of(unknown, 8)),
                 way_out());
  }

 private:
  // Layers compute in float32.
  std::string way_out() const {
    const auto holds = [&](DType dtype) {
      return std::ranges::any_of(model_.graph.initializers, [&](const auto& one) { return one.second.dtype() == dtype; });
    };
    if (holds(DType::kFloat16) || holds(DType::kBFloat16))
      return "its weights are of 16 bits: upkeep convert --rewrite float32 widens them";
    if (std::ranges::any_of(graph_.nodes, [](const Node& node) { return is_op(node, "DequantizeLinear"); }))
      return "the model is quantised: upkeep convert --rewrite dequantize makes floats of its integers";
    return "`upkeep catalog layers` lists those that are known";
  }

  std::vector<layers::Recognised> find_layers() {
    std::vector<layers::Recognised> found;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (std::optional<layers::Recognised> first = largest_at(i, true)) take(*std::move(first), found);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (taken_[i] || only_constant(graph_.nodes[i]) || alias(graph_.nodes[i])) continue;
      if (std::optional<layers::Recognised> best = largest_at(i, false)) take(*std::move(best), found);
      else left.push_back(i);
    }
    std::erase_if(left, [&](std::size_t node) { return taken_[node]; });  // by a layer further on
    std::vector<std::size_t> no_layers = left;
    find_functions(left, found);
    keep_needed(left, no_layers, found);
    if (!left.empty()) throw unknown_nodes(recognition_ == Recognition::kLayers ? no_layers : left);
    std::ranges::stable_sort(found, {}, [&](const layers::Recognised& one) { return place(one); });
    return found;
  }

  // What made sizes and states for finds that know them by themselves is of no interest.
  void keep_needed(std::vector<std::size_t>& left, std::vector<std::size_t>& no_layers, std::vector<layers::Recognised>& found) const {
    std::map<std::string, const layers::Recognised*> givers;
    for (const layers::Recognised& one : found) {
      if (!one.output.empty()) givers[one.output] = &one;
      for (const layers::DerivedValue& value : one.derived) givers[value.value] = &one;
    }
    std::set<std::string> needed;
    std::set<std::size_t> nodes;
    std::vector<std::string> open;
    const auto need = [&](const std::string& value) {
      if (!value.empty() && needed.insert(source(value)).second) open.push_back(source(value));
    };
    for (const ValueInfo& output : graph_.outputs) need(output.name);
    while (!open.empty()) {
      const std::string value = std::move(open.back());
      open.pop_back();
      const auto giver = givers.find(value);
      const Node* node = graph_.producer(value);
      if (giver != givers.end()) std::ranges::for_each(giver->second->inputs, need);
      else if (node && !only_constant(*node)) std::ranges::for_each(node->inputs, need);
      if (node) nodes.insert(static_cast<std::size_t>(node - graph_.nodes.data()));
    }
    const auto idle = [&](std::size_t node) { return !nodes.contains(node) && !gives_output(node); };
    std::erase_if(left, idle);
    std::erase_if(no_layers, idle);
    std::erase_if(found, [&](const layers::Recognised& one) {
      return !needed.contains(one.output) &&
             std::ranges::none_of(one.derived, [&](const layers::DerivedValue& value) { return needed.contains(value.value); });
    });
  }

  bool gives_output(std::size_t node) const {
    return std::ranges::any_of(graph_.nodes[node].outputs, [&](const std::string& output) { return graph_.is_output(output); });
  }

  void take(layers::Recognised find, std::vector<layers::Recognised>& found) {
    for (const std::size_t node : find.nodes) taken_[node] = true;
    found.push_back(std::move(find));
  }

  void find_functions(std::vector<std::size_t>& left, std::vector<layers::Recognised>& found) {
    for (const std::size_t i : left) {
      if (taken_[i]) continue;
      std::optional<layers::Recognised> function = layers::recognise_operation(graph_, i);
      if (!function || std::ranges::any_of(function->nodes, [&](std::size_t node) { return taken_[node]; })) continue;
      function_nodes_.insert(i);
      take(*std::move(function), found);
    }
    std::erase_if(left, [&](std::size_t node) { return taken_[node]; });
  }

  // Where in the graph's order the find gives its values.
  std::size_t place(const layers::Recognised& found) const {
    const Node* node = found.output.empty() ? nullptr : graph_.producer(found.output);
    return node ? static_cast<std::size_t>(node - graph_.nodes.data()) : found.nodes.front();
  }

  bool only_constant(const Node& node) const {
    return std::ranges::all_of(node.outputs, [&](const std::string& output) { return layers::constant(graph_, output).has_value(); });
  }

  bool alias(const Node& node) {
    if (!is_op(node, "Identity") || stops_gradient(node)) return false;
    alias_[node.outputs[0]] = source(node.inputs[0]);
    return true;
  }

  const std::string& source(const std::string& value) const {
    const auto found = alias_.find(value);
    return found == alias_.end() ? value : found->second;
  }

  std::optional<layers::Recognised> largest_at(std::size_t node, bool first) const {
    std::optional<layers::Recognised> best;
    for (const layers::LayerEntry& entry : layers::catalog()) {
      if (!entry.recognise || entry.recognised_first != first) continue;
      std::optional<layers::Recognised> found = entry.recognise(graph_, node);
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
      const auto gives = [&](const layers::Recognised& one) {
        return one.output == value || std::ranges::contains(one.derived, value, &layers::DerivedValue::value);
      };
      if (std::ranges::any_of(found, gives)) name_of_.try_emplace(value, output.name);
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
    for (layers::PlainLayer& plain : found.before) inputs[0] = add_plain(std::move(plain), "", {inputs[0]});
    for (std::size_t i = 1; i < inputs.size(); ++i)
      for (const layers::PlainLayer& plain : found.before_others) inputs[i] = add_plain(plain, "", {inputs[i]});
    const auto name = name_of_.find(found.output);
    const std::string wanted = name == name_of_.end() ? "" : name->second;
    LayerSpec layer{.kind = found.kind,
                    .name = layer_name(found.after.empty() ? wanted : "", found.kind),
                    .settings = std::move(found.settings),
                    .inputs = std::move(inputs)};
    add_weights(layer.name, found.weights);
    const std::string first = layer.name;
    const std::size_t node = found.nodes.front();
    const bool function = function_nodes_.contains(node);
    if (function) functions_[{first, layer.settings.dump()}] = node;
    std::ranges::sort(found.nodes);
    append(std::move(layer)).nodes = std::move(found.nodes);
    for (const layers::DerivedValue& value : found.derived) add_derived(first, value);
    if (found.output.empty()) return;
    std::string last = first;
    for (std::size_t i = 0; i < found.after.size(); ++i)
      last = add_plain(std::move(found.after[i]), i + 1 == found.after.size() ? wanted : "", {last});
    if (function) functions_[{last, view_.architecture.layers.back().settings.dump()}] = node;
    layer_of_[found.output] = last;
    view_.places.back().value = found.output;
  }

  void add_weights(const std::string& layer, std::vector<std::pair<std::string, Tensor>>& weights) {
    for (auto& [weight, tensor] : weights) view_.weights.emplace_back(layer + "/" + weight, std::move(tensor));
  }

  void add_derived(const std::string& layer, const layers::DerivedValue& derived) {
    std::vector<std::string> reads;
    for (const std::size_t number : derived.of) reads.push_back(number == 0 ? layer : upkeep::format("{}:{}", layer, number));
    const auto name = name_of_.find(derived.value);
    for (std::size_t i = 0; i < derived.through.size(); ++i) {
      const bool last = i + 1 == derived.through.size() && name != name_of_.end();
      reads = {add_plain(derived.through[i], last ? name->second : "", std::move(reads))};
    }
    layer_of_[derived.value] = reads[0];
    view_.places.back().value = derived.value;
  }

  std::string add_plain(layers::PlainLayer plain, const std::string& wanted, std::vector<std::string> inputs) {
    LayerSpec layer{
        .kind = plain.kind, .name = layer_name(wanted, plain.kind), .settings = std::move(plain.settings), .inputs = std::move(inputs)};
    std::string name = layer.name;
    add_weights(name, plain.weights);
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
      const bool is_input = layer_of(name) != name || view_.architecture.layer(name).inputs.empty();
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
  const layers::GraphView graph_;
  Recognition recognition_;
  std::vector<bool> taken_;
  std::set<std::size_t> function_nodes_;
  std::map<std::pair<std::string, std::string>, std::size_t> functions_;  // by name and settings of the layer
  std::map<std::string, std::string> alias_;                              // Identity's output -> what it hands on
  std::map<std::string, std::string> layer_of_;                           // value -> the layer that makes it
  std::map<std::string, std::string> name_of_;                            // value -> the graph output that it is
  layers::LayerView view_;
};

layers::LayerView recognise(const Model& model, Recognition recognition = Recognition::kLayers) {
  verify(model);
  Model shaped = model;
  try {
    infer_shapes(shaped);
  } catch (const Error&) {  // recognisers then see fewer shapes; nodes that they do not know are named below
    shaped = model;
  }
  return layers::with_channels_last(layers::recognise_layers(shaped, recognition), shaped);
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
  return in_context(upkeep::format("metadata \"{}\"", kLayersKey), [&] { return architecture_from_json(parse_python_json(*text)); });
}

}  // namespace

layers::LayerView layers::recognise_layers(const Model& shaped, Recognition recognition) {
  Recogniser recogniser(shaped, recognition);
  LayerView view = tidied(recogniser.run());
  if (recognition == Recognition::kLayersAndFunctions) return view;
  std::vector<std::size_t> functions;
  for (const LayerSpec& layer : view.architecture.layers)
    if (const auto node = recogniser.function_of(layer)) functions.push_back(*node);
  if (!functions.empty()) throw recogniser.unknown_nodes(functions);
  return view;
}

layers::LayerView layers::layer_view(const Model& model) {
  auto stored = stored_architecture(model);
  if (!stored) return recognise(model);
  Weights weights = stored_weights(model, *stored);
  std::vector<LayerPlace> places = built_places(model, *stored);
  return {*std::move(stored), std::move(weights), std::move(places)};
}

Architecture architecture_of(const Model& model) {
  if (auto stored = stored_architecture(model)) return *std::move(stored);
  return recognise(model).architecture;
}

std::vector<LayerPlace> recognised_places(const Model& model) { return recognise(model).places; }

Weights weights_of(const Model& model) {
  if (const auto stored = stored_architecture(model)) return stored_weights(model, *stored);
  return recognise(model).weights;
}

LayeredModel with_layers(const Model& model, Recognition recognition) {
  if (auto stored = stored_architecture(model)) {
    Weights weights = stored_weights(model, *stored);
    return {model, *std::move(stored), std::move(weights)};
  }
  layers::LayerView view = recognise(model, recognition);
  Model layered = build_model(view.architecture, view.weights);
  layered.domain = model.domain;
  layered.model_version = model.model_version;
  layered.doc = model.doc;
  layered.training_tensors = model.training_tensors;
  carry_notes(model, layered, Edit::kLayersFound);
  Weights weights = stored_weights(layered, view.architecture);
  return {std::move(layered), std::move(view.architecture), std::move(weights)};
}

}  // namespace upkeep
