#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>
#include <set>

#include "base/format.hpp"
#include "graph/permutation.hpp"
#include "layers/view/build.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layer_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::layers {
namespace {

using Axes = std::vector<std::int64_t>;

bool is_channels_first(const LayerSpec& layer) { return layer.settings.value("data_format", Json()) == "channels_first"; }

// What a layer of the view as it was gives, by its name.
struct Given {
  std::string as_it_was = {};   // the layer of the new view that gives it in the graph's order of axes; empty: none yet
  std::string keras_like = {};  // the one that gives it with the channels last; empty: none yet
  bool is_keras_like = false;   // which of the two came first
  Dims dims = {};               // in the graph's order; no dimensions: not known
  std::string value = {};       // in the graph
};

class ChannelsLast {
 public:
  ChannelsLast(LayerView view, const Model& shaped) : was_(std::move(view)), graph_(shaped) {
    made_.architecture.name = was_.architecture.name;
    made_.architecture.outputs = was_.architecture.outputs;
    for (const std::string& output : output_layers(was_.architecture)) outputs_.insert(output);
    for (const LayerSpec& layer : was_.architecture.layers)
      if (layer.kind != "permute" || outputs_.contains(layer.name)) names_.insert(layer.name);  // the others are counted anew
  }

  LayerView run() {
    for (std::size_t i = 0; i < was_.architecture.layers.size(); ++i) put(was_.architecture.layers[i], was_.places[i]);
    for (auto& [name, tensor] : was_.weights) put_weight(name, std::move(tensor));
    return std::move(made_);
  }

 private:
  void put(LayerSpec layer, LayerPlace place) {
    Given& given = given_[layer.name];
    given.value = place.value;
    given.dims = dims_of(layer, place);
    if (layer.kind == "permute" && put_permute(layer, place, given)) return;
    if (std::optional<ChannelsLastForm> form = keras_form(layer)) {
      put_keras_like(std::move(layer), std::move(place), *std::move(form), given);
      return;
    }
    for (std::string& input : layer.inputs) input = as_it_was(input);
    if (layer.kind == "permute" && !outputs_.contains(layer.name)) layer.name = place.layer = fresh(layer.kind);
    given.as_it_was = layer.name;
    if (given.dims.size() < 3) given.keras_like = layer.name;
    append(std::move(layer), std::move(place));
  }

  // Plain layers around a find have no value of their own in the graph.
  Dims dims_of(const LayerSpec& layer, const LayerPlace& place) {
    if (const Dims* known = place.value.empty() ? nullptr : dims(graph_, place.value)) return *known;
    if (shapes_.empty()) shapes_ = output_shapes(was_.architecture);
    const auto found = shapes_.find(layer.name);
    return found == shapes_.end() ? Dims() : found->second;
  }

  // Other orders of the axes need no layer where they turn the channels themselves.
  bool put_permute(const LayerSpec& layer, LayerPlace place, Given& given) {
    const Given& input = given_[layer.inputs[0]];
    const std::size_t rank = given.dims.size();
    if (rank < 3 || outputs_.contains(layer.name)) return false;
    Axes order = {0};
    for (const Json& axis : layer.settings.at("dims")) order.push_back(axis.get<std::int64_t>());
    if (order == channels_first_order(rank) && !input.as_it_was.empty()) {
      given.keras_like = input.as_it_was;
      given.is_keras_like = true;
      return true;
    }
    if (input.keras_like.empty() || !input.is_keras_like) return false;
    const Axes back = channels_first_order(rank);  // where an axis of the graph's order is in Keras's
    for (std::int64_t& axis : order) axis = back[static_cast<std::size_t>(axis)];
    given.as_it_was = input.keras_like;
    if (std::ranges::is_sorted(order)) return true;
    given.as_it_was = place.layer = fresh(layer.kind);
    permute(given.as_it_was, input.keras_like, order, std::move(place));
    return true;
  }

  // How the layer works with its channels last, where it should and can.
  std::optional<ChannelsLastForm> keras_form(const LayerSpec& layer) {
    const LayerEntry& entry = catalog().at(layer.kind);
    const bool wanted = is_channels_first(layer) ||
                        std::ranges::any_of(layer.inputs, [&](const std::string& input) { return given_[input].is_keras_like; });
    if (!wanted || layer.inputs.empty()) return std::nullopt;
    const std::size_t rank = given_[layer.inputs[0]].dims.size();
    if (rank < 3) return std::nullopt;
    for (const std::string& input : layer.inputs)
      if (given_[input].dims.size() != rank) return std::nullopt;
    if (entry.channels_last) return entry.channels_last(layer.settings, given_[layer.inputs[0]].dims);
    if (!is_channels_first(layer)) return std::nullopt;
    Json settings = layer.settings;
    settings.erase("data_format");
    return ChannelsLastForm{std::move(settings)};
  }

