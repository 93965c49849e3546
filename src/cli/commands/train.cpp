// upkeep train: fits a model to a table.

#include "analyze/learning_curves.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "cli/commands/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/models.hpp"
#include "cli/preparation.hpp"
#include "convert/formats/format.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/quantize/shared/training.hpp"
#include "train/callbacks/callback.hpp"
#include "train/known_signature.hpp"
#include "train/schedules/schedule.hpp"
#include "train/training_request.hpp"
#include "train/validation.hpp"

namespace upkeep::commands {

struct TrainOptions {
  std::string model;
  std::string weights;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> category;
  std::string impute;
  double validation = 0.0;
  std::string validation_data;
  std::string sample_weight;
  std::vector<std::string> class_weight;
  std::vector<std::string> loss;
  std::vector<std::string> loss_weights;
  std::string optimizer;
  std::vector<std::string> metrics;
  std::vector<std::string> freeze;
  std::vector<std::string> rates;
  std::string schedule;
  std::vector<std::string> callbacks;
  std::vector<std::string> augment;
  int loader_threads = 1;
  std::int64_t epochs = 10;
  std::int64_t batch_size = 32;
  std::optional<std::int64_t> seed;
  bool shuffle = true;
  bool keep_zeros = true;
  int threads = 0;
  std::string checkpoint;
  std::int64_t checkpoint_every = 1;
  bool resume = false;
  std::string output;
  std::string report;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::TrainOptions;

template <>
inline const Settings settings<TrainOptions> = describe<TrainOptions>(
    "train", "fit a model to a table",
    field("model", &TrainOptions::model, "a model file, an architecture (YAML, or Keras's JSON), or name@alias in --registry"),
    field("weights", &TrainOptions::weights, "start from the weights of this file (.npz, .safetensors)"),
    field("data", &TrainOptions::data,
          "table to train on: .csv, .parquet, .npz, or a folder of images by class; NAME:image_shape=8x8x1 makes images of pixel columns; "
          "more settings: "
          "`upkeep catalog data/sources`"),
    field("target", &TrainOptions::target,
          "column to predict; several with commas; OUTPUT=COLUMN for a model with several outputs "
          "(default: what the model was trained for, or the class of a folder of images)"),
    field("features", &TrainOptions::features,
          "columns to predict from; INPUT=COLUMN for a model with several inputs (default: every other numeric column)"),
    field("ignore", &TrainOptions::ignore, "columns to leave out"),
    field("category", &TrainOptions::category,
          "columns of texts or whole numbers whose values become one-hot vectors beside the features; an architecture gets the layers for "
          "it"),
    field("impute", &TrainOptions::impute,
          "what stands for missing numbers: mean, median, most-frequent (of the rows that train) or constant:value=NUMBER; becomes part of "
          "the model"),
    field("validation", &TrainOptions::validation,
          "share of the rows that is held out: drawn by --seed, of every class as much; of .npz arrays the last rows",
          range(0.0, 1.0, Ends::kOpenRight)),
    field("validation_data", &TrainOptions::validation_data, "a table to validate on instead"),
    field("sample_weight", &TrainOptions::sample_weight, "column of numbers by which the rows' losses are multiplied"),
    field("class_weight", &TrainOptions::class_weight,
          "CLASS=NUMBER,... by which the losses of a class's rows are multiplied, or balanced"),
    field("loss", &TrainOptions::loss,
          "a loss of `upkeep catalog train/losses`; OUTPUT=LOSS,... for a model with several outputs (default: what the model was compiled "
          "with)"),
    field("loss_weights", &TrainOptions::loss_weights, "OUTPUT=NUMBER,... of the outputs' losses in the sum (default: 1 each)"),
    field("optimizer", &TrainOptions::optimizer,
          "NAME or NAME:SETTING=VALUE,... of `upkeep catalog train/optimizers` (default: the model's, or adam)"),
    field("metrics", &TrainOptions::metrics, "metrics of `upkeep catalog metrics`, with commas"),
    field("freeze", &TrainOptions::freeze, "layers, or patterns over LAYER/WEIGHT, that are not trained"),
    field("rates", &TrainOptions::rates, "PATTERN=NUMBER,...: the learning rate of these weights times the number"),
    field("schedule", &TrainOptions::schedule,
          "learning rate by time or performance: `upkeep catalog train/schedules` (default: what the model was compiled with)"),
    field(
        "callbacks", &TrainOptions::callbacks,
        "NAME or NAME:SETTING=VALUE,... of `upkeep catalog train/callbacks`: early-stopping, rollback, model-checkpoint, csv-logger, ..."),
    field("augment", &TrainOptions::augment, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog data/augment`, in order"),
    field("loader_threads", &TrainOptions::loader_threads, "that augment in the background; the numbers do not depend on it",
          range(0, 1024)),
    field("epochs", &TrainOptions::epochs, "passes over the data", range(1, 1e9)),
    field("batch_size", &TrainOptions::batch_size, "rows in a step", range(1, 1e9)),
    field("seed", &TrainOptions::seed, "of weights, shuffling and dropout (default: a random one, which is printed)"),
    field("shuffle", &TrainOptions::shuffle, "shuffle the rows in each epoch"),
    field("keep_zeros", &TrainOptions::keep_zeros, "keep pruned weights at zero"),
    field("threads", &TrainOptions::threads, "of the runtime; 0: one per core (with --resume: as many as before)", range(0, 1024)),
    field("checkpoint", &TrainOptions::checkpoint,
          "file to go on from after a stop; an ONNX model, written atomically, never over another run's"),
    field("checkpoint_every", &TrainOptions::checkpoint_every, "time between checkpoints", "epochs", range(1, 1e9)),
    field("resume", &TrainOptions::resume, "go on from --checkpoint, bit for bit"),
    field("output", &TrainOptions::output, "where the trained model goes: .onnx, .h5, ..."),
    field("report", &TrainOptions::report, "an HTML page with the learning curves"),
    field("registry", &TrainOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

TrainingRequest request_of(const TrainOptions& options) {
  return {.target = options.target,
          .features = options.features,
          .ignore = options.ignore,
          .sample_weight = options.sample_weight,
          .loss = options.loss,
          .loss_weights = options.loss_weights,
          .optimizer = options.optimizer,
          .schedule = options.schedule,
          .metrics = options.metrics,
          .freeze = options.freeze,
          .rates = options.rates};
}

// The validation table needs the columns that the training table has been found to have.
TrainingRequest with_columns(TrainingRequest request, const Dataset& data) {
  request.features = data.feature_names;
  request.target = data.target_names;
  request.ignore.clear();
  return request;
}

// Keras counts some schedules among its callbacks.
NamedSettings callback_of(const std::string& text) {
  NamedSettings callback = parse_named(text);
  const schedules::ScheduleEntry* schedule = schedules::catalog().find(callback.name);
  if (schedule && !callbacks::catalog().find(callback.name))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is a schedule, not a callback", callback.name),
                "write --schedule " + schedule->name);
  return callback;
}

FitOptions fit_options(const TrainOptions& options, std::uint64_t seed) {
  FitOptions fit{.epochs = options.epochs,
                 .batch_size = options.batch_size,
                 .shuffle = options.shuffle,
                 .seed = seed,
                 .checkpoint = options.checkpoint,
                 .checkpoint_every = options.checkpoint_every,
                 .resume = options.resume,
                 .threads = options.threads,
                 .keep_zeros = options.keep_zeros};
  if (!options.schedule.empty()) fit.schedule = parse_named(options.schedule);
  for (const std::string& augmenter : options.augment) fit.augment.push_back(parse_named(augmenter));
  fit.loader_threads = options.loader_threads;
  for (const std::string& callback : options.callbacks) fit.callbacks.push_back(callback_of(callback));
  return fit;
}

// What is said of a run beside its history.
struct Facts {
  std::uint64_t seed = 0;
  int threads = 0;
  std::string left_out;
  std::int64_t rows = 0;
  std::int64_t validation_rows = 0;
  double seconds = 0;
};

Json result_of(const TrainOptions& options, const History& history, const Compile& compile, const Facts& facts) {
  Json series = Json::object();
  if (!history.epochs.empty())
    for (const auto& [name, value] : history.epochs.front()) {
      Json list = Json::array();
      for (double one : history.series(name)) list.push_back(json_number(one));
      series[name] = std::move(list);
    }
  Json events = Json::array();
  for (const TrainingEvent& event : history.events)
    events.push_back({{"epoch", event.epoch}, {"batch", event.batch}, {"kind", event.kind}, {"text", event.text}});
  return {{"output", options.output},
          {"seed", facts.seed},
          {"threads", facts.threads},
          {"rows", facts.rows},
          {"left_out", facts.left_out},
          {"validation_rows", facts.validation_rows},
          {"seconds", facts.seconds},
          {"compile", to_json(compile)},
          {"history", std::move(series)},
          {"kept_epoch", history.best ? *history.best + 1 : history.epochs.size()},
          {"figures", to_json_figures(history.kept())},
          {"events", std::move(events)}};
}

void say(const TrainOptions& options, const History& history, const Facts& facts, Output& output) {
  if (history.best) output.text(upkeep::format("epoch {} of {} is kept:", *history.best + 1, history.epochs.size()));
  if (!history.epochs.empty()) output.text(to_text(history.kept()));
  output.text(upkeep::format("{} epochs on {} rows in {:.1f} s, {} threads{}", history.epochs.size(), facts.rows, facts.seconds,
                             facts.threads, options.output.empty() ? std::string() : ", saved " + options.output));
}

// Of the table to validate on: the same columns, and the classes by the numbers that they have in the table to train on.
Dataset validation_data(Model model, const Dataset& training, const TrainOptions& options, const TrainingRequest& request,
                        const Compile& compile) {
  remember_columns(model, training, compile);
  return training_data_for(model, options.validation_data, with_columns(request, training), compile);
}

// What trains, and what is held out (in `fit`).
Dataset hold_out_rows(Dataset data, const TrainOptions& options, std::uint64_t seed, FitOptions& fit) {
  if (options.validation == 0 || fit.validation) return data;
  HeldOut parts = hold_out(std::move(data), options.validation, seed);
  fit.validation = std::move(parts.validation);
  return std::move(parts.training);
}

int train(const TrainOptions& options, const Ordered&, Output& output) {
  const Stopwatch watch;
  const std::uint64_t seed = seed_or_random(options.seed);
  TrainingRequest request = request_of(options);
  const bool columns_given = !request.features.empty();
  const Table table = load_table(options.data);
  const Preparation preparation({.model = options.model,
                                 .registry = options.registry,
                                 .weights = options.weights,
                                 .category = options.category,
                                 .impute = options.impute,
                                 .seed = seed},
                                table, request);
  const Model& seen = preparation.model();
  const Compile compile = compile_for(seen, request);
  FitOptions fit = fit_options(options, seed);
  Dataset all = in_context(options.data, [&] { return training_data_for(seen, table, request, compile); });
  const std::string unread = columns_given || !feature_columns(signature_of(seen)).empty() ? "" : left_out(table, request, all);
  if (!unread.empty()) note("columns left out: " + unread);
  if (!options.validation_data.empty()) fit.validation = validation_data(seen, all, options, request, compile);
  const Dataset data = hold_out_rows(std::move(all), options, seed, fit);
  fit.class_weights = class_weights_for(options.class_weight, data);
  Model model = in_context(options.data, [&] { return preparation.learned_from(data, compile); });
  std::optional<Model> integers = quantization::opened(model);
  if (integers) note("layers of integers are trained through their roundings, and written as integers again");
  Trainer trainer(integers ? std::move(*integers) : std::move(model), compile);
  if (!options.seed) note(upkeep::format("seed {}", seed));
  const Interrupt interrupt;
  fit.stop = [&] { return interrupt.received(); };
  const History history = trainer.fit(data, fit);

  const Model trained = integers ? quantization::closed(trainer.model()) : trainer.model();
  if (!options.output.empty()) save_model(trained, options.output);
  if (!options.report.empty()) write_file(options.report, learning_curves_page(options.model, history));
  const Facts facts{.seed = seed,
                    .threads = trainer.threads(),
                    .left_out = unread,
                    .rows = data.rows(),
                    .validation_rows = fit.validation ? fit.validation->rows() : 0,
                    .seconds = watch.seconds()};
  output.result(result_of(options, history, compile, facts));
  say(options, history, facts, output);
  if (interrupt.received()) {
    note("stopped by a signal; the model so far was kept");
    return 1;
  }
  return 0;
}

}  // namespace

void add_train(CommandCatalog& catalog) {
  catalog.add(entry<TrainOptions>(
      "train", {"model"}, {"model", "data"},
      {"upkeep train net.yaml --data d.csv --target y --validation 0.2 --loss mse --optimizer adam:learning_rate=0.001 "
       "--metrics mae --epochs 100 --output model.onnx",
       "upkeep train model.onnx --data d.csv --epochs 20 --schedule reduce-on-plateau:patience=5 --checkpoint run.ckpt "
       "--output better.onnx",
       "upkeep train net.yaml --data d.csv --target y --loss mse --checkpoint run.ckpt --resume --output model.onnx",
       "upkeep train net.yaml --data d.csv --target y --loss mse --validation 0.2 --epochs 500 --callbacks "
       "rollback,early-stopping:patience=20,restore_best_weights=true --output model.onnx",
       "upkeep train two.yaml --data d.csv --target left=y1,right=y2 --loss left=mse,right=mae --loss-weights right=0.5 "
       "--output model.onnx"},
      train));
}

}  // namespace upkeep::commands
