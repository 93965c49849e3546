#include "optimize/structure/structure.hpp"

#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/some_of.hpp"
#include "graph/notes.hpp"
#include "optimize/expect_floats.hpp"
#include "train/training_record.hpp"

namespace upkeep::structure {

std::pair<std::string, std::string> split_argument(std::string_view argument, char separator, std::string_view form) {
  const std::size_t place = argument.find(separator);
  if (place == std::string_view::npos || place == 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("cannot read the edit \"{}\"", argument),
                upkeep::format("the form is {}", form));
  return {std::string(argument.substr(0, place)), std::string(argument.substr(place + 1))};
}

std::string take_text(Json& values, const std::string& key) {
  const auto found = values.find(key);
  if (found == values.end()) return {};
  const std::string text = in_context(upkeep::format("setting \"{}\"", key), [&] { return from_json_checked<std::string>(*found); });
  values.erase(found);
  return text;
}

void check_settings(const LayerSpec& layer) {
  in_context(upkeep::format("layer \"{}\"", layer.name), [&] { layers::catalog().at(layer.kind).make(layer.settings); });
}

void redirect(Architecture& architecture, const std::string& from, const std::string& to) {
  architecture.outputs = output_layers(architecture);
  std::ranges::replace(architecture.outputs, from, to);
  for (LayerSpec& layer : architecture.layers) std::ranges::replace(layer.inputs, from, to);
}

std::size_t inner_index(const Architecture& architecture, const std::string& name) {
  const std::size_t index = architecture.index(name);
  if (architecture.layers[index].inputs.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("layer \"{}\" is an input of the model", name), "edit the layers that read it");
  return index;
}

void insert_after(Architecture& architecture, LayerSpec layer, const std::string& from) {
  const std::size_t place = architecture.index(from);
  redirect(architecture, from, layer.name);
  layer.inputs = {from};
  architecture.layers.insert(architecture.layers.begin() + static_cast<std::ptrdiff_t>(place) + 1, std::move(layer));
}

double take_noise(Json& values, std::string_view form) {
  double noise = 0;
  if (const auto found = values.find("noise"); found != values.end()) {
    noise = in_context("setting \"noise\"", [&] { return from_json_checked<double>(*found); });
    values.erase(found);
  }
  if (!values.empty()) throw unknown_name("setting", values.begin().key(), {"noise"});
  if (!(noise >= 0 && noise < 1e3))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("noise of {:g}", noise), upkeep::format("the form is {}", form));
  return noise;
}

double standard_deviation(const Tensor& weight) {
  double sum = 0, squares = 0;
  for (const float value : weight.floats()) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(std::max<std::int64_t>(1, weight.size()));
  return std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
}

