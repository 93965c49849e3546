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
#include "train/optimizers/optimizer.hpp"
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

// The values that we have a setting for. What else differs from nothing is handed to `left_out`.
template <typename LeftOut>
Json known_settings(const Settings& settings, const Json& values, const LeftOut& left_out) {
  Json known = Json::object();
  for (const auto& [key, value] : values.items()) {
    const bool has = std::ranges::find(settings.fields(), key, &Field::name) != settings.fields().end();
    if (value.is_null()) continue;
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
    Json config = named.values;
    if (config.contains("threshold")) {
      config["thresholds"] = config["threshold"];
      config.erase("threshold");
    }
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
  static const std::vector<std::string> kSilent = {"name", "ema_momentum", "ema_overwrite_frequency", "jit_compile", "is_legacy_optimizer"};
  return std::ranges::find(kSilent, key) != kSilent.end() || value == false || value == 0;
}

NamedSettings read_optimizer(const Json& form) {
  const NamedSettings object = read_object(form);
  Json values = object.values;
  if (values.contains("lr")) values["learning_rate"] = values["lr"];
  values.erase("lr");
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
  static const std::map<std::string, std::string> kSlots = {{"m", "momentum"},
                                                            {"v", "velocity"},
                                                            {"vhat", "velocity_hat"},
                                                            {"rms", "velocity"},
                                                            {"mg", "average_gradient"},
                                                            {"momentum", "momentum"},
                                                            {"velocity", "velocity"},
                                                            {"velocity_hat", "velocity_hat"},
                                                            {"average_gradient", "average_gradient"},
                                                            {"accumulator", "accumulator"}};
  const std::string last = last_part(variable);
  if (const auto found = kSlots.find(last); found != kSlots.end()) return found->second;
  const std::vector<std::string> parts = split(variable, '/');
  if (parts.size() > 2)
    if (const auto found = kSlots.find(parts[1]); found != kSlots.end()) return found->second;
  for (const auto& [suffix, slot] : kSlots)
    if (suffix.size() > 4 && last.ends_with("_" + suffix)) return slot;
  return {};
}

struct OptimizerState {
  std::int64_t iteration = 0;
  std::optional<double> learning_rate;
  std::map<std::string, std::vector<Tensor>> slots;  // in the order of the weights
};

OptimizerState sort_variables(const NamedTensors& variables) {
  OptimizerState state;
  for (const auto& [name, tensor] : variables) {
    const std::string last = last_part(name);
    if (tensor.size() == 1 && (last == "iteration" || last == "iter" || last == "iterations"))
      state.iteration = tensor.cast(DType::kInt64).data<std::int64_t>()[0];
    else if (tensor.rank() == 0 && last == "learning_rate") state.learning_rate = tensor.cast(DType::kFloat64).data<double>()[0];
    else state.slots[slot_of(name)].push_back(tensor);
  }
  return state;
}

std::vector<NamedWeight> trainable_weights(const Model& model) {
  std::vector<NamedWeight> weights = weight_specs(architecture_of(model));
  std::erase_if(weights, [](const NamedWeight& weight) { return !weight.spec.trainable; });
  return weights;
}

// The slots that the optimiser has, all of them or none.
std::vector<std::pair<std::string, Tensor>> matching_slots(const OptimizerState& state, const NamedSettings& optimizer,
                                                           const Model& model) {
  std::vector<std::pair<std::string, Tensor>> found;
  const std::vector<NamedWeight> weights = trainable_weights(model);
  for (const std::string& slot : optimizers::catalog().at(optimizer.name).make(optimizer.values)->slots()) {
    const auto tensors = state.slots.find(slot);
    bool fits = tensors != state.slots.end() && tensors->second.size() == weights.size();
    for (std::size_t i = 0; fits && i < weights.size(); ++i) {
      fits = tensors->second[i].shape() == weights[i].spec.shape;
      found.emplace_back(slot + "/" + weights[i].name, tensors->second[i].cast(DType::kFloat32));
    }
    if (!fits) {
      if (!state.slots.empty())
        note(upkeep::format("the file's optimiser variables do not fit \"{}\"; its {} starts anew", optimizer.name, slot));
      return {};
    }
  }
  return found;
}

// "adam/iteration", "adam/learning_rate", "adam/dense_kernel_momentum", ...: the order is what Keras goes by.
NamedTensors write_variables(const Model& model, const optimizers::Optimizer& optimizer, const std::string& name, std::int64_t iteration,
                             double rate) {
  NamedTensors variables = {{name + "/iteration", Tensor::scalar(iteration)},
                            {name + "/learning_rate", Tensor::scalar(static_cast<float>(rate))}};
  std::vector<std::string> weights;
  for (const NamedWeight& weight : trainable_weights(model)) weights.push_back(weight.name);
  for (const std::string& slot_name : optimizers::slot_names(optimizer, weights)) {
    const Tensor* slot = find(model.training_tensors, slot_name);
    if (!slot) return {variables[0], variables[1]};
    const auto [slot_kind, weight] = std::pair(slot_name.substr(0, slot_name.find('/')), slot_name.substr(slot_name.find('/') + 1));
    std::string variable = weight;
    std::ranges::replace(variable, '/', '_');
    variables.emplace_back(upkeep::format("{}/{}_{}", name, variable, slot_kind), *slot);
  }
  return variables;
}

}  // namespace

void read_training(const KerasFile& file, Model& model) {
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
  model.training_tensors = matching_slots(state, record.compile->optimizer, model);
  set_training_record(model, record);
}

void write_training(const Model& model, KerasFile& file) {
  const TrainingRecord record = training_record_of(model);
  if (!record.compile) return;
  const optimizers::OptimizerEntry& entry = optimizers::catalog().at(record.compile->optimizer.name);
  const std::unique_ptr<optimizers::Optimizer> optimizer = entry.make(record.compile->optimizer.values);
  const double rate = record.learning_rate.value_or(optimizer->learning_rate());
  Json config = record.compile->optimizer.values;
  config["learning_rate"] = rate;
  file.training_config = {{"loss", write_loss(record.compile->loss)},
                          {"loss_weights", nullptr},
                          {"metrics", write_metrics(record.compile->metrics)},
                          {"weighted_metrics", nullptr},
                          {"run_eagerly", false},
                          {"steps_per_execution", 1},
                          {"jit_compile", false},
                          {"optimizer_config", {{"class_name", keras_class(entry)}, {"config", std::move(config)}}}};
  file.optimizer = write_variables(model, *optimizer, entry.name, record.iteration, rate);
}

}  // namespace upkeep::formats
