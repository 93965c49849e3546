#include "train/checkpoint.hpp"

#include <algorithm>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/onnx.hpp"
#include "train/callbacks/callback.hpp"

namespace upkeep {

Json to_json(const FitRecord& record) {
  Json json = {{"options", record.options},
               {"begin_epoch", record.begin_epoch},
               {"initial_rate", record.initial_rate},
               {"schedule_state", record.schedule_state}};
  if (!record.callback_states.empty()) json["callbacks"] = record.callback_states;
  if (record.ended) json["ended"] = true;
  if (!record.skipped.empty()) json["skipped"] = record.skipped;
  for (const auto& [name, snapshot] : record.snapshots)
    json["snapshots"][name] = {{"iteration", snapshot.iteration},
                               {"epoch", snapshot.epoch},
                               {"rate", snapshot.rate},
                               {"schedule_state", snapshot.schedule_state},
                               {"history", snapshot.history}};
  return json;
}

FitRecord fit_record_from_json(const Json& json) {
  try {
    FitRecord record{.options = json.at("options"),
                     .begin_epoch = json.at("begin_epoch").get<std::int64_t>(),
                     .initial_rate = json.at("initial_rate").get<double>(),
                     .schedule_state = json.at("schedule_state"),
                     .callback_states = json.value("callbacks", std::vector<Json>{}),
                     .skipped = json.value("skipped", decltype(FitRecord::skipped){})};
    const Json snapshots = json.value("snapshots", Json::object());
    for (const auto& [name, snapshot] : snapshots.items())
      record.snapshots[name] = {.values = {},
                                .iteration = snapshot.at("iteration").get<std::int64_t>(),
                                .epoch = snapshot.at("epoch").get<std::int64_t>(),
                                .rate = snapshot.at("rate").get<double>(),
                                .schedule_state = snapshot.at("schedule_state"),
                                .history = snapshot.at("history").get<std::int64_t>()};
    record.ended = json.value("ended", false);
    return record;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, "it is no checkpoint of a training run", error.what());
  }
}

static Json settings_list(const std::vector<NamedSettings>& settings) {
  Json list = Json::array();
  for (const NamedSettings& one : settings) list.push_back({{"name", one.name}, {"settings", one.values}});
  return list;
}

static Json deciding_callbacks(const FitOptions& options) {
  std::vector<NamedSettings> deciding;
  std::ranges::copy_if(options.callbacks, std::back_inserter(deciding),
                       [](const NamedSettings& one) { return callbacks::catalog().at(one.name).decides; });
  return settings_list(deciding);
}

Json run_options(const FitOptions& options, const TrainingData& data, const std::optional<TrainingData>& validation) {
  Json schedule = nullptr;
  if (options.schedule) schedule = {{"name", options.schedule->name}, {"settings", options.schedule->values}};
  return {{"seed", options.seed},
          {"threads", options.threads},
          {"batch_size", options.batch_size},
          {"shuffle", options.shuffle},
          {"schedule", std::move(schedule)},
          {"keep_zeros", options.keep_zeros},
          {"callbacks", deciding_callbacks(options)},
          {"augment", settings_list(options.augment)},
          {"class_weights", options.class_weights},
          {"ranks", options.ranks ? options.ranks->count() : 1},
          {"data", fingerprint(data)},
          {"validation", validation ? fingerprint(*validation) : Json(nullptr)}};
}

