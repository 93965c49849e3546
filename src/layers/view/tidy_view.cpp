// What finds and functions of a foreign graph leave between one another, taken out of its layer view:
//
//   transpose(transpose(x))                    ==>  transpose(x), or x
//   transpose(x)[i]                            ==>  x[:, i], where the axes that are left keep their order
//   squeeze(expand_dims(x)), expand_dims(x)[0] ==>  x
//   squeeze(x[i:i+1])                          ==>  x[i]
//   stack([a, b])[i], concatenate([a, b])[i]   ==>  a or b, along the first axis
//   LSTM(return_sequences)[:, -1]              ==>  LSTM, where nobody reads the other steps
//   concatenate([b:1, b:3])                    ==>  b, a bidirectional layer that gives its last outputs
//   layers that nobody reads                   ==>  nothing
//
// Not when: the layer gives a value of the model, whose name stays.

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "layers/view/layer_view.hpp"
#include "layers/view/layout.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::layers {
namespace {

using Axes = std::vector<std::int64_t>;

bool is_function(const LayerSpec& layer, std::string_view function) {
  return layer.kind == "operation" && layer.settings.at("function") == function;
}

const Json& argument(const LayerSpec& layer, const char* name) { return layer.settings.at("arguments").at(name); }

// The order of axes that the layer gives, where it only turns them.
std::optional<Axes> turned_axes(const LayerSpec& layer) {
  if (is_function(layer, "transpose") && layer.settings.at("arguments").contains("axes")) return argument(layer, "axes").get<Axes>();
  if (layer.kind != "permute") return std::nullopt;
  Axes order = {0};
  for (const Json& axis : layer.settings.at("dims")) order.push_back(axis.get<std::int64_t>());
  return order;
}

void set_turned_axes(LayerSpec& layer, const Axes& order) {
  const bool keeps_batch = order[0] == 0;
  layer.kind = keeps_batch ? "permute" : "operation";
  layer.settings =
      keeps_batch ? permute_settings(order) : Json{{"function", "transpose"}, {"arguments", {{"x", {{"input", 0}}}, {"axes", order}}}};
}

Json whole_axis() { return {{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}}; }

struct Element {
  std::int64_t axis;
  std::int64_t at;
};

// x[:, :, at]
std::optional<Element> element_taken(const LayerSpec& layer) {
  if (!is_function(layer, "get_item")) return std::nullopt;
  const Json& key = argument(layer, "key");
  for (std::size_t i = 0; i + 1 < key.size(); ++i)
    if (!key[i].is_object() || key[i].value("config", Json()) != whole_axis()) return std::nullopt;
  if (key.empty() || !key.back().is_number_integer()) return std::nullopt;
  return Element{static_cast<std::int64_t>(key.size()) - 1, key.back().get<std::int64_t>()};
}

void set_element(LayerSpec& layer, const Element& element) {
  Json key = Json::array();
  for (std::int64_t i = 0; i < element.axis; ++i) key.push_back({{"class_name", "__slice__"}, {"config", whole_axis()}});
  key.push_back(element.at);
  layer.settings["arguments"]["key"] = std::move(key);
}

std::optional<std::int64_t> axis_argument(const LayerSpec& layer) {
  const Json& arguments = layer.settings.at("arguments");
  if (!arguments.contains("axis") || !arguments["axis"].is_number_integer()) return std::nullopt;
  return arguments["axis"].get<std::int64_t>();
}

// The settings of what reads a sequence: the layer's, or those of the layer that a bidirectional one has.
Json* sequence_settings(LayerSpec& layer) {
  static const std::set<std::string> kKinds = {"lstm", "gru", "simple_rnn"};
  if (kKinds.contains(layer.kind)) return &layer.settings;
  if (layer.kind != "bidirectional" || !layer.settings.contains("layer")) return nullptr;
  Json& inner = layer.settings["layer"];
  return inner.is_object() && inner.size() == 1 && kKinds.contains(inner.begin().key()) ? &inner.begin().value() : nullptr;
}

class Tidying {
 public:
  explicit Tidying(LayerView view) : view_(std::move(view)), layers_(view_.architecture.layers) {
    view_.architecture.outputs = output_layers(view_.architecture);
    outputs_.insert(view_.architecture.outputs.begin(), view_.architecture.outputs.end());
  }

  LayerView run() {
    bool changed = true;
    while (changed) {
      drop_unread();
      changed = false;
      for (std::size_t i = 0; i < layers_.size() && !changed; ++i) changed = tidy(i);
    }
    drop_states();
    if (view_.architecture.outputs == std::vector{layers_.back().name}) view_.architecture.outputs.clear();
    return std::move(view_);
  }

 private:
  LayerSpec* find(const std::string& reference) {
    const auto found = std::ranges::find(layers_, reference, &LayerSpec::name);
    return found == layers_.end() ? nullptr : &*found;
  }

  // How often a reference is read, an output of the model counted as well.
  std::size_t uses(const std::string& reference) const {
    std::size_t count = outputs_.contains(reference) ? 1 : 0;
    for (const LayerSpec& layer : layers_) count += static_cast<std::size_t>(std::ranges::count(layer.inputs, reference));
    return count;
  }

