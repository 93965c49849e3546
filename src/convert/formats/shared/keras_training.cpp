// Keras's optimizer_weights, as Keras 2 and Keras 3 write them, and our progress and optimiser slots.

#include <algorithm>
#include <map>
#include <optional>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "convert/formats/shared/keras.hpp"
#include "convert/formats/shared/keras_compile.hpp"
#include "layers/view/architecture.hpp"
#include "train/optimizers/shared/slots.hpp"
#include "train/training_record.hpp"

namespace upkeep::formats {

namespace {

// --- the optimiser's variables -------------------------------------------------------------------------------------

std::string last_part(std::string name) {
  if (const std::size_t slash = name.rfind('/'); slash != std::string::npos) name = name.substr(slash + 1);
  if (const std::size_t colon = name.rfind(':'); colon != std::string::npos) name.resize(colon);
  return name;
}

// Keras's name of the slot that a variable is in, or "" where the name does not tell.
//   Keras 3:       adam/sequential_dense_kernel_velocity
//   Keras 2.11 on: Adam/v/dense/kernel:0
//   before:        Adam/dense/kernel/v:0
std::string slot_of(const std::string& variable) {
  static const std::map<std::string, std::string> kOld = {{"m", "momentum"},   {"v", "velocity"},          {"vhat", "velocity_hat"},
                                                          {"rms", "velocity"}, {"mg", "average_gradient"}, {"u", "norm"}};
  static const std::vector<std::string> kSlots = {
      "momentum", "velocity",         "velocity_hat",          "average_gradient",     "accumulator",
      "linear",   "accumulated_grad", "accumulated_delta_var", "gradient_accumulator", "average",
      "norm"};
  const auto known = [](const std::string& name) -> std::string {
    if (const auto old = kOld.find(name); old != kOld.end()) return old->second;
    return std::ranges::contains(kSlots, name) ? name : "";
  };
  const std::string last = last_part(variable);
  if (const std::string slot = known(last); !slot.empty()) return slot;
  const std::vector<std::string> parts = split(variable, '/');
  if (parts.size() > 2)
    if (const std::string slot = known(parts[1]); !slot.empty()) return slot;
  std::string longest;  // "gradient_accumulator" ends in "accumulator" too
  for (const std::string& slot : kSlots)
    if (last.ends_with("_" + slot) && slot.size() > longest.size()) longest = slot;
  return longest;
}

struct OptimizerState {
  std::int64_t iteration = 0;
  std::optional<double> learning_rate;
  NamedTensors variables;  // the rest, by the slot that the name tells, in the file's order
};

OptimizerState sort_variables(const NamedTensors& variables) {
  OptimizerState state;
  for (const auto& [name, tensor] : variables) {
    const std::string last = last_part(name);
    if (tensor.size() == 1 && (last == "iteration" || last == "iter" || last == "iterations"))
      state.iteration = tensor.cast(DType::kInt64).data<std::int64_t>()[0];
    else if (tensor.rank() == 0 && (last == "learning_rate" || last == "current_learning_rate"))
      state.learning_rate = tensor.cast(DType::kFloat64).data<double>()[0];
    else state.variables.emplace_back(slot_of(name), tensor);
  }
  return state;
}

// In the order in which Keras lists their layers.
std::vector<NamedWeight> trainable_weights(const Architecture& architecture, const std::vector<layers::KerasPlace>& places) {
  std::vector<NamedWeight> weights = weight_specs(architecture);
  std::map<std::string, std::size_t> order;
  for (const layers::KerasPlace& place : places) order.emplace(place.layer, order.size());
  std::erase_if(weights, [&](const NamedWeight& weight) { return !weight.spec.trainable || !order.contains(weight.layer); });
  std::ranges::stable_sort(weights, {}, [&](const NamedWeight& weight) { return order.at(weight.layer); });
  return weights;
}

std::vector<optimizers::SlotPlace> places_of(const optimizers::Optimizer& optimizer, const Architecture& architecture,
                                             const std::vector<layers::KerasPlace>& places) {
  std::vector<std::pair<std::string, Shape>> weights;
  for (const NamedWeight& weight : trainable_weights(architecture, places)) weights.emplace_back(weight.name, weight.spec.shape);
  return optimizers::slot_places(optimizer, optimizers::lay_out(weights));
}

std::string_view slot_name(const optimizers::SlotPlace& place) { return std::string_view(place.name).substr(0, place.name.find('/')); }

// Keras 3 keeps the variables in a fixed order; not all of their names tell the slot.
bool in_order(const NamedTensors& variables, const std::vector<optimizers::SlotPlace>& places) {
  if (variables.size() != places.size()) return false;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (variables[i].second.shape() != places[i].shape || (!variables[i].first.empty() && variables[i].first != slot_name(places[i])))
      return false;
  return true;
}

// In another order, the n-th variable of a slot belongs to the n-th weight.
std::optional<NamedTensors> sorted_by_slot(const NamedTensors& variables, const std::vector<optimizers::SlotPlace>& places) {
  NamedTensors sorted;
  std::map<std::string_view, std::size_t> next;
  for (const optimizers::SlotPlace& place : places) {
    std::size_t& at = next[slot_name(place)];
    while (at < variables.size() && variables[at].first != slot_name(place)) ++at;
    if (at == variables.size() || variables[at].second.shape() != place.shape) return std::nullopt;
    sorted.push_back(variables[at++]);
  }
  for (const auto& [slot, at] : next)
    if (std::ranges::any_of(variables.begin() + static_cast<std::ptrdiff_t>(at), variables.end(),
                            [&](const auto& variable) { return variable.first == slot; }))
      return std::nullopt;  // it has more than there are weights
  return sorted;
}

// The variables that the optimiser has, all of them or none.
NamedTensors matching_slots(const OptimizerState& state, const NamedSettings& settings, const Architecture& architecture,
                            const std::vector<layers::KerasPlace>& order) {
  const optimizers::OptimizerEntry* entry = optimizers::catalog().find(settings.name);
  if (!entry) return {};  // of others: who trains on gives another
  const auto optimizer = entry->make(settings.values);
  const std::vector<optimizers::SlotPlace> places = places_of(*optimizer, architecture, order);
  const std::optional<NamedTensors> variables =
      in_order(state.variables, places) ? std::optional(state.variables) : sorted_by_slot(state.variables, places);
  if (!variables) {
    if (!state.variables.empty())
      note(upkeep::format("the file's optimiser variables do not fit \"{}\"; its state starts anew", settings.name));
    return {};
  }
  NamedTensors found;
  for (std::size_t i = 0; i < places.size(); ++i) found.emplace_back(places[i].name, (*variables)[i].second.cast(DType::kFloat32));
  return found;
}

// "adam/iteration", "adam/learning_rate", "adam/dense_kernel_momentum", ...: the order is what Keras goes by.
NamedTensors write_variables(const LayeredModel& layered, const std::vector<layers::KerasPlace>& order,
                             const optimizers::Optimizer& optimizer, const Compile& compile, std::int64_t iteration, double rate) {
  const std::string& name = compile.optimizer.name;
  NamedTensors variables = {{name + "/iteration", Tensor::scalar(iteration)}};
  if (!compile.schedule) variables.emplace_back(name + "/learning_rate", Tensor::scalar(static_cast<float>(rate)));
  const std::size_t progress = variables.size();
  for (const optimizers::SlotPlace& place : places_of(optimizer, layered.architecture, order)) {
    const Tensor* slot = find(layered.model.training_tensors, place.name);
    if (!slot) return {variables.begin(), variables.begin() + static_cast<std::ptrdiff_t>(progress)};
    std::string variable = place.name.substr(place.name.find('/') + 1);
    std::ranges::replace(variable, '/', '_');
    variables.emplace_back(upkeep::format("{}/{}_{}", name, variable, slot_name(place)), *slot);
  }
  return variables;
}

std::vector<KerasOutput> outputs_of(const Architecture& architecture, const layers::KerasModel& keras) {
  std::vector<KerasOutput> outputs;
  for (const std::string& name : output_layers(architecture)) outputs.push_back({.name = name, .keras = name});
  for (std::size_t i = 0; i < outputs.size() && i < keras.outputs.size(); ++i) outputs[i].keras = keras.outputs[i];
  return outputs;
}

}  // namespace

void read_training(const KerasFile& file, const layers::KerasModel& keras, Model& model) {
  if (!file.training_config.is_object()) return;
  const bool keras2 = file.version.starts_with("2.");
  std::optional<Compile> compile = read_compile(file.training_config, outputs_of(keras.architecture, keras), keras2);
  if (!compile) return;
  const OptimizerState state = sort_variables(file.optimizer);
  if (state.learning_rate && !compile->schedule) compile->optimizer.values["learning_rate"] = plain_number(*state.learning_rate);
  model.training_tensors = matching_slots(state, compile->optimizer, keras.architecture, keras.places);
  set_training_record(
      model, {.compile = std::move(compile), .iteration = state.iteration, .learning_rate = std::nullopt, .history = {}, .fit = nullptr});
}

void take_fuller_compile(const TrainingRecord& kept, TrainingRecord& read, const Model& model) {
  if (!kept.compile || !read.compile) return;
  std::vector<KerasOutput> outputs;
  const std::vector<std::string> names = output_layers(architecture_of(model));
  for (const std::string& name : names) outputs.push_back({.name = name, .keras = name});
  const Json rate = read.compile->optimizer.values.value("learning_rate", Json(0.0));
  const Json written = write_compile(*kept.compile, rate.is_number() ? rate.get<double>() : 0.0, names);
  const std::optional<Compile> again = read_compile(written, outputs, false);
  if (!again || to_json(*again) != to_json(*read.compile)) return;
  read.compile = kept.compile;
  read.learning_rate = kept.learning_rate;
}

void write_training(const LayeredModel& layered, const std::vector<layers::KerasPlace>& places, KerasFile& file) {
  const TrainingRecord record = training_record_of(layered.model);
  if (!record.compile) return;
  const NamedSettings& settings = record.compile->optimizer;
  const optimizers::OptimizerEntry* entry = optimizers::catalog().find(settings.name);
  const std::unique_ptr<optimizers::Optimizer> optimizer = entry ? entry->make(settings.values) : nullptr;
  const double rate = record.learning_rate.value_or(optimizer ? optimizer->learning_rate() : 0.0);
  file.training_config = write_compile(*record.compile, rate, output_layers(layered.architecture));
  for (const std::string& metric : metrics_only_here(*record.compile))
    note(upkeep::format("Keras has no metric \"{}\"; its figures show in upkeep only", metric));
  if (optimizer) file.optimizer = write_variables(layered, places, *optimizer, *record.compile, record.iteration, rate);
}

}  // namespace upkeep::formats