namespace {

Architecture apply_step(const Architecture& before, const std::string& name, const std::string& argument) {
  return in_context(upkeep::format("--{} {}", name, argument), [&] { return catalog().at(name).apply(before, argument); });
}

void list_layers(const Architecture& before, const Architecture& after, Json& facts) {
  const auto find_in = [](const Architecture& where, const std::string& name) {
    const auto found = std::ranges::find(where.layers, name, &LayerSpec::name);
    return found == where.layers.end() ? nullptr : &*found;
  };
  Json& layers = facts["layers"] = {{"added", Json::array()}, {"removed", Json::array()}, {"changed", Json::array()}};
  for (const LayerSpec& layer : after.layers) {
    const LayerSpec* old = find_in(before, layer.name);
    if (!old) layers["added"].push_back(layer.name);
    else if (old->kind != layer.kind || old->settings != layer.settings) layers["changed"].push_back(layer.name);
  }
  for (const LayerSpec& layer : before.layers)
    if (!find_in(after, layer.name)) layers["removed"].push_back(layer.name);
}

// In place of one of the same name.
void put(Weights& weights, const std::string& name, const Tensor& tensor) {
  const auto old = std::ranges::find(weights, name, [](const auto& weight) { return weight.first; });
  if (old != weights.end()) old->second = tensor;
  else weights.emplace_back(name, tensor);
}

// The weights on their way through the steps, and those that a step made of others.
struct WeightsInHand {
  Weights all;
  Weights carried;
};

// The layers after a step, and the weights it carries over.
Architecture take_step(const Architecture& before, const std::string& name, const std::string& argument, std::uint64_t seed,
                       WeightsInHand& hand, Change& change) {
  Architecture after = apply_step(before, name, argument);
  const StructureEntry& entry = catalog().at(name);
  if (!entry.carry) return after;
  CarriedWeights made = in_context(upkeep::format("--{} {}", name, argument), [&] {
    return entry.carry({.before = before, .after = after, .weights = hand.all, .argument = argument, .seed = seed});
  });
  for (const auto& [weight, tensor] : made.weights) {
    put(hand.all, weight, tensor);
    put(hand.carried, weight, tensor);
  }
  change.notes.insert(change.notes.end(), made.notes.begin(), made.notes.end());
  return after;
}

Rebuilt fates(const Weights& before, const Weights& carried, const Weights& after) {
  Rebuilt result;
  for (const auto& [name, weight] : after) {
    const Tensor* old = find(before, name);
    const Tensor* made = find(carried, name);
    (old && *old == weight ? result.kept : made && *made == weight ? result.carried : result.fresh).push_back(name);
  }
  for (const auto& [name, weight] : before)
    if (!find(after, name)) result.dropped.push_back(name);
  return result;
}

// The optimiser's slots of kept weights, and fresh ones beside them: an optimiser goes on with all slots or with none.
void carry_slots(const Model& from, const std::vector<std::string>& kept, const Architecture& after, Model& to) {
  const std::optional<Compile> compile = compile_of(from);
  if (!compile || from.training_tensors.empty()) return;
  const auto optimizer = optimizers::catalog().at(compile->optimizer.name).make(compile->optimizer.values);
  std::vector<std::pair<std::string, Shape>> weights;
  for (const NamedWeight& weight : weight_specs(after))
    if (weight.spec.trainable) weights.emplace_back(weight.name, weight.spec.shape);
  const std::vector<optimizers::Weight> list = optimizers::lay_out(weights);
  std::vector<float> values;  // slots may start as their weights
  for (const auto& [name, shape] : weights) {
    const std::span<const float> now = to.graph.initializer(name)->floats();
    values.insert(values.end(), now.begin(), now.end());
  }
  const optimizers::Slots fresh(*optimizer, list, values);
  for (const optimizers::SlotPlace& place : fresh.places()) {
    const Tensor* old = std::ranges::contains(kept, list[place.weight].name) ? find(from.training_tensors, place.name) : nullptr;
    const std::span<const float> start = fresh.of(place);
    to.training_tensors.emplace_back(place.name, old ? *old : Tensor(place.shape, std::vector<float>(start.begin(), start.end())));
  }
}

// What the old model knew beyond its layers, as far as it is still true.
void carry_over(const Model& from, const std::vector<std::string>& kept, const Architecture& after, Model& to) {
  carry_notes(from, to, Edit::kLayersChanged, kept);
  carry_slots(from, kept, after, to);
  to.doc = from.doc;
  to.domain = from.domain;
  to.model_version = from.model_version;
}

void describe_change(const Rebuilt& weights, Change& change) {
  const auto note = [&](std::string_view what, const Json& names) {
    if (!names.empty()) change.notes.push_back(upkeep::format("{}: {}", what, some_of(names.get<std::vector<std::string>>())));
  };
  const Json& layers = change.facts["layers"];
  note("layers added", layers["added"]);
  note("layers removed", layers["removed"]);
  note("layers changed", layers["changed"]);
  note("weights kept", weights.kept);
  note("weights carried over", weights.carried);
  note("weights made new", weights.fresh);
  note("weights dropped", weights.dropped);
}

}  // namespace

Rebuilt rebuilt(const LayeredModel& layered, const Architecture& after, const Weights& carried, std::uint64_t seed) {
  Weights all = layered.weights;
  for (const auto& [name, tensor] : carried) put(all, name, tensor);
  const Weights weights = initial_weights(after, seed, all);
  Rebuilt result = fates(layered.weights, carried, weights);
  result.model = build_model(after, weights);
  carry_over(layered.model, result.kept, after, result.model);
  return result;
}

}  // namespace upkeep::structure

namespace upkeep {

Edited edit(const Model& model, const EditSteps& steps, std::uint64_t seed) {
  Edited result{.model = model, .change = {}};
  result.change = run_pass("edit", result.model, [&](Model& edited, Change& change) {
    expect_floats(edited);
    const LayeredModel layered = with_layers(edited);
    change.facts = {{"seed", seed}, {"steps", Json::array()}};
    Architecture after = layered.architecture;
    structure::WeightsInHand hand{.all = layered.weights, .carried = {}};
    for (const auto& [name, argument] : steps) {
      after = structure::take_step(after, name, argument, seed, hand, change);
      change.facts["steps"].push_back({{"edit", name}, {"argument", argument}});
    }
    structure::Rebuilt made = structure::rebuilt(layered, after, hand.carried, seed);
    structure::list_layers(layered.architecture, after, change.facts);
    change.facts["weights"] = {{"kept", made.kept}, {"carried", made.carried}, {"fresh", made.fresh}, {"dropped", made.dropped}};
    structure::describe_change(made, change);
    edited = std::move(made.model);
  });
  return result;
}

}  // namespace upkeep
