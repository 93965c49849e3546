// Our compile settings as Keras 3 writes them. Objects stand with their modules, which .keras needs and .h5 does not mind.

#include <algorithm>
#include <cctype>
#include <map>

#include "base/format.hpp"
#include "convert/formats/shared/keras_compile.hpp"
#include "layers/keras/parts.hpp"
#include "metrics/metric.hpp"
#include "train/losses/loss.hpp"
#include "train/optimizers/optimizer.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::formats {

namespace {

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

// A class that the file's own reader knows is looked up by the name that it is registered under.
Json with_module(Json form) {
  if (!form.is_object() || form.contains("module")) return form;
  form["module"] = nullptr;
  form["registered_name"] = form.value("class_name", Json(nullptr));
  return form;
}

class CompileWriter {
 public:
  CompileWriter(const Compile& compile, double learning_rate) : compile_(compile), learning_rate_(learning_rate) {}

  Json run(const std::vector<std::string>& outputs) const {
    Json config = {{"run_eagerly", false}, {"steps_per_execution", 1}, {"jit_compile", false}};
    config.update(compile_.execution);
    config["optimizer_config"] = optimizer();
    if (compile_.outputs.empty()) {
      config["loss"] = loss(compile_.loss);
      config["loss_weights"] = nullptr;
      config["metrics"] = metrics(compile_.metrics);
      config["weighted_metrics"] = compile_.weighted_metrics.empty() ? Json(nullptr) : metrics(compile_.weighted_metrics);
    } else {
      of_outputs(outputs, config);
    }
    config.update(compile_.misfits);
    return config;
  }

 private:
  // What the file had that is none of the catalogs; nullptr: it is one.
  const Json* foreign(const std::string& name) const {
    const auto found = compile_.foreign.find(name);
    return found == compile_.foreign.end() ? nullptr : &*found;
  }

  Json loss(const NamedSettings& loss) const {
    if (const Json* form = foreign(loss.name)) return with_module(*form);
    const losses::LossEntry& entry = losses::catalog().at(loss.name);
    Json config = with_numbers(entry.settings, loss.values);
    if (!config.contains("reduction")) config["reduction"] = "sum_over_batch_size";
    return layers::keras_entry("keras.losses", keras_class(entry), std::move(config));
  }

  // Classes, because Keras 3 does not load its own function names ("mse") from .h5; "accuracy" is the exception that it does load.
  Json metrics(const std::vector<std::string>& texts) const {
    Json list = Json::array();
    std::map<std::string, int> used;
    for (const std::string& text : texts)
      if (Json one = metric(text, used); !one.is_null()) list.push_back(std::move(one));
    return list;
  }

  Json metric(const std::string& text, std::map<std::string, int>& used) const {
    if (const Json* form = foreign(text)) return with_module(*form);
    const NamedSettings named = parse_named(text);
    const metrics::MetricEntry& entry = metrics::catalog().at(named.name);
    if (entry.name == "accuracy" && named.values.empty()) return "accuracy";
    const std::string class_name = keras_class(entry);
    if (class_name.empty()) return nullptr;
    Json config = keras_settings(entry, named.values);
    const int number = used[entry.name]++;  // Keras tells figures apart by their names
    if (!config.contains("name")) config["name"] = number == 0 ? entry.name : upkeep::format("{}_{}", entry.name, number);
    return layers::keras_entry("keras.metrics", class_name, std::move(config));
  }

  Json optimizer() const {
    if (const Json* form = foreign(compile_.optimizer.name)) return with_module(*form);
    const optimizers::OptimizerEntry& entry = optimizers::catalog().at(compile_.optimizer.name);
    Json config = with_numbers(entry.settings, compile_.optimizer.values);
    config["learning_rate"] = compile_.schedule ? schedule(*compile_.schedule) : Json(learning_rate_);
    config.erase("exclude_from_weight_decay");  // Keras has it as a method, and does not keep it
    return layers::keras_entry("keras.optimizers", keras_class(entry), std::move(config));
  }

  Json schedule(const NamedSettings& chosen) const {
    if (const Json* form = foreign(chosen.name)) return with_module(*form);
    const schedules::ScheduleEntry& entry = schedules::catalog().at(chosen.name);
    if (keras_class(entry).empty())
      throw Error(ErrorCode::kUnsupported, upkeep::format("Keras has no learning-rate schedule \"{}\"", entry.name),
                  "train on with --optimizer, which has a rate of its own, or save as ONNX");
    Json config = Json::object();
    for (const Field& field : entry.settings.fields()) config[field.name] = chosen.values.value(field.name, field.default_value);
    if (config.contains("initial_learning_rate") && config["initial_learning_rate"].is_null())
      config["initial_learning_rate"] = learning_rate_;
    return layers::keras_entry("keras.optimizers.schedules", keras_class(entry), with_numbers(entry.settings, std::move(config)));
  }

  // Lists in the order of the outputs: Keras 3 takes maps only where they name all of them.
  void of_outputs(const std::vector<std::string>& outputs, Json& config) const {
    for (const char* key : {"loss", "loss_weights", "metrics", "weighted_metrics"}) config[key] = Json::array();
    static const OutputCompile kUntrained;
    for (const std::string& output : outputs) {
      const auto found = compile_.outputs.find(output);
      const bool trained = found != compile_.outputs.end();
      const OutputCompile& own = trained ? found->second : kUntrained;
      config["loss"].push_back(trained ? loss(own.loss) : Json(nullptr));
      config["loss_weights"].push_back(own.loss_weight);
      config["metrics"].push_back(metrics(own.metrics));
      config["weighted_metrics"].push_back(metrics(own.weighted_metrics));
    }
  }

  const Compile& compile_;
  double learning_rate_;
};

}  // namespace

std::vector<std::string> metrics_only_here(const Compile& compile) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
      if (const auto* entry = metrics::catalog().find(parse_named(text).name);
          entry && entry->name != "accuracy" && keras_class(*entry).empty())
        names.push_back(entry->name);
  };
  const auto add_part = [&](const auto& part) { add(part.metrics), add(part.weighted_metrics); };
  if (compile.outputs.empty()) add_part(compile);
  for (const auto& [name, output] : compile.outputs) add_part(output);
  return names;
}

Json write_compile(const Compile& compile, double learning_rate, const std::vector<std::string>& outputs) {
  return CompileWriter(compile, learning_rate).run(outputs);
}

}  // namespace upkeep::formats
