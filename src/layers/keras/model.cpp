// Reading a model. Models inside of models are taken apart: their layers stand in the outer one. A layer that is used several times is one
// layer with weights, and others that share them.

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "layers/keras/calls.hpp"
#include "layers/keras/json.hpp"
#include "layers/keras/one.hpp"
#include "layers/keras/operations.hpp"
#include "layers/keras/parts.hpp"
#include "layers/shared/cleared_masks.hpp"
#include "layers/shared/lookup.hpp"
#include "layers/view/nested.hpp"
#include "layers/view/training_flag.hpp"

namespace upkeep::layers {
namespace {

constexpr std::int64_t kMaxReference = 1'000'000;  // calls of a layer, and values of a call
constexpr std::size_t kMaxLayers = 20'000;         // small files can use a model in a model in a model several times each

// The model in TimeDistributed, perhaps in several; null where there is none.
Json distributed_model(const Json& entry) {
  if (text(entry, "class_name") != "TimeDistributed") return nullptr;
  Json inner = member(member(entry, "config"), "layer");
  return is_model(inner) || !distributed_model(inner).is_null() ? inner : Json();
}

// Keras 2 and 3 write a Sequential's layers differently before 2.2.3.
Json config_of(const Json& model) {
  Json config = member(model, "config");
  return config.is_array() ? Json{{"layers", std::move(config)}} : config;
}

std::vector<Reference> references(const Json& json) {
  std::vector<Reference> found;
  collect(json, found);
  return found;
}

class ModelReader {
 public:
  ModelReader(const Json& model, std::string_view keras_version, const KerasExtras& extras) : extras_(extras) {
    reading_.keras2 = is_keras2(model, keras_version);
  }

  KerasModel run(const Json& model) {
    if (!member(config_of(model), "layers").is_array()) throw corrupt_keras("the configuration has no layers");
    Architecture& made = read_.architecture;
    made.name = text(config_of(model), "name");
    if (made.name.empty()) made.name = "model";
    if (!is_model(model))
      throw unknown_name("Keras model class", text(model, "class_name"), {"Sequential", "Functional"}, ErrorCode::kUnsupported);
    in_order_of_run_ = !reading_.keras2 && makes_masks(model) && takes_masks_away(model);
    reserve(config_of(model));
    made.outputs = read_model(model, Place{}, std::nullopt);
    give_each_once(made);
    read_.outputs = output_names(member(config_of(model), "output_layers"));
    if (made.layers.empty()) throw corrupt_keras("the configuration has no layers");
    if (in_order_of_run_) drop_needless_masks(made);
    if (made.outputs == std::vector{made.layers.back().name}) made.outputs.clear();
    const bool has_masks = makes_masks(model) || std::ranges::contains(made.layers, std::string("set_mask"), &LayerSpec::kind);
    if (reading_.keras2 && has_masks) made.mask_rules = MaskRules::kKeras2;
    check(made);
    for (const auto& [name, graph] : extras_.stand_ins)
      if (!stood_in_.contains(name))
        throw Error(ErrorCode::kNotFound, upkeep::format("there is no layer and no class \"{}\" for another to stand for", name));
    for (auto& [order, place] : places_) read_.places.push_back(std::move(place));
    if (!reading_.policies.empty())
      note(upkeep::format("layers compute in {} in Keras, and in float32 here",
                          join(std::vector<std::string>(reading_.policies.begin(), reading_.policies.end()))));
    return std::move(read_);
  }

 private:
  using Names = std::vector<std::string>;
  // The values of each use of a layer of one functional model, by the layer's name and the use.
  using Values = std::map<std::pair<std::string, std::int64_t>, Names>;

  // Where a model is in the outermost one, and in the file.
  struct Place {
    Names models = {};                    // the names of the models around, outermost first
    std::string group = {};               // "layers/functional/"
    std::vector<std::size_t> order = {};  // where the models around stand in theirs
    std::string call = {};                // after names in a model that is used again
    std::optional<bool> training = {};    // it is called with training=False or True
    std::size_t distributed = 0;          // how many TimeDistributed are around
    bool masks_inside = false;            // a model in TimeDistributed makes masks
  };

  static bool is_keras2(const Json& model, std::string_view version) {
    const std::string own = text(model, "keras_version");
    if (version.empty()) version = own;
    if (!version.empty()) return version.front() < '3' && (version.size() == 1 || version[1] == '.');
    const Json layers = member(config_of(model), "layers");
    if (!layers.is_array()) return false;
    return std::ranges::any_of(layers, [](const Json& layer) { return member(layer, "config").contains("batch_input_shape"); });
  }

