#include "optimize/relearn.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

FitOptions fit_of(const Relearning& how) {
  const std::int64_t batches = (how.rows.rows() + how.batch_size - 1) / how.batch_size;
  FitOptions fit{.epochs = how.epochs, .batch_size = how.batch_size, .seed = how.seed, .threads = how.threads};
  fit.schedule = NamedSettings{"cosine-decay", {{"decay_steps", std::max<std::int64_t>(1, how.epochs * batches)}}};
  fit.show_progress = how.show_progress;
  fit.stop = how.stop;
  return fit;
}

Relearnt by_labels(const Model& changed, const Relearning& how, std::string why) {
  Trainer trainer(changed, how.compile);
  trainer.fit(how.rows, fit_of(how));
  return {.model = trainer.model(), .taught = false, .why_not = std::move(why)};
}

// The counts of the first step and of the last one, as one change.
void join_counts(const Json& first, Json& last) {
  for (const char* key : {"channels", "zeros_before", "parameters_before"})
    if (last.contains(key)) last[key] = first[key];
  for (const char* list : {"groups", "weights"})
    if (last.contains(list))
      for (Json& one : last[list])
        for (const Json& was : first[list])
          for (const char* key : {"channels", "zeros_before"})
            if (was["name"] == one["name"] && one.contains(key)) one[key] = was[key];
}

}  // namespace

Model without_run(Model model, const Compile& compile) {
  model.training_tensors.clear();
  set_training_record(model, {.compile = compile});
  return model;
}

static Relearnt relearnt(const Model& start, const Model& before, const Relearning& how) {
  if (how.teaching.label_weight >= 1) return by_labels(start, how, "");
  try {
    Distilled made = distill(start, before, how.compile, how.rows, fit_of(how), how.teaching);
    return {.model = std::move(made.model), .taught = true, .why_not = ""};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return by_labels(start, how, error.what());
  }
}

// The epochs that the model had learnt in before are part of its history.
static void put_history_before(const TrainingRecord& old, Model& model) {
  TrainingRecord record = training_record_of(model);
  const auto epochs = static_cast<std::int64_t>(old.history.epochs.size());
  for (TrainingEvent& event : record.history.events) event.epoch += epochs;
  record.history.events.insert(record.history.events.begin(), old.history.events.begin(), old.history.events.end());
  if (record.history.best) *record.history.best += old.history.epochs.size();
  record.history.epochs.insert(record.history.epochs.begin(), old.history.epochs.begin(), old.history.epochs.end());
  record.epoch += old.epoch;
  set_training_record(model, record);
}

Relearnt relearn(const Model& changed, const Model& before, const Relearning& how) {
  Relearning fresh = how;
  fresh.compile.schedule.reset();
  Relearnt made = relearnt(without_run(changed, fresh.compile), before, fresh);
  put_history_before(training_record_of(changed), made.model);
  return made;
}

Change prune_in_steps(Model& model, const PruningStep& step, const PruningSteps& steps, const Relearning& how) {
  const Model before = model;
  Json first, trainings = Json::array();
  Change change;
  for (std::int64_t i = 1; i <= steps.count; ++i) {
    const double left = std::pow(1 - steps.part, static_cast<double>(i) / static_cast<double>(steps.count));
    double part = i == steps.count ? steps.part : 1 - left;
    if (steps.of_what_is_left && i > 1)  // by what the steps before really left
      part = std::clamp(1 - left * first["channels"].get<double>() / change.facts["kept"].get<double>(), 0.0, 0.999);
    change = step(model, part);
    if (i == 1) first = change.facts;
    Relearning now = how;
    now.seed += static_cast<std::uint64_t>(i - 1);
    Relearnt made = relearn(model, before, now);
    model = std::move(made.model);
    trainings.push_back({{"part", part}, {"taught", made.taught}});
    if (!made.why_not.empty()) trainings.back()["why_not"] = made.why_not;
  }
  join_counts(first, change.facts);
  change.facts["steps"] = std::move(trainings);
  return change;
}

}  // namespace upkeep
