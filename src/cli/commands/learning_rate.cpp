// upkeep learning-rate: the learning-rate range test.

#include "analyze/rate_range_page.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/preparation.hpp"
#include "train/training_request.hpp"

namespace upkeep::commands {

struct LearningRateOptions {
  std::string model;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> loss;
  std::string optimizer;
  double lowest = 1e-7;
  double highest = 10;
  std::int64_t steps = 200;
  std::int64_t batch_size = 32;
  std::optional<std::int64_t> seed;
  int threads = 0;
  std::string report;
  std::string registry;
  std::vector<std::string> category;
  std::string impute;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::LearningRateOptions;

template <>
inline const Settings settings<LearningRateOptions> = describe<LearningRateOptions>(
    "learning-rate", "raise the learning rate step by step on a copy of a model, plot the loss and suggest a rate",
    field("model", &LearningRateOptions::model, "a model file, an architecture, or name@alias in --registry; it is not changed"),
    field("data", &LearningRateOptions::data, "table to train on: .csv, .parquet or .npz"),
    field("target", &LearningRateOptions::target, "column to predict (default: what the model was trained for)"),
    field("features", &LearningRateOptions::features,
          "columns to predict from; INPUT=COLUMN for a model with several inputs (default: every other numeric column)"),
    field("ignore", &LearningRateOptions::ignore, "columns to leave out"),
    field("loss", &LearningRateOptions::loss, "a loss of `upkeep catalog train/losses` (default: what the model was compiled with)"),
    field("optimizer", &LearningRateOptions::optimizer,
          "an optimizer of `upkeep catalog train/optimizers` (default: the model's, or adam)"),
    field("lowest", &LearningRateOptions::lowest, "first rate", range(0.0, 1e6, Ends::kOpenLeft)),
    field("highest", &LearningRateOptions::highest, "last rate", range(0.0, 1e6, Ends::kOpenLeft)),
    field("steps", &LearningRateOptions::steps, "batches", range(10, 1e9)),
    field("batch_size", &LearningRateOptions::batch_size, "rows in a step", range(1, 1e9)),
    field("seed", &LearningRateOptions::seed, "of weights, shuffling and dropout (default: a random one, which is printed)"),
    field("threads", &LearningRateOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("report", &LearningRateOptions::report, "an HTML page with the plot"),
    field("registry", &LearningRateOptions::registry, "registry folder, for name@alias"),
    field("category", &LearningRateOptions::category, "columns that only tell things apart, as `upkeep train` takes them"),
    field("impute", &LearningRateOptions::impute, "what stands for a missing number, as `upkeep train` takes it"));

}  // namespace upkeep

namespace upkeep::commands {

static int learning_rate(const LearningRateOptions& options, const Ordered&, Output& output) {
  const std::uint64_t seed = seed_or_random(options.seed);
  TrainingRequest request{.target = options.target,
                          .features = options.features,
                          .ignore = options.ignore,
                          .loss = options.loss,
                          .optimizer = options.optimizer};
  const Table table = load_table(options.data);
  const Preparation preparation({.model = options.model,
                                 .registry = options.registry,
                                 .weights = {},
                                 .category = options.category,
                                 .impute = options.impute,
                                 .seed = seed},
                                table, request);
  const Compile compile = compile_for(preparation.model(), request);
  const Dataset data = in_context(options.data, [&] { return training_data_for(preparation.model(), table, request, compile); });
  const Model model = in_context(options.data, [&] { return preparation.learned_from(data, compile); });
  if (!options.seed) note(upkeep::format("seed {}", seed));
  const RateRange range = learning_rate_range(model, compile, data,
                                              {.lowest = options.lowest,
                                               .highest = options.highest,
                                               .steps = options.steps,
                                               .batch_size = options.batch_size,
                                               .seed = seed,
                                               .threads = options.threads});
  if (!options.report.empty()) write_file(options.report, rate_range_page(options.model, range));
  output.result({{"suggestion", range.suggestion},
                 {"falls", range.falls},
                 {"steepest_at", range.steepest_at},
                 {"lowest_at", range.lowest_at},
                 {"ended", range.ended},
                 {"seed", seed},
                 {"rates", range.rates},
                 {"losses", range.losses},
                 {"smoothed", range.smoothed}});
  output.text(upkeep::format("suggested learning rate {:.3g}  (steepest fall at {:.3g}, lowest loss at {:.3g}; {})", range.suggestion,
                             range.steepest_at, range.lowest_at, range.ended));
  if (!range.falls) note("the loss fell nowhere by more than its noise: take the suggestion with care");
  return 0;
}

void add_learning_rate(CommandCatalog& catalog) {
  catalog.add(
      entry<LearningRateOptions>("train", {"model"}, {"model", "data"},
                                 {"upkeep learning-rate net.yaml --data d.csv --target y --loss mse --report rate.html",
                                  "upkeep learning-rate model.onnx --data d.csv --optimizer sgd:momentum=0.9 --lowest 1e-5 --highest 1"},
                                 learning_rate));
}

}  // namespace upkeep::commands
