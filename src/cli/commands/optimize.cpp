// upkeep optimize: the search for a smaller or faster model that is still accepted.

#include "analyze/search_page.hpp"
#include "base/duration.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"
#include "train/training_request.hpp"
#include "train/validation.hpp"

namespace upkeep::commands {

struct OptimizeOptions {
  std::string model;
  std::string output;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> accept;
  std::string goal = "latency";
  std::string budget = "10m";
  double validation = 0.25;
  std::vector<std::string> loss;
  std::string optimizer;
  std::int64_t epochs = 3;
  std::int64_t batch_size = 32;
  double step = 0.3;
  std::string method = "taylor";
  std::int64_t seed = 0;
  int threads = 0;
  std::string checkpoint;
  std::string report;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::OptimizeOptions;

template <>
inline const Settings settings<OptimizeOptions> = describe<OptimizeOptions>(
    "optimize",
    "search for the smallest or fastest model that is still accepted: fold, quantise, leave blocks and channels out and train on",
    field("model", &OptimizeOptions::model, "a model file, or name@alias in --registry"),
    field("output", &OptimizeOptions::output, "where the chosen model goes; nothing is written when none is accepted"),
    field("data", &OptimizeOptions::data, "rows with their targets: a part is held out to judge, the others train and calibrate"),
    field("target", &OptimizeOptions::target, "column to predict (default: what the model was trained for)"),
    field("features", &OptimizeOptions::features, "columns to predict from (default: the model's)"),
    field("ignore", &OptimizeOptions::ignore, "columns to leave out"),
    field(
        "accept", &OptimizeOptions::accept,
        "what may change on the rows held out, METRIC:CHANGE: accuracy:-0.01, mae:+2%, latency:-20% (at least); the 95 % interval decides"),
    field("goal", &OptimizeOptions::goal, "what the chosen one is best in; size is that of the zipped file", one_of({"latency", "size"})),
    field("budget", &OptimizeOptions::budget, "time after which nothing new is begun: 90s, 10m, 2h"),
    field("validation", &OptimizeOptions::validation, "part of the rows that is held out", range(0.0, 1.0, Ends::kOpen)),
    field("loss", &OptimizeOptions::loss, "a loss of `upkeep catalog train/losses` (default: what the model was compiled with)"),
    field("optimizer", &OptimizeOptions::optimizer, "an optimizer of `upkeep catalog train/optimizers` (default: the model's, or adam)"),
    field("epochs", &OptimizeOptions::epochs, "of training after each removal of a residual block or of channels", range(1, 1e6)),
    field("batch_size", &OptimizeOptions::batch_size, "rows in a training step", range(1, 1e9)),
    field("step", &OptimizeOptions::step, "part of the channels that are left which goes each time", range(0.0, 1.0, Ends::kOpen)),
    field("method", &OptimizeOptions::method, "of `upkeep catalog optimize/prune`: how channels are ranked"),
    field("seed", &OptimizeOptions::seed, "of the rows held out, the training and the intervals", range(0, 1e15)),
    field("threads", &OptimizeOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("checkpoint", &OptimizeOptions::checkpoint, "a folder that keeps what was trained: the same command goes on from there"),
    field("report", &OptimizeOptions::report, "an HTML page with the candidates and their front"),
    field("registry", &OptimizeOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

std::string candidate_table(const SearchResult& result) {
  std::vector<std::vector<std::string>> rows{{"candidate", "judgement", "metric", "change", "zipped", "ms", "faster", ""}};
  for (std::size_t i = 0; i < result.candidates.size(); ++i) {
    const SearchCandidate& one = result.candidates[i];
    if (!one.verdict) {
      rows.push_back({one.name, "not made", "", "", "", "", "", ""});
      continue;
    }
    const Finding &metric = one.verdict->findings.front(), &zipped = *finding_of(one, "zipped"), &latency = *finding_of(one, "latency");
    rows.push_back({one.name, std::string(to_string(one.verdict->judgement())), number(metric.after),
                    std::isfinite(metric.low) ? upkeep::format("[{:+.3g}, {:+.3g}]", metric.low, metric.high) : "too few rows",
                    short_bytes(zipped.after), number(latency.after), upkeep::format("{:.2f}x", latency.before / latency.after),
                    result.best == i ? "chosen"
                    : one.front      ? "front"
                                     : ""});
  }
  return text_table(rows);
}

std::vector<Limit> limits_of(const OptimizeOptions& options) {
  if (options.accept.empty())
    throw Error(ErrorCode::kInvalidArgument, "what may the model lose?", "give --accept METRIC:CHANGE, such as accuracy:-0.01 or mae:+2%");
  return in_context("--accept", [&] { return parse_acceptances(options.accept); });
}

// Candidates are trained on where somebody says how; else only what needs no training is tried.
std::optional<Compile> compile_of_search(const OptimizeOptions& options, const Model& model, const TrainingRequest& request) {
  if (options.loss.empty() && !compile_of(model)) {
    note("neither the model nor --loss says how it is trained: no channels are taken out");
    return std::nullopt;
  }
  return compile_for(model, request);
}

int run_optimize(const OptimizeOptions& options, const Ordered&, Output& output) {
  const std::vector<Limit> limits = limits_of(options);
  const std::chrono::seconds budget = in_context("--budget", [&] { return duration_from_text(options.budget); });
  if (options.data.empty()) throw Error(ErrorCode::kInvalidArgument, "candidates are judged on rows", "give them with --data FILE");
  expect_graph_file(options.output);
  const Model model = open_model(options.model, options.registry);
  const TrainingRequest request{.target = options.target,
                                .features = options.features,
                                .ignore = options.ignore,
                                .loss = options.loss,
                                .optimizer = options.optimizer};
  const std::optional<Compile> compile = compile_of_search(options, model, request);
  const Dataset data =
      compile ? training_data_for(model, options.data, request, *compile)
              : judged_data(
                    model,
                    {.accept = {}, .data = options.data, .target = options.target, .features = options.features, .ignore = options.ignore});
  const HeldOut parts = hold_out(data, options.validation, static_cast<std::uint64_t>(options.seed));
  const Goal goal = options.goal == "size" ? Goal::kSize : Goal::kLatency;
  const Interrupt interrupt;
  SearchResult result = search(model, parts.training, parts.validation,
                               {.limits = limits,
                                .goal = goal,
                                .budget_seconds = static_cast<double>(budget.count()),
                                .compile = compile,
                                .epochs = options.epochs,
                                .batch_size = options.batch_size,
                                .step = options.step,
                                .method = options.method,
                                .seed = static_cast<std::uint64_t>(options.seed),
                                .threads = options.threads,
                                .checkpoint = options.checkpoint,
                                .on_step = [](const std::string& what) { note(what); },
                                .stop = [&] { return interrupt.received(); }});
  Json document = to_json(result);
  output.text(candidate_table(result));
  for (const SearchCandidate& one : result.candidates)
    if (!one.verdict) note(one.name + ": " + one.problem);
  if (result.out_of_budget) note("the budget of " + options.budget + " is over: a longer one, or --checkpoint, may find more");
  if (!options.report.empty()) write_file(options.report, search_page(options.model, model, result, goal));
  document["output"] = result.best ? Json(options.output) : Json();
  output.result(document);
  if (!result.best) {
    note("no candidate was accepted; nothing was written");
    return kRefusedExit;
  }
  SearchCandidate& best = result.candidates[*result.best];
  record_acceptance(best.model, model, *best.verdict, "optimize: " + join(best.steps),
                    std::filesystem::path(options.data).filename().string());
  save_model(best.model, options.output);
  output.text(
      upkeep::format("{}: {} of {} rows held out judged it, saved {}", best.name, parts.validation.rows(), data.rows(), options.output));
  return 0;
}

}  // namespace

void add_optimize(CommandCatalog& catalog) {
  catalog.add(
      entry<OptimizeOptions>("optimise", {"model", "output"}, {"model", "output"},
                             {"upkeep optimize model.onnx small.onnx --data d.npz --accept accuracy:-0.01 --goal size --report front.html",
                              "upkeep optimize model.onnx fast.onnx --data d.csv --target y --accept mae:+2% --goal latency --budget 5m"},
                             run_optimize));
}

}  // namespace upkeep::commands