  // A model gives values of layers, each once: of an input, and of what it gives already, it gives a copy.
  void give_each_once(Architecture& made) {
    std::set<std::string> given;
    for (std::string& output : made.outputs) {
      const bool is_input = made.layer(layer_of(output)).inputs.empty();
      if (given.insert(output).second && !is_input) continue;
      const std::string name = inner_name({}, plain_name(output) + "_copy");
      made.layers.push_back({.kind = "identity", .name = name, .inputs = {output}});
      taken_.insert(name);
      output = name;
    }
  }

  // By the layers that they come from, or by names of their own.
  static Names output_names(const Json& outputs) {
    Names names;
    if (outputs.is_object() && text(outputs, "class_name").empty()) {
      for (const auto& [name, reference] : outputs.items()) names.push_back(name);
    } else {
      for (const Reference& one : references(outputs)) names.push_back(one.layer);
    }
    return names;
  }

  // Names of the outermost model's layers, which theirs stay.
  void reserve(const Json& config) {
    const Json layers = member(config, "layers");
    if (!layers.is_array()) return;
    for (const Json& layer : layers) reserved_.insert(entry_name(layer));
  }

  // Reads a model's layers into the architecture and gives the references of its values. `inputs` are the values that it is called with;
  // absent for the outermost model, whose input layers stay.
  Names read_model(const Json& model, const Place& place, const std::optional<Names>& inputs) {
    const Json config = config_of(model);
    Json layers = member(config, "layers");
    if (!layers.is_array() || layers.empty()) throw corrupt_keras("the configuration has no layers");
    for (Json& layer : layers) layer = from_keras_one(layer);
    const Names groups = list_places(config, layers, place);
    if (is_sequential(model)) return read_sequential(config, layers, groups, place, inputs);
    return read_functional(config, layers, groups, place, inputs);
  }

  // Where each layer's weights are: "layers/dense", "layers/dense_1", counted by class.
  static Names list_places(const Json& config, const Json& layers, const Place& place) {
    Names groups;
    std::map<std::string, int> used;
    const KerasMasks masks(config, layers);
    for (const Json& layer : layers) {
      const std::string kind = place_name(text(layer, "class_name"));
      const bool counts = !masks.operations().contains(entry_name(layer));
      const int number = counts ? used[kind]++ : 0;
      groups.push_back(place.group + "layers/" + kind + (number == 0 ? "" : upkeep::format("_{}", number)));
    }
    return groups;
  }

  // --- layers ------------------------------------------------------------------------------------------------------

  // A use of a layer, or of a model, reading `inputs`; gives the references of its values.
  Names read_call(const Json& entry, const std::string& group, const Place& place, Names inputs, const Call& call) {
    const std::optional<bool> training = call.training ? call.training : place.training;
    const Json distributed = distributed_model(entry);  // TimeDistributed around a model is around each of its layers
    if (is_model(entry) || !distributed.is_null()) {
      Place inner{.models = place.models,
                  .group = group + "/",
                  .order = place.order,
                  .call = place.call,
                  .training = training,
                  .distributed = place.distributed,
                  .masks_inside = place.masks_inside};
      inner.models.push_back(entry_name(entry));
      inner.order.push_back(call.index);
      if (call.use != 0) inner.call += upkeep::format("_call_{}", call.use);
      if (is_model(entry)) return read_model(entry, inner, std::move(inputs));
      return read_distributed(distributed, inner, std::move(inputs));
    }
    if (const OnnxGraph* graph = stand_in_of(entry)) return stand_in(*graph, entry, group, place, std::move(inputs), call);
    LayerSpec layer = is_operation(entry) ? LayerSpec{.kind = "operation", .name = entry_name(entry), .settings = call.settings}
                                          : read_with_vocabulary(entry, group);
    if (layer.kind != "operation") read_call_settings(call.settings, layer);
    if (training == true && differs_in_training(layer))
      throw Error(ErrorCode::kUnsupported,
                  "it is called with training=True, so Keras 2 predicts with it as it trains: by the other rows, or at random",
                  "save the model without that to get answers that depend on a row alone");
    layer.inputs = std::move(inputs);
    layer.inference = training == false;
    add(std::move(layer), group, place, call);
    return {read_.architecture.layers.back().name};
  }

