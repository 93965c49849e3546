#include "api/training.hpp"

#include "analyze/evaluation.hpp"
#include "api/network.hpp"
#include "api/parts.hpp"
#include "api/settings.hpp"
#include "base/format.hpp"
#include "graph/signature.hpp"
#include "layers/shared/normalization_adapt.hpp"
#include "train/columns.hpp"
#include "train/known_signature.hpp"
#include "train/losses/loss.hpp"
#include "train/rate_range.hpp"
#include "train/schedules/schedule.hpp"
#include "train/validation.hpp"
#include "train/vocabularies.hpp"
#include "upkeep/evaluation.hpp"
#include "upkeep/model.hpp"

namespace upkeep::api {

// --- compile ------------------------------------------------------------------------------------------------------------

static Compile compile_from(const CompileSettings& settings) {
  Compile made{.optimizer = named(settings.optimizer),
               .schedule = {},
               .loss = named(settings.loss),
               .metrics = texts_of(settings.metrics),
               .weighted_metrics = {},
               .outputs = {},
               .rates = {}};
  if (!settings.schedule.name().empty()) {
    made.schedule = named(settings.schedule);
    upkeep::schedules::catalog().at(made.schedule->name).make(made.schedule->values, 0.001);  // complains about its settings
  }
  for (const auto& [name, output] : settings.outputs) {
    in_context("output \"" + name + "\"", [&] { upkeep::losses::catalog().at(output.loss.name()); });
    made.outputs[name] = {
        .loss = named(output.loss), .loss_weight = output.loss_weight, .metrics = texts_of(output.metrics), .weighted_metrics = {}};
  }
  if (made.outputs.empty()) upkeep::losses::catalog().at(made.loss.name);
  for (const WeightRate& rate : settings.rates) made.rates.push_back({.pattern = rate.pattern, .multiplier = rate.multiplier});
  return made;
}

void Model::compile(const CompileSettings& settings) {
  Compile compile = compile_from(settings);
  if (state_->built()) {
    auto trainer = std::make_unique<Trainer>(state_->seen(), compile);  // complains where they do not go together
    if (!state_->unlearned) {
      state_->trainer = std::move(trainer);
      state_->model.reset();
    }
    ModelParts::forget_sessions(*state_);
  }
  state_->compiled = std::move(compile);
}

// --- fit ----------------------------------------------------------------------------------------------------------------

static FitOptions options_of(const FitSettings& settings) {
  FitOptions fit{.epochs = settings.epochs,
                 .batch_size = settings.batch_size,
                 .validation = {},
                 .shuffle = settings.shuffle,
                 .seed = settings.seed,
                 .schedule = {},
                 .callbacks = named(settings.callbacks),
                 .augment = named(settings.augment),
                 .loader_threads = settings.loader_threads,
                 .class_weights = settings.class_weights,
                 .checkpoint = settings.checkpoint,
                 .checkpoint_every = settings.checkpoint_every,
                 .resume = settings.resume,
                 .threads = settings.threads,
                 .keep_zeros = settings.keep_zeros,
                 .show_progress = settings.verbose,
                 .on_epoch = {},
                 .ranks = {},
                 .stop = {}};
  if (!settings.schedule.name().empty()) fit.schedule = named(settings.schedule);
  return fit;
}

Run::Run(const upkeep::Model& model, const Data& data, const Compile& compile, const FitSettings& settings)
    : rows_(DataParts::with_targets(data, model, compile)), options_(options_of(settings)) {
  if (settings.validation) {
    options_.validation = DataParts::with_targets(*settings.validation, model, compile);
  } else if (settings.validation_split != 0) {
    HeldOut parts = hold_out(std::move(rows_), settings.validation_split, settings.seed);
    rows_ = std::move(parts.training);
    options_.validation = std::move(parts.validation);
  }
  options_.stop = [this, cancel = settings.cancel] { return stopped_ || cancel.cancelled(); };
  options_.on_epoch = [this, hook = settings.on_epoch](std::int64_t epoch, const Figures& figures) {
    ++epochs_;
    stopped_ = hook && hook(epoch, figures) == AfterEpoch::kStop;
  };
}

upkeep::Model prepared(upkeep::Model model, const Dataset& data, const Compile& compile) {
  if (!data.feature_names.empty()) remember_columns(model, data, compile);
  return upkeep::layers::adapt_normalizations(std::move(model), data.inputs);
}

// The layers of a Sequential whose list began without an Input.
static Architecture listed_for(std::vector<Layer> layers, const Data& data) {
  if (layers.empty()) throw Error(ErrorCode::kFailedPrecondition, "the model has no layers", "add() some");
  const Tensor& x = data.inputs().begin()->second;
  Setting::List shape;
  for (std::size_t axis = 1; axis < x.rank(); ++axis) shape.emplace_back(x.dim(axis));
  Setting::Object settings{{"shape", Setting(shape)}};
  if (x.dtype() == DType::kString) settings.emplace_back("dtype", "string");
  layers.insert(layers.begin(), Layer("input", "", std::move(settings)));
  return Network::architecture(layers);
}

static upkeep::Model with_fresh_weights(const Architecture& net, std::uint64_t seed) {
  return build_model(net, initial_weights(net, seed));
}

History Model::fit(const Data& data, const FitSettings& settings) {
  State& state = *state_;
  const Compile& compile = state.compile();
  std::optional<Architecture> unlearned = state.unlearned;
  if (!state.built()) unlearned = listed_for(state.pending, data);
  upkeep::Model now = state.built() ? state.seen() : with_fresh_weights(with_placeholder_vocabularies(*unlearned), state.seed);
  const Run run(now, data, compile, settings);
  if (unlearned) now = with_fresh_weights(adapt_vocabularies(*unlearned, run.rows().inputs), state.seed);
  const bool knows = run.rows().feature_names.empty() || !feature_columns(signature_of(now)).empty();
  std::unique_ptr<Trainer> fresh;
  if (!state.trainer || !knows) fresh = std::make_unique<Trainer>(prepared(std::move(now), run.rows(), compile), compile);
  const auto keep = [&] {
    if (fresh) state.trainer = std::move(fresh);
    state.model.reset();
    state.pending.clear();
    state.unlearned.reset();
    ModelParts::forget_sessions(state);
  };
  try {
    History history = (fresh ? *fresh : *state.trainer).fit(run.rows(), run.options());
    keep();
    return history;
  } catch (...) {
    if (run.came_to_an_epoch()) keep();
    throw;
  }
}

LearningRateTest Model::learning_rate_test(const Data& data, const LearningRateTestSettings& settings) const {
  const Compile& compile = state_->compile();
  upkeep::Model now = state_->current();
  const Dataset rows = DataParts::with_targets(data, now, compile);
  RateRange range = learning_rate_range(prepared(std::move(now), rows, compile), compile, rows,
                                        {.lowest = settings.lowest,
                                         .highest = settings.highest,
                                         .steps = settings.steps,
                                         .batch_size = settings.batch_size,
                                         .seed = settings.seed,
                                         .threads = settings.threads});
  return {.rates = std::move(range.rates),
          .losses = std::move(range.losses),
          .smoothed = std::move(range.smoothed),
          .suggestion = range.suggestion,
          .steepest_at = range.steepest_at,
          .lowest_at = range.lowest_at,
          .falls = range.falls,
          .ended = std::move(range.ended)};
}

void Model::set_learning_rate(double rate) {
  if (!state_->trainer) state_->trainer = std::make_unique<Trainer>(state_->current(), state_->compile());
  state_->model.reset();
  state_->trainer->set_learning_rate(rate);
}

double Model::learning_rate() const {
  if (state_->trainer) return state_->trainer->learning_rate();
  return Trainer(state_->current(), state_->compile()).learning_rate();
}

// --- evaluate -----------------------------------------------------------------------------------------------------------

static std::vector<Estimate> estimates_of(const std::vector<upkeep::Estimate>& given) {
  std::vector<Estimate> made;
  for (const upkeep::Estimate& one : given)
    made.push_back({.metric = one.metric,
                    .value = one.value,
                    .low = one.low,
                    .high = one.high,
                    .higher_is_better = one.higher_is_better,
                    .unknown = one.unknown});
  return made;
}

Evaluation Model::evaluate(const Data& data, const EvaluateSettings& settings) const {
  const upkeep::Model now = state_->current();
  const Dataset rows = DataParts::with_targets(data, now, state_->compiled);
  AnalysisOptions options{.metrics = texts_of(settings.metrics),
                          .slice = {},
                          .slice_values = {},
                          .confidence = settings.confidence,
                          .seed = settings.seed,
                          .batch_size = settings.batch_size,
                          .threads = settings.threads};
  if (options.metrics.empty() && state_->compiled) options.metrics = state_->compiled->metrics;
  if (settings.slice_by) {
    options.slice = settings.slice_by->column;
    options.slice_values = slices_of(DataParts::table(settings.slice_by->table), rows, options.slice);
  }
  upkeep::Evaluation found = upkeep::evaluate(now, state_->compiled, rows, options);
  Evaluation made{
      .rows = found.rows, .unanswered = std::move(found.unanswered), .loss = found.loss, .metrics = {}, .slices = {}, .page = {}};
  made.outputs = std::move(found.outputs.figures);
  if (!found.analysis) return made;
  made.metrics = estimates_of(found.analysis->metrics);
  for (const upkeep::Slice& slice : found.analysis->slices)
    made.slices.push_back({.value = slice.value, .rows = slice.rows, .metrics = estimates_of(slice.metrics)});
  made.page = analysis_page("Evaluation", *found.analysis);
  return made;
}

const Estimate& Evaluation::metric(const std::string& name) const {
  std::vector<std::string> names;
  for (const Estimate& one : metrics) {
    if (one.metric == name) return one;
    names.push_back(one.metric);
  }
  throw unknown_name("metric", name, names, ErrorCode::kNotFound);
}

}  // namespace upkeep::api
