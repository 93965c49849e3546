// upkeep train: fits a model to a table.

#include <csignal>

#include "analyze/learning_curves.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "convert/formats/format.hpp"
#include "layers/architecture.hpp"
#include "layers/normalization_adapt.hpp"
#include "train/losses/loss.hpp"

namespace upkeep::commands {

struct TrainOptions {
  std::string model;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  double validation = 0.0;
  std::string validation_data;
  std::string loss;
  std::string optimizer;
  std::vector<std::string> metrics;
  std::string schedule;
  std::int64_t epochs = 10;
  std::int64_t batch_size = 32;
  std::optional<std::int64_t> seed;
  bool shuffle = true;
  bool keep_zeros = true;
  int threads = 1;
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
    field("data", &TrainOptions::data, "table to train on: .csv, .parquet or .npz"),
    field("target", &TrainOptions::target, "column to predict; several with commas (default: what the model was trained for)"),
    field("features", &TrainOptions::features, "columns to predict from (default: every other numeric column)"),
    field("ignore", &TrainOptions::ignore, "columns to leave out"),
    field("validation", &TrainOptions::validation, "last part of the rows, held out", range(0.0, 1.0, Ends::kOpenRight)),
    field("validation_data", &TrainOptions::validation_data, "a table to validate on instead"),
    field("loss", &TrainOptions::loss, "a loss of `upkeep catalog train/losses` (default: what the model was compiled with)"),
    field("optimizer", &TrainOptions::optimizer,
          "NAME or NAME:SETTING=VALUE,... of `upkeep catalog train/optimizers` (default: the model's, or adam)"),
    field("metrics", &TrainOptions::metrics, "metrics of `upkeep catalog metrics`, with commas"),
    field("schedule", &TrainOptions::schedule, "learning rate by time or performance: `upkeep catalog train/schedules`"),
    field("epochs", &TrainOptions::epochs, "passes over the data", range(1, 1e9)),
    field("batch_size", &TrainOptions::batch_size, "rows in a step", range(1, 1e9)),
    field("seed", &TrainOptions::seed, "of weights, shuffling and dropout (default: a random one, which is printed)"),
    field("shuffle", &TrainOptions::shuffle, "shuffle the rows in each epoch"),
    field("keep_zeros", &TrainOptions::keep_zeros, "keep pruned weights at zero"),
    field("threads", &TrainOptions::threads, "of the runtime", range(1, 1024)),
    field("checkpoint", &TrainOptions::checkpoint, "file to go on from after a stop; an ONNX model, written atomically"),
    field("checkpoint_every", &TrainOptions::checkpoint_every, "time between checkpoints", "epochs", range(1, 1e9)),
    field("resume", &TrainOptions::resume, "go on from --checkpoint, bit for bit"),
    field("output", &TrainOptions::output, "where the trained model goes: .onnx, .h5, ..."),
    field("report", &TrainOptions::report, "an HTML page with the learning curves"),
    field("registry", &TrainOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

volatile std::sig_atomic_t interrupted = 0;

NamedSettings compiled_or(const std::string& text, const std::optional<NamedSettings>& compiled, const char* fallback, const char* flag) {
  if (!text.empty()) return parse_named(text);
  if (compiled) return *compiled;
  if (fallback) return {fallback};
  throw Error(ErrorCode::kInvalidArgument, "the model says no loss to train with",
              upkeep::format("give {} NAME, such as {} mse", flag, flag));
}

Compile compile_for(const Model& model, const TrainOptions& options) {
  const std::optional<Compile> compiled = compile_of(model);
  const auto part = [&](auto member) { return compiled ? std::optional((*compiled).*member) : std::nullopt; };
  Compile compile;
  compile.loss = compiled_or(options.loss, part(&Compile::loss), nullptr, "--loss");
  compile.optimizer = compiled_or(options.optimizer, part(&Compile::optimizer), "adam", "--optimizer");
  compile.metrics = !options.metrics.empty() || !compiled ? options.metrics : compiled->metrics;
  return compile;
}

FitOptions fit_options(const TrainOptions& options, std::uint64_t seed) {
  FitOptions fit{.epochs = options.epochs,
                 .batch_size = options.batch_size,
                 .validation_split = options.validation,
                 .shuffle = options.shuffle,
                 .seed = seed,
                 .checkpoint = options.checkpoint,
                 .checkpoint_every = options.checkpoint_every,
                 .resume = options.resume,
                 .threads = options.threads,
                 .keep_zeros = options.keep_zeros};
  if (!options.schedule.empty()) fit.schedule = parse_named(options.schedule);
  fit.stop = [] { return interrupted != 0; };
  return fit;
}

Json result_of(const TrainOptions& options, const History& history, const Compile& compile, std::uint64_t seed, double seconds) {
  Json series = Json::object();
  if (!history.epochs.empty())
    for (const auto& [name, value] : history.epochs.front()) {
      Json list = Json::array();
      for (double one : history.series(name)) list.push_back(json_number(one));
      series[name] = std::move(list);
    }
  return {{"output", options.output}, {"seed", seed}, {"seconds", seconds}, {"compile", to_json(compile)}, {"history", std::move(series)}};
}

int train(const TrainOptions& options, const Ordered&, Output& output) {
  const Stopwatch watch;
  const std::uint64_t seed = seed_or_random(options.seed);
  Model model = open_model(options.model, options.registry, seed);
  const Compile compile = compile_for(model, options);
  const losses::LossEntry& loss = losses::catalog().at(compile.loss.name);
  const DataColumns columns{options.target, options.features, options.ignore, loss.integer_targets};
  if (options.target.empty() && metadata_list(model, kTargetKey).empty())
    throw Error(ErrorCode::kInvalidArgument, "no column to predict", "give --target COLUMN");
  const Dataset data = load_dataset(model, options.data, columns);
  FitOptions fit = fit_options(options, seed);
  if (!options.validation_data.empty())
    fit.validation = load_dataset(model, options.validation_data, {data.target_names, data.feature_names, {}, loss.integer_targets});

  remember_columns(model, data);
  model = layers::adapt_normalizations(std::move(model), data.inputs);
  Trainer trainer(std::move(model), compile);
  if (!options.seed) note(upkeep::format("seed {}", seed));
  interrupted = 0;
  const auto before = std::signal(SIGINT, [](int) { interrupted = 1; });
  const History history = trainer.fit(data, fit);
  std::signal(SIGINT, before);

  const Model trained = trainer.model();
  if (!options.output.empty()) save_model(trained, options.output);
  if (!options.report.empty()) write_file(options.report, learning_curves_page(options.model, history));
  output.result(result_of(options, history, compile, seed, watch.seconds()));
  if (!history.epochs.empty()) output.text(to_text(history.epochs.back()));
  output.text(upkeep::format("{} epochs in {:.1f} s{}", history.epochs.size(), watch.seconds(),
                             options.output.empty() ? std::string() : ", saved " + options.output));
  if (interrupted != 0) {
    note("stopped by a signal; the model so far was kept");
    return 1;
  }
  return 0;
}

}  // namespace

void add_train(CommandCatalog& catalog) {
  catalog.add(
      entry<TrainOptions>("train", {"model"}, {"model", "data"},
                          {"upkeep train net.yaml --data d.csv --target y --validation 0.2 --loss mse --optimizer adam:learning_rate=0.001 "
                           "--metrics mae --epochs 100 --output model.onnx",
                           "upkeep train model.onnx --data d.csv --epochs 20 --schedule reduce-on-plateau:patience=5 --checkpoint run.ckpt "
                           "--output better.onnx",
                           "upkeep train net.yaml --data d.csv --target y --loss mse --checkpoint run.ckpt --resume --output model.onnx"},
                          train));
}

}  // namespace upkeep::commands