  // A model that is applied to each step. Where it makes masks, its layers hand them on to one another, and Keras 3 takes the values that
  // leave it to have the mask of what it read.
  Names read_distributed(const Json& model, Place inner, Names inputs) {
    ++inner.distributed;
    inner.masks_inside = inner.masks_inside || makes_masks(model);
    if (inner.masks_inside && !reading_.keras2 && takes_masks_away(model) && merges_masks(model))
      throw Error(
          ErrorCode::kUnsupported,
          "the model that it applies to each step has masks, MultiHeadAttention, which takes them away, and layers that merge values: "
          "which masks are left when Keras 3 runs it is not known",
          "convert the model of one step by itself");
    Names values = read_call(model, inner.group + "layer", inner, inputs, Call{.index = 0});
    if (!inner.masks_inside || reading_.keras2 || inputs.empty()) return values;
    for (std::string& value : values)
      if (may_have_mask(value)) value = add_mask({value, inputs[0]}, "mask", inner);
    return values;
  }

  bool may_have_mask(const std::string& value) const {
    const LayerSpec& layer = read_.architecture.layer(layer_of(value));
    if (layer.kind != "time_distributed") return true;
    const LayerSpec inside = read_nested(layer.settings.at("layer"));
    return inside.kind == "bidirectional" ||
           hands_mask_on({{"class_name", catalog().at(inside.kind).keras_class}, {"config", inside.settings}});
  }

  // A layer that gives a value another mask: {value, mask}.
  std::string add_mask(Names inputs, const std::string& source, const Place& place) {
    LayerSpec layer{
        .kind = "set_mask", .name = inner_name(place, plain_name(layer_of(inputs[0])) + "_masked"), .inputs = std::move(inputs)};
    if (source != "value") layer.settings["source"] = source;
    taken_.insert(layer.name);
    read_.architecture.layers.push_back(std::move(layer));
    return read_.architecture.layers.back().name;
  }

  // Keras 3 calls a model with the masks that its inputs had when the model around was made. Others that read them later find those again.
  void restore_masks(const Call& call, Names& read, const Place& place, Values& values) {
    const Json masks = member(call.settings, "mask");
    for (std::size_t i = 0; i < read.size(); ++i) {
      const Json& mask = masks.is_array() && i < masks.size() ? masks[i] : masks;
      std::vector<Reference> found;
      collect(mask, found);
      if (found.empty()) continue;
      const std::string before = read[i], restored = add_mask({before}, "made", place);
      std::ranges::replace(read, before, restored);
      for (auto& [call_of_layer, names] : values) std::ranges::replace(names, before, restored);
    }
  }

  // A model inside was made of inputs without masks, and gives none when the model around is made: only masks of the run pass its ends.
  Names read_made_before(const Json& model, const std::string& group, const Place& place, Names read, const Call& call) {
    for (std::string& value : read) value = add_mask({value}, "run", place);
    Names values = read_call(model, group, place, std::move(read), call);
    for (std::string& value : values) value = add_mask({value}, "run", place);
    return values;
  }

  // The values that a call reads, with the masks that it says.
  Names read_by(const Call& call, const Place& place, const Values& values) {
    Names read = resolve(call.reads, values);
    for (const GivenMask& one : call.masks)
      read.at(one.input) = add_mask({read.at(one.input), resolve({one.mask}, values).at(0)}, "value", place);
    return read;
  }

  // Keras keeps a vocabulary that a layer was adapted to, and the weights of its tokens, beside the configuration.
  LayerSpec read_with_vocabulary(const Json& entry, const std::string& group) {
    const auto found = extras_.vocabularies.find(group);
    if (found == extras_.vocabularies.end() || !member(config_of(entry), "vocabulary").is_null()) return read_keras_layer(entry, reading_);
    const LayerEntry* about = catalog().find(text(entry, "class_name"));
    Json whole = entry;
    const std::vector<Json> tokens = tokens_of_lines(found->second, about ? token_type(about->settings) : DType::kString);
    whole["config"]["vocabulary"] = tokens;
    if (const auto weights = extras_.token_weights.find(group); weights != extras_.token_weights.end()) {
      const Tensor numbers = weights->second.cast(DType::kFloat32);
      std::vector<float> all(numbers.data<float>().begin(), numbers.data<float>().end());
      all.resize(std::min(all.size(), tokens.size()));  // what fills up to max_tokens weighs nothing
      whole["config"]["idf_weights"] = all;
    }
    return read_keras_layer(whole, reading_);
  }