  bool tidy(std::size_t index) {
    LayerSpec& layer = layers_[index];
    if (layer.inputs.empty()) return false;
    if (both_states(layer)) return true;
    if (layer.inputs.size() != 1) return false;
    if (is_function(layer, "identity")) return replace(layer, layer.inputs[0]);
    if (turns_nothing(layer)) return replace(layer, layer.inputs[0]);
    LayerSpec* below = find(layer.inputs[0]);
    if (!below) return false;
    return turned_twice(layer, *below) || taken_back(layer, *below) || sliced(layer, *below) || element_below(layer, *below);
  }

  static bool turns_nothing(const LayerSpec& layer) {
    const std::optional<Axes> order = turned_axes(layer);
    return order && std::ranges::is_sorted(*order);
  }

  static bool turned_twice(LayerSpec& layer, const LayerSpec& below) {
    const std::optional<Axes> second = turned_axes(layer), first = turned_axes(below);
    if (!second || !first || first->size() != second->size()) return false;
    Axes order;
    for (const std::int64_t axis : *second) order.push_back((*first)[static_cast<std::size_t>(axis)]);
    set_turned_axes(layer, order);
    layer.inputs = below.inputs;
    return true;
  }

  bool taken_back(LayerSpec& layer, const LayerSpec& below) {
    if (!is_function(layer, "squeeze") || !is_function(below, "expand_dims")) return false;
    const auto axis = axis_argument(layer);
    return axis && *axis >= 0 && axis == axis_argument(below) && replace(layer, below.inputs[0]);
  }

  static bool sliced(LayerSpec& layer, const LayerSpec& below) {
    const std::optional<std::int64_t> at = is_function(layer, "squeeze") ? axis_argument(layer) : std::nullopt;
    if (!at || !is_function(below, "get_item")) return false;
    const Json& key = argument(below, "key");
    if (*at + 1 != static_cast<std::int64_t>(key.size()) || !std::ranges::all_of(key, &Json::is_object)) return false;
    if (!std::all_of(key.begin(), key.end() - 1, [](const Json& one) { return one.value("config", Json()) == whole_axis(); })) return false;
    const Json& part = key.back().at("config");
    if (!part.at("start").is_number_integer() || !part.at("step").is_null()) return false;
    const std::int64_t start = part.at("start").get<std::int64_t>();
    if (start == -1 ? !part.at("stop").is_null() : part.at("stop") != Json(start + 1)) return false;
    layer.settings = below.settings;
    set_element(layer, {*at, start});
    layer.inputs = below.inputs;
    return true;
  }

  bool element_below(LayerSpec& layer, LayerSpec& below) {
    const std::optional<Element> wanted = element_taken(layer);
    if (!wanted) return false;
    if (const std::optional<Axes> order = turned_axes(below)) return element_of_turned(layer, *wanted, below, *order);
    if (wanted->axis == 0) {
      const std::optional<std::string> part = first_axis_part(below, wanted->at);
      return part && replace(layer, *part);
    }
    return last_step(layer, *wanted, below);
  }

  static bool element_of_turned(LayerSpec& layer, const Element& wanted, const LayerSpec& below, Axes order) {
    if (wanted.axis >= static_cast<std::int64_t>(order.size())) return false;
    const std::int64_t axis = order[static_cast<std::size_t>(wanted.axis)];
    order.erase(order.begin() + wanted.axis);
    if (!std::ranges::is_sorted(order)) return false;
    set_element(layer, {axis, wanted.at});
    layer.inputs = below.inputs;
    return true;
  }

  // The value at a place of the first axis, where the layer puts values there.
  std::optional<std::string> first_axis_part(const LayerSpec& layer, std::int64_t at) {
    if (is_function(layer, "expand_dims") && axis_argument(layer) == 0)
      return at == 0 || at == -1 ? std::optional(layer.inputs[0]) : std::nullopt;
    const bool stacks = is_function(layer, "stack"), joins = is_function(layer, "concatenate");
    if ((!stacks && !joins) || axis_argument(layer) != 0) return std::nullopt;
    std::vector<std::string> parts;
    for (const Json& one : argument(layer, stacks ? "x" : "xs")) {
      const std::string& reference = layer.inputs.at(one.at("input").get<std::size_t>());
      if (stacks) {
        parts.push_back(reference);
        continue;
      }
      const LayerSpec* inner = find(reference);
      if (!inner) return std::nullopt;
      if (is_function(*inner, "expand_dims") && axis_argument(*inner) == 0) parts.push_back(inner->inputs[0]);
      else if (is_function(*inner, "stack") && axis_argument(*inner) == 0)
        for (const Json& deeper : argument(*inner, "x")) parts.push_back(inner->inputs.at(deeper.at("input").get<std::size_t>()));
      else return std::nullopt;
    }
    const std::int64_t place = at < 0 ? at + static_cast<std::int64_t>(parts.size()) : at;
    return place >= 0 && place < static_cast<std::int64_t>(parts.size()) ? std::optional(parts[static_cast<std::size_t>(place)])
                                                                         : std::nullopt;
  }