  void put_keras_like(LayerSpec layer, LayerPlace place, ChannelsLastForm form, Given& given) {
    const std::string name = layer.name;
    for (std::string& input : layer.inputs) input = keras_like(input);
    layer.settings = std::move(form.settings);
    const std::size_t rank = given.dims.size();
    const bool turned_output = rank >= 3 && outputs_.contains(name);
    if (turned_output) layer.name = fresh(layer.kind);
    moved_[name] = {layer.name, std::move(form.moved_weights)};
    given.keras_like = layer.name;
    given.is_keras_like = rank >= 3;
    if (rank < 3) given.as_it_was = layer.name;
    else if (!place.value.empty()) place.order = channels_last_order(rank);
    place.layer = layer.name;
    append(std::move(layer), std::move(place));
    if (turned_output) {
      permute(name, given.keras_like, channels_first_order(rank), {.layer = name, .kind = "permute", .value = given.value});
      given.as_it_was = name;
    }
  }

  const std::string& as_it_was(const std::string& layer) {
    Given& given = given_[layer];
    if (given.as_it_was.empty()) {
      if (given.keras_like.empty()) return given.as_it_was = layer;  // another value of a layer that gives several
      given.as_it_was = fresh("permute");
      permute(given.as_it_was, given.keras_like, channels_first_order(given.dims.size()),
              {.layer = given.as_it_was, .kind = "permute", .value = given.value});
    }
    return given.as_it_was;
  }

  const std::string& keras_like(const std::string& layer) {
    Given& given = given_[layer];
    if (given.keras_like.empty()) {
      const Axes order = channels_last_order(given.dims.size());
      given.keras_like = fresh("permute");
      permute(given.keras_like, as_it_was(layer), order,
              {.layer = given.keras_like, .kind = "permute", .value = given.value, .order = given.value.empty() ? Axes() : order});
    }
    return given.keras_like;
  }

  void permute(const std::string& name, const std::string& input, const Axes& order, LayerPlace place) {
    append({.kind = "permute", .name = name, .settings = permute_settings(order), .inputs = {input}}, std::move(place));
  }

  void append(LayerSpec layer, LayerPlace place) {
    made_.architecture.layers.push_back(std::move(layer));
    made_.places.push_back(std::move(place));
  }

  std::string fresh(const std::string& kind) {
    std::string name = kind;
    for (int number = 1; !names_.insert(name).second; ++number) name = upkeep::format("{}_{}", kind, number);
    return name;
  }

  void put_weight(const std::string& name, Tensor tensor) {
    const std::size_t slash = name.find('/');
    const auto moved = moved_.find(name.substr(0, slash));
    if (moved == moved_.end()) {
      made_.weights.emplace_back(name, std::move(tensor));
      return;
    }
    const std::string weight = name.substr(slash + 1);
    if (std::ranges::contains(moved->second.weights, weight)) {
      Axes order(tensor.rank());
      std::iota(order.begin(), order.end(), 0);
      std::ranges::rotate(order, order.begin() + 1);
      tensor = permuted(tensor, order);
    }
    made_.weights.emplace_back(moved->second.layer + "/" + weight, std::move(tensor));
  }

  struct Moved {
    std::string layer;                 // its name now
    std::vector<std::string> weights;  // that go with the axes
  };

  LayerView was_;
  const GraphView graph_;
  LayerView made_;
  std::set<std::string> names_;    // that are taken
  std::set<std::string> outputs_;  // layers whose value the model gives
  std::map<std::string, Given> given_;
  std::map<std::string, Dims> shapes_;  // of what all layers give; empty: not worked out yet
  std::map<std::string, Moved> moved_;  // by the layer's name as it was
};

}  // namespace

LayerView with_channels_last(LayerView view, const Model& shaped) {
  if (std::ranges::none_of(view.architecture.layers, is_channels_first)) return view;
  return ChannelsLast(std::move(view), shaped).run();
}

}  // namespace upkeep::layers