  const OnnxGraph* stand_in_of(const Json& entry) {
    const std::string class_name = text(entry, "class_name");
    for (const std::string& name : {entry_name(entry), class_name, class_alone(class_name)})
      if (const auto found = extras_.stand_ins.find(name); found != extras_.stand_ins.end()) {
        stood_in_.insert(name);
        return &found->second;
      }
    return nullptr;
  }

  Names stand_in(const OnnxGraph& graph, const Json& entry, const std::string& group, const Place& place, Names inputs, const Call& call) {
    add({.kind = "onnx_graph", .name = entry_name(entry), .settings = graph.settings, .inputs = std::move(inputs)}, group, place, call);
    const LayerSpec& made = read_.architecture.layers.back();
    if (made.shares.empty())
      for (const auto& [name, tensor] : graph.weights) read_.stand_in_weights.emplace_back(made.name + "/" + name, tensor);
    return {made.name};
  }

  void add(LayerSpec layer, const std::string& group, const Place& place, const Call& call) {
    if (read_.architecture.layers.size() >= kMaxLayers)
      throw Error(ErrorCode::kResourceExhausted, upkeep::format("more than {} layers, those of inner models counted", kMaxLayers));
    Names names = place.models;
    names.push_back(layer.name);
    const std::string whole = join(names, "/");
    std::string suffix = place.call;
    if (call.use != 0) suffix += upkeep::format("_call_{}", call.use);
    const bool outermost = place.models.empty() && suffix.empty();
    std::string part;
    for (std::size_t i = 0; i < place.distributed; ++i) {
      layer = distributed(std::move(layer), place.masks_inside);
      part += i == 0 ? "layer" : "/layer";
    }
    layer.name = outermost ? plain_name(layer.name) : inner_name(place, plain_name(layer.name) + suffix);
    taken_.insert(layer.name);
    const auto owner = owners_.find(whole);
    if (owner == owners_.end()) {
      owners_.emplace(whole, layer.name);
      std::vector<std::size_t> order = place.order;
      order.push_back(call.index);
      places_.emplace(std::move(order), KerasPlace{.layer = layer.name, .names = std::move(names), .group = group, .part = part});
    } else {
      layer.shares = owner->second;
    }
    read_.architecture.layers.push_back(std::move(layer));
  }

  static LayerSpec distributed(LayerSpec layer, bool masks_inside) {
    LayerSpec made{.kind = "time_distributed",
                   .name = layer.name,
                   .settings = {{"layer", nested_setting(layer)}},
                   .inputs = std::move(layer.inputs),
                   .inference = layer.inference};
    if (masks_inside) made.settings["in_model"] = true;
    return made;
  }

  static std::string plain_name(std::string name) {
    std::ranges::replace(name, '/', '_');
    std::ranges::replace(name, ':', '_');
    return name;
  }

  // The layer's own name where nobody else has it, else with the model's in front.
  std::string inner_name(const Place& place, const std::string& name) const {
    const auto is_free = [&](const std::string& wanted) { return !taken_.contains(wanted) && !reserved_.contains(wanted); };
    if (is_free(name)) return name;
    const std::string base = place.models.empty() ? name : plain_name(place.models.back()) + "_" + name;
    std::string free = base;
    for (int number = 1; !is_free(free); ++number) free = upkeep::format("{}_{}", base, number);
    return free;
  }

  // Settings that Keras gives in the call, use_causal_mask for one.
  static void read_call_settings(const Json& named, LayerSpec& layer) {
    for (const std::string& setting : catalog().at(layer.kind).call_settings) {
      const Json value = member(named, setting);
      if (value.is_structured()) layer.settings[setting] = true;  // a value, which is one of the layer's inputs
      else if (!value.is_null() && value != false) layer.settings[setting] = value;
    }
  }

  // --- Sequential --------------------------------------------------------------------------------------------------