namespace {

// Weights and slots of a snapshot are flat, in the order of the parameters.
std::string snapshot_tensor(const std::string& snapshot, const std::string& part) { return "snapshot/" + snapshot + "/" + part; }

Tensor flat(const std::vector<float>& values) { return Tensor({std::ssize(values)}, values); }

void take_snapshots(const Model& model, const Parameters& parameters, FitRecord& record) {
  Parameters::Values like;
  parameters.remember(like);
  for (auto& [name, snapshot] : record.snapshots) {
    const auto take = [&](const std::string& part, std::vector<float>& values) {
      const auto found = std::ranges::find(model.training_tensors, snapshot_tensor(name, part), [](const auto& one) { return one.first; });
      if (found == model.training_tensors.end() || found->second.dtype() != DType::kFloat32 || found->second.size() != std::ssize(values))
        throw Error(ErrorCode::kCorrupt, "the values kept for \"" + name + "\" are missing or of another size");
      std::ranges::copy(found->second.floats(), values.begin());
    };
    snapshot.values = like;
    take("weights", snapshot.values.weights);
    for (std::size_t i = 0; i < like.slots.size(); ++i) take(std::to_string(i), snapshot.values.slots[i]);
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const TrainerState& state, const FitRecord& record) {
  in_context("checkpoint " + file.string(), [&] {
    Model model = state.model(to_json(record));
    for (const auto& [name, snapshot] : record.snapshots) {
      model.training_tensors.emplace_back(snapshot_tensor(name, "weights"), flat(snapshot.values.weights));
      for (std::size_t i = 0; i < snapshot.values.slots.size(); ++i)
        model.training_tensors.emplace_back(snapshot_tensor(name, std::to_string(i)), flat(snapshot.values.slots[i]));
    }
    write_file(file, model_to_bytes(model));
  });
}

namespace {

// "batch_size was 32, is 64"
void compare(std::vector<std::string>& differences, const std::string& name, const Json& was, const Json& is) {
  if (was == is) return;
  const bool data = was.is_object() && was.contains("sha256") && is.is_object() && is.contains("sha256");
  if (data && was.at("rows") != is.at("rows"))
    differences.push_back(upkeep::format("{} had {} rows, has {}", name, was.at("rows").dump(), is.at("rows").dump()));
  else if (data) differences.push_back(name + " has other values");
  else differences.push_back(upkeep::format("{} was {}, is {}", name, was.dump(), is.dump()));
}

struct Saved {
  Model model;
  TrainingRecord record;
  FitRecord fit;
};

Saved read_checkpoint(const std::filesystem::path& file) {
  Saved saved{.model = model_from_bytes(read_file(file))};
  saved.record = training_record_of(saved.model);
  if (saved.record.fit.is_null()) throw Error(ErrorCode::kCorrupt, "it is no checkpoint of a training run");
  saved.fit = fit_record_from_json(saved.record.fit);
  return saved;
}

std::vector<std::string> differences_of(const Saved& saved, const TrainerState& state, const FitRecord& expected) {
  std::vector<std::string> differences;
  if (Trainable(saved.model).identity() != state.trainable.identity()) differences.push_back("the layers of the model are others");
  const Json was = saved.record.compile ? to_json(*saved.record.compile) : Json::object();
  const Json is = to_json(state.compile);
  for (const auto& [name, value] : is.items()) compare(differences, name, was.value(name, Json(nullptr)), value);
  for (const auto& [name, value] : expected.options.items())
    compare(differences, name, saved.fit.options.value(name, Json(nullptr)), value);
  return differences;
}

}  // namespace

std::optional<FitRecord> load_checkpoint(const std::filesystem::path& file, TrainerState& state, const FitRecord& expected) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  return in_context("checkpoint " + file.string(), [&] {
    Saved saved = read_checkpoint(file);
    if (const auto differences = differences_of(saved, state, expected); !differences.empty())
      throw Error(ErrorCode::kFailedPrecondition, "it belongs to another run: " + join(differences, "; "),
                  "resume with the same model, data and options, or remove the file to start anew");
    take_snapshots(saved.model, state.parameters, saved.fit);
    state.take_over(saved.model, saved.record);
    return std::move(saved.fit);
  });
}

std::optional<int> threads_of_checkpoint(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  const Json threads =
      in_context("checkpoint " + file.string(), [&] { return read_checkpoint(file).fit.options.value("threads", Json(nullptr)); });
  return threads.is_number_integer() ? std::optional(threads.get<int>()) : std::nullopt;
}

void expect_free_for(const std::filesystem::path& file, const TrainerState& state, const FitRecord& expected) {
  if (!std::filesystem::exists(file)) return;
  in_context("checkpoint " + file.string(), [&] {
    std::vector<std::string> differences;
    try {
      differences = differences_of(read_checkpoint(file), state, expected);
    } catch (const Error&) {
      throw Error(ErrorCode::kFailedPrecondition, "the file is there, and it is no checkpoint", "name another file, or remove it");
    }
    if (!differences.empty())
      throw Error(ErrorCode::kFailedPrecondition, "the file holds another run, which would be lost: " + join(differences, "; "),
                  "name another file; resume that run with its own options; or remove the file");
  });
}

}  // namespace upkeep
