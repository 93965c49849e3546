#include "train/checkpoint.hpp"

#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

Json to_json(const FitRecord& record) {
  return {{"options", record.options},
          {"begin_epoch", record.begin_epoch},
          {"initial_rate", record.initial_rate},
          {"schedule_state", record.schedule_state}};
}

FitRecord fit_record_from_json(const Json& json) {
  try {
    return {.options = json.at("options"),
            .begin_epoch = json.at("begin_epoch").get<std::int64_t>(),
            .initial_rate = json.at("initial_rate").get<double>(),
            .schedule_state = json.at("schedule_state")};
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, "it is no checkpoint of a training run", error.what());
  }
}

Json run_options(const FitOptions& options, const TrainingData& data, const std::optional<TrainingData>& validation) {
  Json schedule = nullptr;
  if (options.schedule) schedule = {{"name", options.schedule->name}, {"settings", options.schedule->values}};
  return {{"seed", options.seed},
          {"batch_size", options.batch_size},
          {"shuffle", options.shuffle},
          {"schedule", std::move(schedule)},
          {"keep_zeros", options.keep_zeros},
          {"data", fingerprint(data)},
          {"validation", validation ? fingerprint(*validation) : Json(nullptr)}};
}

void save_checkpoint(const std::filesystem::path& file, const TrainerState& state, const FitRecord& record) {
  in_context("checkpoint " + file.string(), [&] { write_file(file, model_to_bytes(state.model(to_json(record)))); });
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

void expect_same_run(const Model& model, const TrainingRecord& record, const FitRecord& saved, const TrainerState& state,
                     const FitRecord& expected) {
  std::vector<std::string> differences;
  if (to_json(architecture_of(model)) != to_json(state.architecture)) differences.push_back("the layers of the model are others");
  const Json was = record.compile ? to_json(*record.compile) : Json::object();
  const Json is = to_json(state.compile);
  for (const auto& [name, value] : is.items()) compare(differences, name, was.value(name, Json(nullptr)), value);
  for (const auto& [name, value] : expected.options.items()) compare(differences, name, saved.options.value(name, Json(nullptr)), value);
  if (!differences.empty())
    throw Error(ErrorCode::kFailedPrecondition, "it belongs to another run: " + join(differences, "; "),
                "resume with the same model, data and options, or remove the file to start anew");
}

}  // namespace

std::optional<FitRecord> load_checkpoint(const std::filesystem::path& file, TrainerState& state, const FitRecord& expected) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  return in_context("checkpoint " + file.string(), [&] {
    const Model model = model_from_bytes(read_file(file));
    const TrainingRecord record = training_record_of(model);
    if (record.fit.is_null()) throw Error(ErrorCode::kCorrupt, "it is no checkpoint of a training run");
    FitRecord saved = fit_record_from_json(record.fit);
    expect_same_run(model, record, saved, state, expected);
    state.take_over(model, record);
    return saved;
  });
}

}  // namespace upkeep