  Names read_sequential(const Json& config, const Json& layers, const Names& groups, const Place& place, std::optional<Names> inputs) {
    Names values;
    if (inputs) values = std::move(*inputs);
    else if (text(layers[0], "class_name") != "InputLayer") values = {add_missing_input(config, layers[0])};
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (!place.models.empty() && text(layers[i], "class_name") == "InputLayer") continue;
      const bool made_before = in_order_of_run_ && is_model(layers[i]);
      values = in_context(frame(layers[i], i), [&] {
        return made_before ? read_made_before(layers[i], groups[i], place, values, Call{.index = i})
                           : read_call(layers[i], groups[i], place, values, Call{.index = i});
      });
    }
    return values;
  }

  // A Sequential without an input layer says the shape in its first layer, perhaps one of a model inside, or where it was built.
  std::string add_missing_input(const Json& config, const Json& first) {
    if (is_model(first)) {
      const Json layers = member(config_of(first), "layers");
      if (layers.is_array() && !layers.empty() && text(layers[0], "class_name") == "InputLayer")
        return add_input(layers[0], entry_name(layers[0]));
      if (layers.is_array() && !layers.empty()) return add_missing_input(config_of(first), layers[0]);
    }
    const Json of_layer = member(first, "config");
    for (Json shape : {member(of_layer, "batch_input_shape"), member(of_layer, "batch_shape"), member(config, "build_input_shape"),
                       member(member(first, "build_config"), "input_shape")}) {
      shape = plain(shape);
      if (!shape.is_array() || shape.empty()) continue;
      Json made = {{"class_name", "InputLayer"}, {"config", {{"name", "input"}, {"batch_shape", shape}}}};
      if (const std::string dtype = text(of_layer, "input_dtype"); !dtype.empty()) made["config"]["dtype"] = dtype;  // Keras 1
      return in_context("input", [&] { return add_input(made, "input"); });
    }
    throw Error(ErrorCode::kUnsupported, "the model does not say the shape of its input",
                "call model.build((None, n)) in Keras before saving");
  }

  std::string add_input(const Json& entry, const std::string& name) {
    LayerSpec layer = read_keras_layer(entry, reading_);
    layer.name = inner_name({}, plain_name(name));
    taken_.insert(layer.name);
    read_.architecture.layers.push_back(std::move(layer));
    return read_.architecture.layers.back().name;
  }

  // --- Functional --------------------------------------------------------------------------------------------------

  Names read_functional(const Json& config, const Json& layers, const Names& groups, const Place& place,
                        const std::optional<Names>& inputs) {
    const KerasMasks masks(config, layers);
    std::vector<Call> waiting = list_calls(layers, masks);
    std::vector<Reference> outputs = references(member(config, "output_layers"));
    if (outputs.empty())
      throw corrupt_keras(upkeep::format("the functional model \"{}\" names no output in \"output_layers\"", text(config, "name")));
    count_from_zero(outputs, waiting, layers);
    if (in_order_of_run_) sort_by_run(waiting, layers, outputs);
    Values values;
    take_inputs(references(member(config, "input_layers")), layers, inputs, waiting, values);
    const auto is_ready = [&](const Call& call) {
      const auto is_there = [&](const Reference& one) { return values.contains({one.layer, one.use}); };
      return std::ranges::all_of(call.reads, is_there) && std::ranges::all_of(call.masks, is_there, &GivenMask::mask);
    };
    while (!waiting.empty()) {
      const auto ready = std::ranges::find_if(waiting, is_ready);
      if (ready == waiting.end()) throw never_ready(waiting.front(), layers, values);
      const Call call = std::move(*ready);
      waiting.erase(ready);
      const Json& entry = layers[call.index];
      values[{entry_name(entry), call.use}] = in_context(frame(entry, call.index), [&] {
        if (is_input(entry)) return Names{add_input(entry, entry_name(entry))};
        Names read = read_by(call, place, values);
        if (!in_order_of_run_ || !is_model(entry)) return read_call(entry, groups[call.index], place, std::move(read), call);
        restore_masks(call, read, place, values);
        return read_made_before(entry, groups[call.index], place, std::move(read), call);
      });
    }
    return resolve(outputs, values);
  }

  // Input layers of an inner model stand for what it is called with; those of the outermost come first, in the model's order.
  void take_inputs(const std::vector<Reference>& given, const Json& layers, const std::optional<Names>& inputs, std::vector<Call>& waiting,
                   Values& values) {
    if (inputs && inputs->size() != given.size())
      throw corrupt_keras(upkeep::format("it has {} inputs and is called with {} values", given.size(), inputs->size()));
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto found = std::ranges::find_if(waiting, [&](const Call& call) { return entry_name(layers[call.index]) == given[i].layer; });
      if (found == waiting.end()) throw corrupt_keras(upkeep::format("there is no input layer \"{}\"", given[i].layer));
      const Json& entry = layers[found->index];
      if (inputs) values[{given[i].layer, given[i].use}] = {(*inputs)[i]};
      else values[{given[i].layer, given[i].use}] = {in_context(frame(entry, found->index), [&] { return add_outer_input(entry); })};
      waiting.erase(found);
    }
  }

