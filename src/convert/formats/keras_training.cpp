// Keras's training_config and optimizer_weights, as Keras 2 and Keras 3 write them, and our compile settings, progress and optimiser slots.

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "convert/formats/keras.hpp"
#include "layers/architecture.hpp"
#include "layers/keras_form.hpp"
#include "metrics/metric.hpp"
#include "train/losses/loss.hpp"
#include "train/optimizers/slots.hpp"
#include "train/schedules/schedule.hpp"
#include "train/training_record.hpp"

namespace upkeep::formats {

namespace {

// --- objects: losses, metrics, optimisers --------------------------------------------------------------------------

// An object in any of Keras's forms. Keras 2 wraps functions ({"class_name": "MeanMetricWrapper", "config": {"fn": "mean_squared_error"}})
// and marks its own optimisers ("Custom>Adam").
NamedSettings read_object(const Json& form) {
  NamedSettings object = layers::read_keras_form(form);
  if (object.name.starts_with("Custom>")) object.name = object.name.substr(7);
  if (object.name.ends_with("Wrapper") && object.values.contains("fn")) return layers::read_keras_form(object.values["fn"]);
  return object;
}

// Keras keeps numbers as float32 here and there: 0.001 comes as 0.0010000000474974513.
Json plain_number(const Json& value) {
  if (!value.is_number_float()) return value;
  const auto single = static_cast<float>(value.get<double>());
  if (static_cast<double>(single) != value.get<double>()) return value;
  return parse_json(upkeep::format("{}", single));
}

// The values that we have a setting for. What else differs from nothing is handed to `left_out`. A null says something only where the
// default is another value.
template <typename LeftOut>
Json known_settings(const Settings& settings, const Json& values, const LeftOut& left_out) {
  Json known = Json::object();
  for (const auto& [key, value] : values.items()) {
    const auto found = std::ranges::find(settings.fields(), key, &Field::name);
    const bool has = found != settings.fields().end();
    if (value.is_null() && !(has && found->type.ends_with("or null") && !found->default_value.is_null())) continue;
    if (has) known[key] = plain_number(value);
    else left_out(key, value);
  }
  return known;
}

// Keras's class: the alias in CamelCase.
template <typename Entry>
std::string keras_class(const Entry& entry) {
  const auto starts_upper = [](const std::string& name) { return std::isupper(static_cast<unsigned char>(name.front())) != 0; };
  const auto has_lower = [](const std::string& name) {
    return std::ranges::any_of(name, [](unsigned char c) { return std::islower(c) != 0; });
  };
  std::string found;
  for (const std::string& alias : entry.aliases) {
    if (!starts_upper(alias)) continue;
    if (has_lower(alias)) return alias;
    if (found.empty()) found = alias;
  }
  return found;
}

// --- loss and metrics ----------------------------------------------------------------------------------------------

// The one object in a list or map of them (one per output); nullptr when there are several or none.
const Json* only(const Json& form) {
  if (form.is_string() || (form.is_object() && form.contains("class_name"))) return &form;
  if ((form.is_object() || form.is_array()) && form.size() == 1) return only(*form.begin());
  return nullptr;
}

std::optional<NamedSettings> read_loss(const Json& form) {
  if (!form.is_null() && !form.is_string() && !form.is_structured())
    throw Error(ErrorCode::kCorrupt, "the loss is " + form.dump(), "a name such as \"mse\", or {\"class_name\": ..., \"config\": ...}");
  const Json* one = only(form);
  if (!one) {
    if (!form.is_null()) note("the file's losses for several outputs were left out");
    return std::nullopt;
  }
  const NamedSettings object = read_object(*one);
  const losses::LossEntry* entry = losses::catalog().find(object.name);
  if (!entry) {
    note(upkeep::format("the file's loss \"{}\" is not known here; its compile settings were left out", object.name));
    return std::nullopt;
  }
  Json values = known_settings(entry->settings, object.values, [](const auto&, const auto&) {});
  if (const Json reduction = values.value("reduction", Json()); reduction == "auto" || reduction == "sum_over_batch_size")
    values.erase("reduction");  // Keras 2's name of the default, and the default
  return NamedSettings{entry->name, std::move(values)};
}

// "precision:threshold=0.7"
std::string to_text(const NamedSettings& named) {
  std::string text = named.name;
  for (const auto& [key, value] : named.values.items())
    text += upkeep::format("{}{}={}", text.size() == named.name.size() ? ':' : ',', key,
                           value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

std::optional<std::string> read_metric(const Json& form) {
  NamedSettings object = read_object(form);
  if (object.name.ends_with("_accuracy") && !metrics::catalog().find(object.name)) object.name = "accuracy";
  const metrics::MetricEntry* entry = metrics::catalog().find(object.name == "acc" ? "accuracy" : object.name);
  if (!entry) {
    note(upkeep::format("the file's metric \"{}\" is not known here and was left out", object.name));
    return std::nullopt;
  }
  if (object.values.contains("thresholds")) object.values["threshold"] = object.values["thresholds"];
  return to_text({entry->name, known_settings(entry->settings, object.values, [](const auto&, const auto&) {})});
}

void read_metrics(const Json& form, std::vector<std::string>& into) {
  if (form.is_null()) return;
  if (form.is_array() || (form.is_object() && !form.contains("class_name"))) {
    for (const Json& part : form) read_metrics(part, into);
    return;
  }
  const std::optional<std::string> metric = read_metric(form);
  if (metric && std::ranges::find(into, *metric) == into.end()) into.push_back(*metric);
}

Json write_loss(const NamedSettings& loss) {
  const losses::LossEntry& entry = losses::catalog().at(loss.name);
  Json config = loss.values;
  if (!config.contains("reduction")) config["reduction"] = "sum_over_batch_size";
  return {{"class_name", keras_class(entry)}, {"config", std::move(config)}};
}

// In Keras's constructors some settings have no default or another one, some are in the plural, and some it does not have.
Json keras_settings(const metrics::MetricEntry& entry, const Json& given) {
  Json config = Json::object();
  if (entry.name.contains("iou") || entry.name.contains("_at_") || entry.name.ends_with("_score"))
    for (const Field& setting : entry.settings.fields())
      if (!setting.default_value.is_null()) config[setting.name] = setting.default_value;
  config.update(given);
  config.erase("exact");
  if (entry.name.starts_with("one_hot_")) config.erase("sparse_y_true");
  if (config.contains("threshold") && (entry.name == "precision" || entry.name == "recall" || entry.name.ends_with("tives"))) {
    config["thresholds"] = config["threshold"];
    config.erase("threshold");
  }
  return config;
}

// Classes, because Keras 3 does not load its own function names ("mse") from this format; "accuracy" is the exception that it does load.
Json write_metrics(const std::vector<std::string>& texts) {
  Json metrics = Json::array();
  for (const std::string& text : texts) {
    const NamedSettings named = parse_named(text);
    const metrics::MetricEntry& entry = metrics::catalog().at(named.name);
    if (entry.name == "accuracy") {
      metrics.push_back("accuracy");
      continue;
    }
    const std::string class_name = keras_class(entry);
    if (class_name.empty()) {
      note(upkeep::format("Keras has no metric \"{}\"; it was left out", entry.name));
      continue;
    }
    Json config = keras_settings(entry, named.values);
    config["name"] = entry.name;
    metrics.push_back({{"class_name", class_name}, {"config", std::move(config)}});
  }
  return metrics;
}

// --- optimiser -----------------------------------------------------------------------------------------------------

// A schedule instead of a rate: its start becomes the rate, and the user reads how to go on with it.
Json read_schedule(const Json& form) {
  const NamedSettings object = read_object(form);
  if (const schedules::ScheduleEntry* entry = schedules::catalog().find(object.name))
    note(upkeep::format("the file's learning rate follows a schedule; to train on with it, give --schedule {}",
                        to_text({entry->name, known_settings(entry->settings, object.values, [](const auto&, const auto&) {})})));
  else note(upkeep::format("the file's learning-rate schedule \"{}\" is not known here; the rate stays where it starts", object.name));
  return plain_number(object.values.value("initial_learning_rate", Json(nullptr)));
}

// Options of Keras's that do nothing at these values.
bool does_nothing(const std::string& key, const Json& value) {
  static const std::vector<std::string> kSilent = {"name", "jit_compile", "is_legacy_optimizer"};
  return std::ranges::find(kSilent, key) != kSilent.end() || value == false || value == 0;
}

NamedSettings read_optimizer(const Json& form) {
  const NamedSettings object = read_object(form);
  Json values = object.values;
  if (values.contains("lr")) values["learning_rate"] = values["lr"];
  values.erase("lr");
  if (!values.value("use_ema", false))
    for (const char* key : {"use_ema", "ema_momentum", "ema_overwrite_frequency"}) values.erase(key);
  if (values.contains("learning_rate") && values["learning_rate"].is_object())
    values["learning_rate"] = read_schedule(values["learning_rate"]);
  const optimizers::OptimizerEntry* entry = optimizers::catalog().find(object.name);
  if (!entry) {
    note(upkeep::format("the file's optimiser \"{}\" is not known here; training would go on with adam", object.name));
    return {"adam", Json::object()};
  }
  return {entry->name, known_settings(entry->settings, values, [&](const std::string& key, const Json& value) {
            if (!does_nothing(key, value))
              note(upkeep::format("the file's optimiser setting {}={} is not known here and was left out", key, value.dump()));
          })};
}

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
    else if (tensor.rank() == 0 && last == "learning_rate") state.learning_rate = tensor.cast(DType::kFloat64).data<double>()[0];
    else state.variables.emplace_back(slot_of(name), tensor);
  }
  return state;
}

// In the order in which Keras lists their layers.
std::vector<NamedWeight> trainable_weights(const Model& model, const std::vector<layers::KerasPlace>& places) {
  std::vector<NamedWeight> weights = weight_specs(architecture_of(model));
  std::map<std::string, std::size_t> order;
  for (const layers::KerasPlace& place : places) order.emplace(place.layer, order.size());
  std::erase_if(weights, [&](const NamedWeight& weight) { return !weight.spec.trainable || !order.contains(weight.layer); });
  std::ranges::stable_sort(weights, {}, [&](const NamedWeight& weight) { return order.at(weight.layer); });
  return weights;
}

std::vector<optimizers::SlotPlace> places_of(const optimizers::Optimizer& optimizer, const Model& model,
                                             const std::vector<layers::KerasPlace>& places) {
  std::vector<std::pair<std::string, Shape>> weights;
  for (const NamedWeight& weight : trainable_weights(model, places)) weights.emplace_back(weight.name, weight.spec.shape);
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
NamedTensors matching_slots(const OptimizerState& state, const NamedSettings& settings, const Model& model,
                            const std::vector<layers::KerasPlace>& order) {
  const auto optimizer = optimizers::catalog().at(settings.name).make(settings.values);
  const std::vector<optimizers::SlotPlace> places = places_of(*optimizer, model, order);
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
NamedTensors write_variables(const Model& model, const std::vector<layers::KerasPlace>& order, const optimizers::Optimizer& optimizer,
                             const std::string& name, std::int64_t iteration, double rate) {
  NamedTensors variables = {{name + "/iteration", Tensor::scalar(iteration)},
                            {name + "/learning_rate", Tensor::scalar(static_cast<float>(rate))}};
  for (const optimizers::SlotPlace& place : places_of(optimizer, model, order)) {
    const Tensor* slot = find(model.training_tensors, place.name);
    if (!slot) return {variables[0], variables[1]};
    std::string variable = place.name.substr(place.name.find('/') + 1);
    std::ranges::replace(variable, '/', '_');
    variables.emplace_back(upkeep::format("{}/{}_{}", name, variable, slot_name(place)), *slot);
  }
  return variables;
}

}  // namespace

void read_training(const KerasFile& file, const std::vector<layers::KerasPlace>& places, Model& model) {
  if (!file.training_config.is_object()) return;
  const std::optional<NamedSettings> loss = read_loss(file.training_config.value("loss", Json(nullptr)));
  if (!loss) return;
  const OptimizerState state = sort_variables(file.optimizer);
  TrainingRecord record{
      .compile =
          Compile{.optimizer = read_optimizer(file.training_config.value("optimizer_config", Json("adam"))), .loss = *loss, .metrics = {}},
      .iteration = state.iteration,
      .learning_rate = std::nullopt,
      .history = {},
      .fit = nullptr};
  if (state.learning_rate) record.compile->optimizer.values["learning_rate"] = plain_number(*state.learning_rate);
  for (const char* key : {"metrics", "weighted_metrics"})
    read_metrics(file.training_config.value(key, Json(nullptr)), record.compile->metrics);
  model.training_tensors = matching_slots(state, record.compile->optimizer, model, places);
  set_training_record(model, record);
}

void write_training(const Model& model, const std::vector<layers::KerasPlace>& places, KerasFile& file) {
  const TrainingRecord record = training_record_of(model);
  if (!record.compile) return;
  const optimizers::OptimizerEntry& entry = optimizers::catalog().at(record.compile->optimizer.name);
  const std::unique_ptr<optimizers::Optimizer> optimizer = entry.make(record.compile->optimizer.values);
  const double rate = record.learning_rate.value_or(optimizer->learning_rate());
  Json config = record.compile->optimizer.values;
  config["learning_rate"] = rate;
  config.erase("exclude_from_weight_decay");  // Keras has it as a method, and does not keep it
  file.training_config = {{"loss", write_loss(record.compile->loss)},
                          {"loss_weights", nullptr},
                          {"metrics", write_metrics(record.compile->metrics)},
                          {"weighted_metrics", nullptr},
                          {"run_eagerly", false},
                          {"steps_per_execution", 1},
                          {"jit_compile", false},
                          {"optimizer_config", {{"class_name", keras_class(entry)}, {"config", std::move(config)}}}};
  file.optimizer = write_variables(model, places, *optimizer, entry.name, record.iteration, rate);
}

}  // namespace upkeep::formats
