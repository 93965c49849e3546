// Trains on the reference plus newly labelled rows, from the current version's weights or from fresh ones, with another learning rate,
// regularisation, structure or strategy where the settings say so. Optimiser slots start anew: they belong to data that has changed. Layers
// of integers are trained through their roundings and are integers again afterwards.

#include "base/format.hpp"
#include "graph/notes.hpp"
#include "layers/shared/normalization_adapt.hpp"
#include "layers/view/architecture.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "optimize/quantize/shared/training.hpp"
#include "optimize/structure/structure.hpp"
#include "train/known_signature.hpp"
#include "train/training_record.hpp"
#include "train/validation.hpp"

namespace upkeep::actions {

struct Retrain {
  std::string from = "current";
  std::int64_t epochs = 100;
  std::int64_t batch_size = 32;
  std::string loss;
  std::string optimizer;
  std::optional<double> learning_rate;
  std::string schedule;
  std::string regularizer;
  std::vector<Json> edit;
  double validation = 0;
  std::int64_t seed = 0;
};

}  // namespace upkeep::actions

namespace upkeep {

using actions::Retrain;

template <>
inline const Settings settings<Retrain> = describe<Retrain>(
    "retrain", "train on the reference plus newly labelled rows",
    field("from", &Retrain::from, "start from the current version's weights, or from fresh ones", one_of({"current", "fresh"})),
    field("epochs", &Retrain::epochs, "passes over the data", range(1, 1e9)),
    field("batch_size", &Retrain::batch_size, "rows in a step", range(1, 1e9)),
    field("loss", &Retrain::loss, "a loss (default: what the model was compiled with)"),
    field("optimizer", &Retrain::optimizer, "NAME or NAME:SETTING=VALUE,... (default: what the model was compiled with, or adam)"),
    field("learning_rate", &Retrain::learning_rate, "of the optimizer", range(0, 1e6, Ends::kOpenLeft)),
    field("schedule", &Retrain::schedule, "learning rate by time or performance"),
    field("regularizer", &Retrain::regularizer, "penalty on every kernel: l1:l1=0.001, l2:l2=0.01, ...; none takes it away"),
    field("edit", &Retrain::edit, "structure edits in order: {add: \"dense:units=20\"}, {set: \"dense_1:units=30\"}, {remove: NAME}, ..."),
    field("validation", &Retrain::validation, "share of the rows that is held out to watch the training, of every class as much",
          range(0, 1, Ends::kOpenRight)),
    field("seed", &Retrain::seed, "of fresh weights, shuffling and dropout", range(0, 9e15)));

}  // namespace upkeep

namespace upkeep::actions {

static EditSteps edit_steps(const std::vector<Json>& edits) {
  EditSteps steps;
  for (const Json& edit : edits) {
    if (!edit.is_object() || edit.size() != 1 || !edit.begin().value().is_string())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is no edit", edit.dump()), "write {add: \"dense:units=20\"}");
    structure::catalog().at(edit.begin().key());
    steps.emplace_back(edit.begin().key(), edit.begin().value().get<std::string>());
  }
  return steps;
}

static Retrain checked(const Json& values) {
  Retrain options = parse<Retrain>(values);
  in_context("retrain.edit", [&] { edit_steps(options.edit); });
  return options;
}

// One edit per layer that has a kernel to penalise.
static EditSteps regularizer_steps(const Model& model, const std::string& regularizer) {
  EditSteps steps;
  if (regularizer.empty()) return steps;
  for (const LayerSpec& layer : architecture_of(model).layers) {
    const std::vector<Field>& fields = layers::catalog().at(layer.kind).settings.fields();
    if (!std::ranges::contains(fields, "kernel_regularizer", &Field::name)) continue;
    steps.emplace_back("set",
                       upkeep::format("{}:kernel_regularizer={}", layer.name, regularizer == "none" ? "null" : "\"" + regularizer + "\""));
  }
  return steps;
}

static Model with_fresh_weights(const Model& model, std::uint64_t seed) {
  const Architecture architecture = architecture_of(model);
  Model fresh = build_model(architecture, initial_weights(architecture, seed));
  carry_notes(model, fresh, Edit::kFreshWeights);
  return fresh;
}

static Compile compile_for(const Model& model, const Retrain& options) {
  const std::optional<Compile> compiled = compile_of(model);
  if (!compiled && options.loss.empty())
    throw Error(ErrorCode::kInvalidArgument, "the model was not compiled with a loss", "give retrain a loss, such as loss: mse");
  Compile compile = compiled.value_or(Compile{});
  if (!options.loss.empty() && compile.outputs.size() > 1)
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("which of {} outputs is the loss \"{}\" for?", compile.outputs.size(), options.loss),
                "a model with several outputs is retrained with the losses that it was compiled with");
  if (!options.loss.empty()) (compile.outputs.empty() ? compile.loss : compile.outputs.begin()->second.loss) = parse_named(options.loss);
  if (!options.optimizer.empty()) compile.optimizer = parse_named(options.optimizer);
  if (options.learning_rate) compile.optimizer.values["learning_rate"] = *options.learning_rate;
  if (options.learning_rate || !options.optimizer.empty()) compile.schedule.reset();
  return compile;
}

