// Keras's training_config, as Keras 2 and Keras 3 write it, and our compile settings.

#include "convert/formats/keras_compile.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "layers/keras_form.hpp"
#include "metrics/metric.hpp"
#include "train/losses/loss.hpp"
#include "train/optimizers/optimizer.hpp"
#include "train/schedules/schedule.hpp"

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

// As Keras takes them: an SGD of momentum 0 is refused, and one of 0.0 is not.
Json with_numbers(const Settings& settings, Json values) {
  for (const Field& field : settings.fields())
    if (field.type.starts_with("number") && values.contains(field.name) && values[field.name].is_number())
      values[field.name] = values[field.name].get<double>();
  return values;
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

bool is_object_form(const Json& form) { return form.is_string() || (form.is_object() && form.contains("class_name")); }

// The one object in a list or map of them (one per output); nullptr when there are several or none.
const Json* only(const Json& form) {
  if (is_object_form(form)) return &form;
  if ((form.is_object() || form.is_array()) && form.size() == 1) return only(*form.begin());
  return nullptr;
}

std::optional<NamedSettings> read_loss(const Json& form) {
  const NamedSettings object = read_object(form);
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
  const bool takes_thresholds = std::ranges::contains(entry->settings.fields(), "thresholds", &Field::name);
  const Json thresholds = object.values.value("thresholds", Json());
  if (takes_thresholds && thresholds.is_array()) object.values.erase("num_thresholds");  // of which these are part
  else if (thresholds.is_array() && thresholds.size() != 1)
    note(upkeep::format("the thresholds of the file's metric \"{}\" were left out: here it has one, or chooses them", entry->name));
  else if (!thresholds.is_null()) object.values["threshold"] = thresholds.is_array() ? thresholds[0] : thresholds;
  Json values = known_settings(entry->settings, object.values, [](const auto&, const auto&) {});
  for (const Field& field : entry->settings.fields())
    if (values.contains(field.name) && values[field.name] == field.default_value) values.erase(field.name);  // the name is the figure's
  return to_text({entry->name, std::move(values)});
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

std::vector<std::string> read_metrics(const Json& form) {
  std::vector<std::string> metrics;
  read_metrics(form, metrics);
  return metrics;
}

// --- several outputs -----------------------------------------------------------------------------------------------

using ByOutput = std::vector<Json>;

// What a form says of each output: a list by their order, a map by their names, or one thing for all of them.
ByOutput by_output(const char* what, const Json& form, const std::vector<KerasOutput>& outputs) {
  if (form.is_object() && !is_object_form(form)) {
    ByOutput all;
    for (const KerasOutput& output : outputs) all.push_back(form.value(output.keras, Json(nullptr)));
    return all;
  }
  if (form.is_array() && form.size() == outputs.size()) return form.get<ByOutput>();
  if (!form.is_array()) return ByOutput(outputs.size(), form);
  note(upkeep::format("the file's {} is a list of {}, and the model has {} outputs; it was left out", what, form.size(), outputs.size()));
  return ByOutput(outputs.size());
}

// Keras 2 takes a list of metrics for those of each output; Keras 3, for one of each.
ByOutput metrics_by_output(const char* what, const Json& form, const std::vector<KerasOutput>& outputs, bool keras2) {
  const bool flat = form.is_array() && std::ranges::all_of(form, is_object_form);
  return flat && keras2 ? ByOutput(outputs.size(), form) : by_output(what, form, outputs);
}

// Empty where one of the losses is not known.
std::map<std::string, OutputCompile> read_outputs(const Json& config, const std::vector<KerasOutput>& outputs, bool keras2) {
  const auto of = [&](const char* key) { return by_output(key, config.value(key, Json(nullptr)), outputs); };
  const auto metrics_of = [&](const char* key) { return metrics_by_output(key, config.value(key, Json(nullptr)), outputs, keras2); };
  const ByOutput all = of("loss");
  const ByOutput weights = of("loss_weights");
  const ByOutput metrics = metrics_of("metrics");
  const ByOutput weighted = metrics_of("weighted_metrics");
  std::map<std::string, OutputCompile> made;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (all[i].is_null()) continue;
    const std::optional<NamedSettings> loss = read_loss(all[i]);
    if (!loss) return {};
    OutputCompile& own = made[outputs[i].name] = {.loss = *loss, .loss_weight = 1, .metrics = {}};
    if (weights[i].is_number()) own.loss_weight = weights[i].get<double>();
    own.metrics = read_metrics(Json{metrics[i], weighted[i]});
  }
  return made;
}

Json write_loss(const NamedSettings& loss) {
  const losses::LossEntry& entry = losses::catalog().at(loss.name);
  Json config = with_numbers(entry.settings, loss.values);
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
  std::map<std::string, int> used;
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
    const int number = used[entry.name]++;  // Keras tells figures apart by their names
    config["name"] = number == 0 ? entry.name : upkeep::format("{}_{}", entry.name, number);
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
  if (form.is_null()) {  // Keras 3 writes so in .keras where the model had been saved as .h5 before, and takes its default then
    note("the file does not say its optimiser; training would go on with rmsprop");
    return {"rmsprop", Json::object()};
  }
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

Json write_optimizer(const NamedSettings& optimizer, double learning_rate) {
  const optimizers::OptimizerEntry& entry = optimizers::catalog().at(optimizer.name);
  Json config = with_numbers(entry.settings, optimizer.values);
  config["learning_rate"] = learning_rate;
  config.erase("exclude_from_weight_decay");  // Keras has it as a method, and does not keep it
  return {{"class_name", keras_class(entry)}, {"config", std::move(config)}};
}

// Lists in the order of the outputs: Keras 3 takes maps only where they name all of them.
void write_outputs(const Compile& compile, const std::vector<std::string>& outputs, Json& config) {
  for (const char* key : {"loss", "loss_weights", "metrics"}) config[key] = Json::array();
  for (const std::string& output : outputs) {
    const auto own = compile.outputs.find(output);
    const bool trained = own != compile.outputs.end();
    config["loss"].push_back(trained ? write_loss(own->second.loss) : Json(nullptr));
    config["loss_weights"].push_back(trained ? own->second.loss_weight : 1.0);
    config["metrics"].push_back(trained ? write_metrics(own->second.metrics) : Json::array());
  }
}

}  // namespace

Json plain_number(const Json& value) {
  if (!value.is_number_float()) return value;
  const auto single = static_cast<float>(value.get<double>());
  if (static_cast<double>(single) != value.get<double>()) return value;
  return parse_json(upkeep::format("{}", single)).get<double>();
}

std::optional<Compile> read_compile(const Json& training_config, const std::vector<KerasOutput>& outputs, bool keras2) {
  const Json loss = training_config.value("loss", Json(nullptr));
  if (!loss.is_null() && !loss.is_string() && !loss.is_structured())
    throw Error(ErrorCode::kCorrupt, "the loss is " + loss.dump(), "a name such as \"mse\", or {\"class_name\": ..., \"config\": ...}");
  Compile compile;
  const Json weights = training_config.value("loss_weights", Json(nullptr));
  if (outputs.size() == 1 && (weights.is_null() || weights == Json{1.0})) {
    const Json* one = only(loss);
    if (!one && !loss.is_null()) note("the file's losses are for several outputs, which the model has not; they were left out");
    const std::optional<NamedSettings> read = one ? read_loss(*one) : std::nullopt;
    if (!read) return std::nullopt;
    compile.loss = *read;
    compile.metrics =
        read_metrics(Json{training_config.value("metrics", Json(nullptr)), training_config.value("weighted_metrics", Json(nullptr))});
  } else {
    compile.outputs = read_outputs(training_config, outputs, keras2);
    if (compile.outputs.empty()) return std::nullopt;
  }
  compile.optimizer = read_optimizer(training_config.value("optimizer_config", Json("adam")));
  return compile;
}

Json write_compile(const Compile& compile, double learning_rate, const std::vector<std::string>& outputs) {
  Json config = {{"weighted_metrics", nullptr},
                 {"run_eagerly", false},
                 {"steps_per_execution", 1},
                 {"jit_compile", false},
                 {"optimizer_config", write_optimizer(compile.optimizer, learning_rate)}};
  if (compile.outputs.empty()) {
    config["loss"] = write_loss(compile.loss);
    config["loss_weights"] = nullptr;
    config["metrics"] = write_metrics(compile.metrics);
  } else {
    write_outputs(compile, outputs, config);
  }
  return config;
}

}  // namespace upkeep::formats
