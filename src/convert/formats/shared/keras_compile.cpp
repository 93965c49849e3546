// Keras's training_config, as Keras 2 and Keras 3 write it, read into our compile settings.

#include "convert/formats/shared/keras_compile.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "layers/keras/form.hpp"
#include "layers/keras/json.hpp"
#include "metrics/metric.hpp"
#include "train/losses/loss.hpp"
#include "train/optimizers/optimizer.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::formats {

namespace {

// An object in any of Keras's forms. Keras 2 wraps functions ({"class_name": "MeanMetricWrapper", "config": {"fn": "mean_squared_error"}})
// and marks its own optimisers ("Custom>Adam").
NamedSettings read_object(const Json& form) {
  NamedSettings object = layers::read_keras_form(form);
  if (object.name.starts_with("Custom>")) object.name = object.name.substr(7);
  if (!object.name.ends_with("Wrapper") || !object.values.contains("fn")) return object;
  NamedSettings wrapped = layers::read_keras_form(object.values["fn"]);
  if (object.values.contains("name") && wrapped.values.empty()) wrapped.values["name"] = object.values["name"];
  return wrapped;
}

// Whether a setting that we do not have asks for nothing: it is Keras's own default, or says how Keras goes about it.
bool asks_for_nothing(const std::string& key, const Json& value) {
  static const std::set<std::string> kSilent = {"name", "dtype", "fn", "jit_compile", "is_legacy_optimizer"};
  return kSilent.contains(key) || value.is_null() || value == false || value == 0 || (key == "axis" && value == -1);
}

// The values that we have a setting for; a null only where the default is another value. `unknown` is the first that asks for something
// else.
struct KnownSettings {
  Json values = Json::object();
  std::optional<std::string> unknown;
};

KnownSettings known_settings(const Settings& settings, const Json& values) {
  KnownSettings known;
  for (const auto& [key, value] : values.items()) {
    const auto found = std::ranges::find(settings.fields(), key, &Field::name);
    const bool has = found != settings.fields().end();
    if (value.is_null() && !(has && found->type.ends_with("or null") && !found->default_value.is_null())) continue;
    if (has) known.values[key] = plain_number(value);
    else if (!known.unknown && !asks_for_nothing(key, value)) known.unknown = key;
  }
  return known;
}

bool is_object_form(const Json& form) { return form.is_string() || (form.is_object() && form.contains("class_name")); }

// The one object in a list or map of them (one per output); nullptr when there are several or none.
const Json* only(const Json& form) {
  if (is_object_form(form)) return &form;
  if ((form.is_object() || form.is_array()) && form.size() == 1) return only(*form.begin());
  return nullptr;
}

// "precision:threshold=0.7"
std::string to_text(const NamedSettings& named) {
  std::string text = named.name;
  for (const auto& [key, value] : named.values.items())
    text += upkeep::format("{}{}={}", text.size() == named.name.size() ? ':' : ',', key,
                           value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

// Whether a metric's name in a file is one that Keras gave it: "auc", "auc_2".
bool is_given_by_keras(std::string name, const metrics::MetricEntry& entry) {
  const std::size_t digits = name.find_last_not_of("0123456789");
  if (digits != std::string::npos && digits + 1 < name.size() && name[digits] == '_') name.resize(digits);
  if (name == entry.name || std::ranges::contains(entry.aliases, name)) return true;
  return std::ranges::any_of(entry.aliases, [&](const std::string& alias) { return layers::snake_case(alias) == name; });
}

// --- several outputs -----------------------------------------------------------------------------------------------

using ByOutput = std::vector<Json>;

// What a form says of each output: a list by their order, a map by their names, or one thing for all of them. nullopt: a list of another
// length, or a map that names something else.
std::optional<ByOutput> by_output(const Json& form, const std::vector<KerasOutput>& outputs) {
  if (form.is_object() && !is_object_form(form)) {
    ByOutput all;
    for (const KerasOutput& output : outputs) all.push_back(form.value(output.keras, Json(nullptr)));
    const bool fits = std::ranges::all_of(
        form.items(), [&](const auto& item) { return std::ranges::contains(outputs, item.key(), &KerasOutput::keras); });
    return fits ? std::optional(all) : std::nullopt;
  }
  if (!form.is_array()) return ByOutput(outputs.size(), form);
  return form.size() == outputs.size() ? std::optional(form.get<ByOutput>()) : std::nullopt;
}

// Keras 2 takes a list of metrics for those of each output; Keras 3, for one of each.
std::optional<ByOutput> metrics_by_output(const Json& form, const std::vector<KerasOutput>& outputs, bool keras2) {
  const bool flat = form.is_array() && std::ranges::all_of(form, is_object_form);
  return flat && keras2 ? ByOutput(outputs.size(), form) : by_output(form, outputs);
}

// --- one file's settings -------------------------------------------------------------------------------------------

class CompileReader {
 public:
  CompileReader(const Json& config, const std::vector<KerasOutput>& outputs, bool keras2)
      : config_(config), outputs_(outputs), keras2_(keras2) {}

  std::optional<Compile> run() {
    const Json loss = of("loss");
    if (!loss.is_null() && !loss.is_string() && !loss.is_structured())
      throw Error(ErrorCode::kCorrupt, "the loss is " + loss.dump(), "a name such as \"mse\", or {\"class_name\": ..., \"config\": ...}");
    const Json weights = of("loss_weights");
    const bool one = outputs_.size() == 1 && (weights.is_null() || weights == 1 || weights == Json{1.0});
    if (!(one ? read_one(loss) : read_outputs())) return std::nullopt;
    read_optimizer(config_.value("optimizer_config", Json("adam")));
    for (const char* key : {"run_eagerly", "steps_per_execution", "jit_compile"})
      if (const Json value = of(key); !value.is_null()) compile_.execution[key] = value;
    return std::move(compile_);
  }

 private:
  Json of(const char* key) const { return config_.value(key, Json(nullptr)); }

  // What is none of the catalogs stands under a name that they do not have either.
  std::string keep(std::string name, const std::optional<std::string>& setting, const Json& form) {
    if (setting) name += " with " + *setting;
    std::ranges::replace_if(name, [](char c) { return c == ':' || c == ',' || c == '='; }, ' ');
    compile_.foreign[name] = form;
    return name;
  }

  // `Entry` of a catalog, and the settings that it has; or what stands for the whole.
  template <typename Catalog>
  NamedSettings named(const Catalog& catalog, const NamedSettings& object, const Json& form) {
    const auto* entry = catalog.find(object.name);
    if (!entry) return {keep(object.name, std::nullopt, form), Json::object()};
    KnownSettings known = known_settings(entry->settings, object.values);
    if (known.unknown) return {keep(object.name, known.unknown, form), Json::object()};
    return {entry->name, std::move(known.values)};
  }

  bool read_one(const Json& loss) {
    const Json* one = only(loss);
    if (!one && !loss.is_null()) note("the file's losses are for several outputs, which the model has not; they were left out");
    if (!one) return false;
    compile_.loss = read_loss(*one);
    compile_.metrics = read_metrics(of("metrics"));
    compile_.weighted_metrics = read_metrics(of("weighted_metrics"));
    return true;
  }

  bool read_outputs() {
    const auto metrics_of = [&](const char* key) { return fitting(key, metrics_by_output(of(key), outputs_, keras2_)); };
    const std::optional<ByOutput> losses = by_output(of("loss"), outputs_);
    if (!losses)
      note(upkeep::format("the file's losses do not go with the model's {} outputs; they were left out, and training asks for others",
                          outputs_.size()));
    const ByOutput all = losses.value_or(ByOutput(outputs_.size()));
    const ByOutput weights = fitting("loss_weights", by_output(of("loss_weights"), outputs_));
    const ByOutput metrics = metrics_of("metrics");
    const ByOutput weighted = metrics_of("weighted_metrics");
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (all[i].is_null()) continue;
      OutputCompile& own = compile_.outputs[outputs_[i].name];
      own.loss = read_loss(all[i]);
      if (weights[i].is_number()) own.loss_weight = weights[i].get<double>();
      own.metrics = read_metrics(metrics[i]);
      own.weighted_metrics = read_metrics(weighted[i]);
    }
    return !compile_.outputs.empty();
  }

  // What does not go with the outputs is kept as it is.
  ByOutput fitting(const char* key, std::optional<ByOutput> parts) {
    if (parts) return *std::move(parts);
    compile_.misfits[key] = of(key);
    return ByOutput(outputs_.size());
  }

  NamedSettings read_loss(const Json& form) {
    NamedSettings loss = named(losses::catalog(), read_object(form), form);
    if (const Json reduction = loss.values.value("reduction", Json()); reduction == "auto" || reduction == "sum_over_batch_size")
      loss.values.erase("reduction");  // Keras 2's name of the default, and the default
    return loss;
  }

  std::string read_metric(const Json& form) {
    NamedSettings object = read_object(form);
    const Json name = object.values.value("name", Json(nullptr));
    object.values.erase("name");
    static const std::set<std::string> kAccuracies = {"acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"};
    const bool as_accuracy = name == "accuracy" || name == "acc";  // what Keras 2 made of the word in compile()
    if (kAccuracies.contains(object.name) && (as_accuracy || !metrics::catalog().find(object.name))) return "accuracy";
    const metrics::MetricEntry* entry = metrics::catalog().find(object.name);
    if (entry) one_threshold(*entry, object.values);
    NamedSettings metric = named(metrics::catalog(), object, form);
    if (!entry || entry->name != metric.name) return metric.name;
    for (const Field& field : entry->settings.fields())
      if (metric.values.contains(field.name) && metric.values[field.name] == field.default_value) metric.values.erase(field.name);
    if (name.is_string() && !is_given_by_keras(name.get<std::string>(), *entry)) metric.values["name"] = name;
    return to_text(metric);
  }

  // "thresholds" where we have one: Keras takes a list of one for it.
  static void one_threshold(const metrics::MetricEntry& entry, Json& values) {
    const Json thresholds = values.value("thresholds", Json());
    const bool many = std::ranges::contains(entry.settings.fields(), "thresholds", &Field::name);
    if (many && thresholds.is_array()) values.erase("num_thresholds");  // of which these are part
    if (many || thresholds.is_null() || (thresholds.is_array() && thresholds.size() != 1)) return;
    values["threshold"] = thresholds.is_array() ? thresholds[0] : thresholds;
    values.erase("thresholds");
  }

  void read_metrics(const Json& form, std::vector<std::string>& into) {
    if (form.is_null()) return;
    if (form.is_array() || (form.is_object() && !form.contains("class_name"))) {
      for (const Json& part : form) read_metrics(part, into);
      return;
    }
    if (std::string metric = read_metric(form); !std::ranges::contains(into, metric)) into.push_back(std::move(metric));
  }

  std::vector<std::string> read_metrics(const Json& form) {
    std::vector<std::string> metrics;
    read_metrics(form, metrics);
    return metrics;
  }

  void read_optimizer(const Json& form) {
    if (form.is_null()) {  // Keras 3 writes so in .keras where the model had been saved as .h5 before, and takes its default then
      note("the file does not say its optimiser; training would go on with rmsprop");
      compile_.optimizer = {"rmsprop", Json::object()};
      return;
    }
    NamedSettings object = read_object(form);
    if (object.name == "LossScaleOptimizer" && object.values.contains("inner_optimizer"))  // of float16; here it is float32
      return read_optimizer(object.values["inner_optimizer"]);
    Json& values = object.values;
    if (values.contains("lr")) values["learning_rate"] = values["lr"];
    values.erase("lr");
    if (!values.value("use_ema", false))
      for (const char* key : {"use_ema", "ema_momentum", "ema_overwrite_frequency"}) values.erase(key);
    if (values.value("learning_rate", Json()).is_object()) read_schedule(values["learning_rate"], values);
    if (values.value("decay", Json(0)) != 0) read_decay(values);
    if (keras2_ && !values.value("ema_overwrite_frequency", Json(nullptr)).is_null())  // which counts from one update later
      compile_.optimizer = {keep(object.name, "ema_overwrite_frequency of Keras 2", form), Json::object()};
    else compile_.optimizer = named(optimizers::catalog(), object, form);
    if (compile_.foreign.contains(compile_.optimizer.name)) compile_.schedule.reset();  // its own form says it
  }

  // A schedule stands in place of the rate. Its start stays the optimiser's setting.
  void read_schedule(const Json& form, Json& values) {
    const NamedSettings object = read_object(form);
    compile_.schedule = named(schedules::catalog(), object, form);
    const Json rates = object.values.value("values", Json());
    values["learning_rate"] = object.values.value("initial_learning_rate", rates.is_array() && !rates.empty() ? rates[0] : Json(nullptr));
  }

  // Keras's legacy optimisers: rate / (1 + decay * iteration).
  void read_decay(Json& values) {
    compile_.schedule = {"inverse-time-decay", {{"decay_steps", 1}, {"decay_rate", plain_number(values["decay"])}}};
    values.erase("decay");
  }

  const Json& config_;
  const std::vector<KerasOutput>& outputs_;
  bool keras2_;
  Compile compile_;
};

}  // namespace

Json plain_number(const Json& value) {
  if (!value.is_number_float()) return value;
  const auto single = static_cast<float>(value.get<double>());
  if (static_cast<double>(single) != value.get<double>()) return value;
  return parse_json(upkeep::format("{}", single)).get<double>();
}

std::optional<Compile> read_compile(const Json& training_config, const std::vector<KerasOutput>& outputs, bool keras2) {
  return CompileReader(training_config, outputs, keras2).run();
}

}  // namespace upkeep::formats