static Json last_epoch(const History& history) {
  Json figures = Json::object();
  for (const auto& [name, value] : history.kept())
    if (name != "seconds") figures[name] = std::isfinite(value) ? Json(value) : Json(nullptr);
  return figures;
}

// The version with floats behind the roundings of its layers; nullopt where it has no integers.
static std::optional<Model> opened_for(const Retrain& options, const Model& model) {
  if (!quantization::has_integers(model.graph)) return std::nullopt;
  if (!options.edit.empty() || !options.regularizer.empty() || options.from == "fresh")
    throw Error(ErrorCode::kUnsupported,
                "the version is quantised: its structure, penalties and fresh weights are those of its float parent",
                "retrain with from: current and no edits, or publish the float model again and let the action quantize follow retrain");
  std::optional<Model> open = quantization::opened(model);
  if (!open)
    throw Error(ErrorCode::kUnsupported, "the version is quantised in a form that does not train",
                "int8 weights behind DequantizeLinear do (static, weight-only); publish the float model again and let the action quantize "
                "follow retrain");
  return open;
}

static Candidate retrain(const ActionContext& context, const Json& values) {
  const Retrain options = checked(values);
  std::optional<Model> open = opened_for(options, context.model);
  const bool integers = open.has_value();
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const Compile compile = compile_for(context.model, options);
  EditSteps steps = edit_steps(options.edit);
  Model model = integers ? std::move(*open) : steps.empty() ? context.model : edit(context.model, steps, seed).model;
  if (const EditSteps penalties = regularizer_steps(model, options.regularizer); !penalties.empty()) {
    model = edit(model, penalties, seed).model;
    steps.insert(steps.end(), penalties.begin(), penalties.end());
  }
  if (options.from == "fresh") model = with_fresh_weights(model, seed);
  model.training_tensors.clear();
  set_training_record(model, {.compile = compile});

  Dataset data = dataset_for(model, context.data, context.columns);
  remember_columns(model, data, compile);
  FitOptions fit{.epochs = options.epochs, .batch_size = options.batch_size, .seed = seed};
  const std::int64_t rows = data.rows();
  if (options.validation > 0) {
    HeldOut parts = hold_out(std::move(data), options.validation, seed);
    data = std::move(parts.training);
    fit.validation = std::move(parts.validation);
  }
  Trainer trainer(layers::adapt_normalizations(std::move(model), data.inputs), compile);
  if (!options.schedule.empty()) fit.schedule = parse_named(options.schedule);
  const History history = trainer.fit(data, fit);

  Candidate candidate{.model = integers ? quantization::closed(trainer.model()) : trainer.model()};
  candidate.evidence = {{"rows", rows},           {"settings", to_json(options)},      {"compile", to_json(compile)},
                        {"edits", Json::array()}, {"last_epoch", last_epoch(history)}, {"through_roundings", integers}};
  for (const auto& [name, argument] : steps) candidate.evidence["edits"].push_back({{"edit", name}, {"argument", argument}});
  candidate.summary = upkeep::format("{} epochs on {} rows from {} weights, {} edits, seed {}{}", history.epochs.size(), rows, options.from,
                                     steps.size(), options.seed, integers ? ", through the roundings of its integers" : "");
  return candidate;
}

void add_retrain(ActionCatalog& catalog) {
  catalog.add({.name = "retrain",
               .help = settings<Retrain>.help(),
               .settings = settings<Retrain>,
               .check = [](const Json& values) { checked(values); },
               .run = retrain});
}

}  // namespace upkeep::actions