  std::string add_outer_input(const Json& entry) {
    LayerSpec layer = read_keras_layer(entry, reading_);
    layer.name = plain_name(layer.name);
    taken_.insert(layer.name);
    read_.architecture.layers.push_back(std::move(layer));
    return read_.architecture.layers.back().name;
  }

  static Names resolve(const std::vector<Reference>& wanted, const Values& values) {
    Names found;
    for (const Reference& one : wanted) {
      const auto made = values.find({one.layer, one.use});
      if (made == values.end()) throw corrupt_keras(upkeep::format("layer \"{}\" has no call number {}", one.layer, one.use));
      const Names& of_layer = made->second;
      if (of_layer.empty()) throw corrupt_keras(upkeep::format("layer \"{}\" gives no value that another layer could read", one.layer));
      if (of_layer.size() > 1 && static_cast<std::size_t>(one.value) < of_layer.size())
        found.push_back(of_layer[static_cast<std::size_t>(one.value)]);  // of a model
      else found.push_back(one.value == 0 ? of_layer.front() : upkeep::format("{}:{}", layer_of(of_layer.front()), one.value));
    }
    return found;
  }

  static Error never_ready(const Call& call, const Json& layers, const Values& values) {
    Names missing;
    for (const Reference& one : call.reads)
      if (!values.contains({one.layer, one.use})) missing.push_back(one.layer);
    for (const GivenMask& one : call.masks)
      if (!values.contains({one.mask.layer, one.mask.use})) missing.push_back(one.mask.layer);
    return corrupt_keras(
        upkeep::format("layer \"{}\" reads {}, which no layer above gives", entry_name(layers[call.index]), join(missing)));
  }

  KerasReading reading_;
  const KerasExtras& extras_;
  bool in_order_of_run_ = false;    // layers stand as Keras calls them, which their masks depend on
  std::set<std::string> stood_in_;  // which of the stand-ins are used
  KerasModel read_;
  std::map<std::vector<std::size_t>, KerasPlace> places_;  // in the order of Keras's lists of layers
  std::set<std::string> reserved_;                         // names of the outermost model's layers
  std::set<std::string> taken_;                            // names that are given
  std::map<std::string, std::string> owners_;              // "inner/dense" -> the first layer that was made of it
};

}  // namespace

std::string entry_name(const Json& entry) {
  const std::string name = text(member(entry, "config"), "name");
  return name.empty() ? text(entry, "name") : name;
}

void collect(const Json& json, std::vector<Reference>& found) {
  if (json.is_array() && json.size() >= 3 && json[0].is_string() && json[1].is_number_integer() && json[2].is_number_integer()) {
    const bool constant = json[0] == "_CONSTANT_VALUE";  // which TensorFlow's calls hold where others have a reference
    for (const Json& number : {json[1], json[2]})
      if (!constant && (number < 0 || number > kMaxReference))
        throw corrupt_keras(upkeep::format("a reference to layer \"{}\" holds the number {}; calls and values are counted from 0 to {}",
                                           json[0].get<std::string>(), number.dump(), kMaxReference));
    found.push_back({json[0].get<std::string>(), json[1].get<std::int64_t>(), json[2].get<std::int64_t>()});
    for (std::size_t i = 3; i < json.size(); ++i) collect(json[i], found);
  } else if (text(json, "class_name") == "__keras_tensor__") {
    collect(member(member(json, "config"), "keras_history"), found);
  } else if (json.is_structured()) {
    for (const Json& item : json) collect(item, found);
  }
}

KerasModel read_keras_model(const Json& model, std::string_view keras_version, const KerasExtras& extras) {
  const std::string name = text(config_of(model), "name");
  return in_context("Keras model \"" + name + "\"", [&] { return ModelReader(model, keras_version, extras).run(model); });
}

Architecture architecture_from_keras(const Json& model, std::string_view keras_version) {
  return read_keras_model(model, keras_version).architecture;
}

}  // namespace upkeep::layers
