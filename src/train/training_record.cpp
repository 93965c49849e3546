#include "train/training_record.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/view/architecture.hpp"

namespace upkeep {

namespace {

Json to_json(const NamedSettings& settings) { return {{"name", settings.name}, {"settings", settings.values}}; }

NamedSettings settings_from_json(const Json& json) {
  if (json.is_string()) return parse_named(json.get<std::string>());
  return {json.at("name").get<std::string>(), json.value("settings", Json::object())};
}

// JSON has no NaN and no infinity.
Json figure(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double figure(const Json& value) { return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>(); }

bool same_names(const Figures& a, const Figures& b) {
  return std::ranges::equal(a, b, {}, &Figures::value_type::first, &Figures::value_type::first);
}

// Members of the wrong type are a corrupt file, whatever library finds them.
template <typename Work>
auto reading(const char* what, Work&& work) {
  try {
    return work();
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string(what) + " in the model's metadata cannot be read", error.what());
  }
}

}  // namespace

Json to_json(const Compile& compile) {
  Json json = {{"optimizer", to_json(compile.optimizer)}, {"loss", to_json(compile.loss)}, {"metrics", compile.metrics}};
  if (compile.schedule) json["schedule"] = to_json(*compile.schedule);
  if (!compile.weighted_metrics.empty()) json["weighted_metrics"] = compile.weighted_metrics;
  for (const auto& [name, output] : compile.outputs) {
    Json& own = json["outputs"][name];
    own = {{"loss", to_json(output.loss)}, {"loss_weight", output.loss_weight}, {"metrics", output.metrics}};
    if (!output.weighted_metrics.empty()) own["weighted_metrics"] = output.weighted_metrics;
  }
  for (const WeightRate& rate : compile.rates) json["rates"].push_back({{"pattern", rate.pattern}, {"multiplier", rate.multiplier}});
  if (!compile.execution.empty()) json["execution"] = compile.execution;
  if (!compile.foreign.empty()) json["foreign"] = compile.foreign;
  if (!compile.misfits.empty()) json["misfits"] = compile.misfits;
  return json;
}

Compile compile_from_json(const Json& json) {
  return reading("the compile settings", [&] {
    Compile compile{.optimizer = settings_from_json(json.at("optimizer")),
                    .loss = settings_from_json(json.at("loss")),
                    .metrics = json.value("metrics", std::vector<std::string>{})};
    if (json.contains("schedule")) compile.schedule = settings_from_json(json.at("schedule"));
    compile.weighted_metrics = json.value("weighted_metrics", std::vector<std::string>{});
    const Json outputs = json.value("outputs", Json::object());
    for (const auto& [name, output] : outputs.items())
      compile.outputs[name] = {.loss = settings_from_json(output.at("loss")),
                               .loss_weight = output.value("loss_weight", 1.0),
                               .metrics = output.value("metrics", std::vector<std::string>{}),
                               .weighted_metrics = output.value("weighted_metrics", std::vector<std::string>{})};
    const Json rates = json.value("rates", Json::array());
    for (const Json& rate : rates) compile.rates.push_back({rate.at("pattern").get<std::string>(), rate.at("multiplier").get<double>()});
    compile.execution = json.value("execution", Json::object());
    compile.foreign = json.value("foreign", Json::object());
    compile.misfits = json.value("misfits", Json::object());
    return compile;
  });
}

std::optional<Compile> compile_of(const Model& model) { return training_record_of(model).compile; }

std::vector<double> History::series(std::string_view name) const {
  std::vector<double> values;
  for (const Figures& row : epochs)
    for (const auto& [figure, value] : row)
      if (figure == name) values.push_back(value);
  return values;
}

Figures History::kept() const {
  if (epochs.empty()) return {};
  return best ? epochs.at(*best) : epochs.back();
}

// [{"names": ["loss", "mae"], "epochs": [[0.5, 0.6], [0.4, 0.5]]}, ...]: a new part where the names change.
Json to_json(const History& history) {
  Json parts = Json::array();
  const Figures* before = nullptr;
  for (const Figures& row : history.epochs) {
    if (!before || !same_names(*before, row)) {
      Json names = Json::array();
      for (const auto& [name, value] : row) names.push_back(name);
      parts.push_back({{"names", std::move(names)}, {"epochs", Json::array()}});
    }
    Json values = Json::array();
    for (const auto& [name, value] : row) values.push_back(figure(value));
    parts.back()["epochs"].push_back(std::move(values));
    before = &row;
  }
  return parts;
}

History history_from_json(const Json& json) {
  return reading("the training history", [&] {
    History history;
    for (const Json& part : json) {
      const auto names = part.at("names").get<std::vector<std::string>>();
      for (const Json& values : part.at("epochs")) {
        Figures row;
        for (std::size_t i = 0; i < names.size(); ++i) row.emplace_back(names[i], figure(values.at(i)));
        history.epochs.push_back(std::move(row));
      }
    }
    return history;
  });
}

TrainingRecord training_record_of(const Model& model) {
  const std::string* text = find(model.metadata, kTrainingKey);
  if (!text) return {};
  const Json json = parse_json(*text);
  return reading("the training record", [&] {
    TrainingRecord record;
    if (json.contains("compile")) record.compile = compile_from_json(json.at("compile"));
    record.iteration = json.value("iteration", std::int64_t{0});
    record.epoch = json.value("epoch", std::int64_t{0});
    if (json.contains("learning_rate")) record.learning_rate = json.at("learning_rate").get<double>();
    if (json.contains("threads")) record.threads = json.at("threads").get<int>();
    if (json.contains("seed")) record.seed = json.at("seed").get<std::uint64_t>();
    if (json.contains("history")) record.history = history_from_json(json.at("history"));
    const Json events = json.value("events", Json::array());
    for (const Json& event : events)
      record.history.events.push_back({.epoch = event.at("epoch").get<std::int64_t>(),
                                       .batch = event.at("batch").get<std::int64_t>(),
                                       .kind = event.at("kind").get<std::string>(),
                                       .text = event.at("text").get<std::string>()});
    record.fit = json.value("fit", Json(nullptr));
    return record;
  });
}

void set_training_record(Model& model, const TrainingRecord& record) {
  History history = record.history;
  for (Figures& row : history.epochs) std::erase_if(row, [](const auto& figure) { return figure.first == "seconds"; });
  Json json = Json::object();
  if (record.compile) json["compile"] = to_json(*record.compile);
  json["iteration"] = record.iteration;
  json["epoch"] = record.epoch;
  if (record.learning_rate) json["learning_rate"] = *record.learning_rate;
  if (record.seed) json["seed"] = *record.seed;
  if (record.threads) json["threads"] = *record.threads;
  json["history"] = to_json(history);
  for (const TrainingEvent& event : record.history.events)
    json["events"].push_back({{"epoch", event.epoch}, {"batch", event.batch}, {"kind", event.kind}, {"text", event.text}});
  if (!record.fit.is_null()) json["fit"] = record.fit;
  set(model.metadata, kTrainingKey, json.dump());
}

std::vector<std::optional<Tensor>> slots_of(const Model& model, const std::vector<optimizers::SlotPlace>& places) {
  std::map<std::string_view, const Tensor*> kept;
  for (const auto& [name, tensor] : model.training_tensors) kept.emplace(name, &tensor);
  std::vector<std::optional<Tensor>> slots;
  for (const optimizers::SlotPlace& place : places) {
    const auto found = kept.find(place.name);
    const bool fits = found != kept.end() && found->second->dtype() == DType::kFloat32 && found->second->shape() == place.shape;
    slots.push_back(fits ? std::optional(*found->second) : std::nullopt);
  }
  return slots;
}

}  // namespace upkeep