  bool last_step(LayerSpec& layer, const Element& wanted, LayerSpec& below) {
    Json* settings = below.kind == "bidirectional" ? nullptr : sequence_settings(below);
    if (!settings || wanted.axis != 1 || wanted.at != -1 || uses(below.name) != 1) return false;
    if (!settings->value("return_sequences", false) || settings->value("go_backwards", false)) return false;
    settings->erase("return_sequences");
    replace(layer, below.name);
    return true;
  }

  // The last outputs of both directions side by side are what a bidirectional layer gives without its sequences.
  bool both_states(LayerSpec& layer) {
    if (layer.kind != "concatenate" || layer.inputs.size() != 2) return false;
    const std::string name = layer_of(layer.inputs[0]);
    LayerSpec* below = find(name);
    if (!below || below->kind != "bidirectional") return false;
    Json* settings = sequence_settings(*below);
    const std::int64_t axis = layer.settings.value("axis", std::int64_t{-1});
    const std::string second = below->settings["layer"].contains("lstm") ? ":3" : ":2";
    if (!settings || (axis != -1 && axis != 1) || layer.inputs != std::vector{name + ":1", name + second}) return false;
    if (settings->value("return_sequences", false) && uses(name) > 0) return false;
    settings->erase("return_sequences");
    return replace(layer, name);
  }

  // Whoever reads the layer reads `reference` instead. A layer that gives a value of the model hands its name on, or stays, to hand on the
  // value.
  bool replace(LayerSpec& layer, std::string reference) {
    const std::string name = layer.name;
    const bool named = outputs_.contains(name);
    LayerSpec* from = find(reference);
    if (named && (!from || from->inputs.empty() || outputs_.contains(reference))) {
      const bool stands = layer.kind == "activation" && layer.settings.empty() && layer.inputs == std::vector{reference};
      layer.kind = "activation";
      layer.settings = Json::object();
      layer.inputs = {reference};
      return !stands;
    }
    hand_over(name, reference);
    erase(name);
    if (named) rename(reference, name);
    for (LayerSpec& one : layers_)
      for (std::string& input : one.inputs)
        if (input == name && !named) input = reference;
    return true;
  }

  // The place of the layer that goes is where the other one is.
  void hand_over(const std::string& from, const std::string& to) {
    const auto gone = std::ranges::find(view_.places, from, &LayerPlace::layer);
    const auto stays = std::ranges::find(view_.places, to, &LayerPlace::layer);
    if (gone == view_.places.end() || stays == view_.places.end() || stays->kind == "input") return;
    stays->value = gone->value;
    stays->nodes.insert(stays->nodes.end(), gone->nodes.begin(), gone->nodes.end());
    std::ranges::sort(stays->nodes);
  }

  void erase(const std::string& name) {
    std::erase_if(view_.places, [&](const LayerPlace& place) { return place.layer == name; });
    std::erase_if(layers_, [&](const LayerSpec& layer) { return layer.name == name; });
  }

  void rename(const std::string& from, const std::string& to) {
    for (LayerSpec& layer : layers_) {
      if (layer.name == from) layer.name = to;
      for (std::string& input : layer.inputs) {
        if (input == from) input = to;
        else if (input.starts_with(from + ":")) input = to + input.substr(from.size());
      }
    }
    for (LayerPlace& place : view_.places)
      if (place.layer == from) place.layer = to;
    for (auto& [name, tensor] : view_.weights)
      if (name.starts_with(from + "/")) name = to + name.substr(from.size());
  }

  void drop_unread() {
    std::set<std::string> read;
    for (const std::string& output : outputs_) read.insert(layer_of(output));
    for (std::size_t i = layers_.size(); i-- > 0;) {
      if (!read.contains(layers_[i].name) && !layers_[i].inputs.empty()) continue;
      for (const std::string& input : layers_[i].inputs) read.insert(layer_of(input));
    }
    std::vector<std::string> gone;
    for (const LayerSpec& layer : layers_)
      if (!layer.inputs.empty() && !read.contains(layer.name)) gone.push_back(layer.name);
    for (const std::string& name : gone) {
      std::erase_if(view_.weights, [&](const auto& weight) { return weight.first.starts_with(name + "/"); });
      erase(name);
    }
  }

  // States that nobody reads are not given.
  void drop_states() {
    for (LayerSpec& layer : layers_) {
      Json* settings = sequence_settings(layer);
      if (!settings || !settings->value("return_state", false)) continue;
      const bool read = std::ranges::any_of(layers_, [&](const LayerSpec& other) {
        return std::ranges::any_of(other.inputs, [&](const std::string& input) { return input.starts_with(layer.name + ":"); });
      });
      if (!read) settings->erase("return_state");
    }
  }

  LayerView view_;
  std::vector<LayerSpec>& layers_;
  std::set<std::string> outputs_;
};

}  // namespace

LayerView tidied(LayerView view) { return Tidying(std::move(view)).run(); }

}  // namespace upkeep::layers
