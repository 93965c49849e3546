// upkeep evaluate: loss and metrics of a model on a table.

#include "analyze/evaluation.hpp"
#include "base/cores.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "train/columns.hpp"
#include "train/not_finite.hpp"
#include "train/training_request.hpp"

namespace upkeep::commands {

struct EvaluateOptions {
  std::string model;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> loss;
  std::vector<std::string> metrics;
  std::string slice;
  std::string report;
  double confidence = 0.95;
  std::int64_t batch_size = 256;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::EvaluateOptions;

template <>
inline const Settings settings<EvaluateOptions> = describe<EvaluateOptions>(
    "evaluate", "loss and metrics of a model on a table",
    field("model", &EvaluateOptions::model, "a model file, or name@alias in --registry"),
    field("data", &EvaluateOptions::data,
          "table with the targets: .csv, .parquet or .npz; NAME:separator=; and others of `upkeep catalog data/sources`"),
    field("target", &EvaluateOptions::target,
          "column that was predicted (default: the model's own); OUTPUT=COLUMN,... for a model with several outputs"),
    field("features", &EvaluateOptions::features,
          "columns to predict from; INPUT=COLUMN for a model with several inputs (default: the model's own)"),
    field("ignore", &EvaluateOptions::ignore, "columns to leave out"),
    field("loss", &EvaluateOptions::loss,
          "a loss; OUTPUT=LOSS,... for a model with several outputs (default: what the model was compiled with)"),
    field("metrics", &EvaluateOptions::metrics, "metrics, with commas (default: what the model was compiled with)"),
    field("slice", &EvaluateOptions::slice, "a column: every metric for each of its values too"),
    field("report", &EvaluateOptions::report, "an HTML page: metrics with intervals, predictions, residuals, slices"),
    field("confidence", &EvaluateOptions::confidence, "of the intervals", range(0.5, 1.0, Ends::kOpen)),
    field("batch_size", &EvaluateOptions::batch_size, "rows in a run", range(1, 1e9)),
    field("threads", &EvaluateOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &EvaluateOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

TrainingRequest request_of(const EvaluateOptions& options) {
  TrainingRequest request;
  request.target = options.target;
  request.features = options.features;
  request.ignore = options.ignore;
  request.loss = options.loss;
  request.metrics = options.metrics;
  request.trains = false;
  return request;
}

// The model's own compile settings with what the command line changes; none when neither names a loss that is known here.
std::optional<Compile> compile_for(const Model& model, const EvaluateOptions& options) {
  const std::optional<Compile> compiled = compile_of(model);
  if (options.loss.empty() && (!compiled || (compiled->outputs.empty() && compiled->foreign.contains(compiled->loss.name))))
    return std::nullopt;
  return upkeep::compile_for(model, request_of(options));
}

// Says which rows the figures leave out.
Json report_unanswered(const Dataset& data, const std::vector<std::int64_t>& unanswered) {
  if (!unanswered.empty()) note(describe_unanswered(data, unanswered) + "; the figures are of the others");
  return row_numbers(data, unanswered);
}

// Of several outputs, the figures that training gives of them.
int say_outputs(const Evaluation& evaluation, const Json& unanswered, int threads, Output& output) {
  const JudgedFigures& judged = evaluation.outputs;
  Json unknown = Json::object();
  for (const auto& [figure, why] : judged.unknown) unknown[figure] = why;
  output.result({{"rows", evaluation.rows},
                 {"threads", threads_or_cores(threads)},
                 {"metrics", to_json_figures(judged.figures)},
                 {"unknown", unknown},
                 {"unanswered", unanswered}});
  output.text(upkeep::format("{} rows  {}", evaluation.rows, to_text(judged.figures)));
  for (const auto& [figure, why] : judged.unknown) output.text(upkeep::format("{} is unknown: {}", figure, why));
  return 0;
}

std::string table_of(const std::vector<Estimate>& estimates, double confidence) {
  const std::string percent = upkeep::format("{:g} %", 100 * confidence);
  std::vector<std::vector<std::string>> rows{{"metric", "value", percent + " low", percent + " high"}};
  for (const Estimate& one : estimates) rows.push_back({one.metric, number(one.value), number(one.low), number(one.high)});
  return text_table(rows);
}

std::string table_of(const Analysis& analysis) {
  std::vector<std::vector<std::string>> rows{{analysis.slice, "rows"}};
  for (const Estimate& one : analysis.metrics) rows.front().push_back(one.metric);
  for (const Slice& slice : analysis.slices) {
    rows.push_back({slice.value, std::to_string(slice.rows)});
    for (const Estimate& one : slice.metrics)
      rows.back().push_back(upkeep::format("{} [{}, {}]", number(one.value), number(one.low), number(one.high)));
  }
  return text_table(rows);
}

// With targets for the losses, where these are known.
Dataset data_for(const Model& model, const Table& table, const EvaluateOptions& options, const std::optional<Compile>& compile) {
  if (compile) return training_data_for(model, table, request_of(options), *compile);
  if (options.target.empty() && own_targets(model).empty())
    throw Error(ErrorCode::kInvalidArgument, "no column to compare with", "give --target COLUMN");
  return dataset_for(model, table, {.targets = options.target, .features = options.features, .ignore = options.ignore});
}

int run_evaluate(const EvaluateOptions& options, const Ordered&, Output& output) {
  const Model model = open_model(options.model, options.registry);
  const std::optional<Compile> compile = compile_for(model, options);
  const bool several = compile && !compile->outputs.empty();
  if (several && (!options.slice.empty() || !options.report.empty()))
    throw Error(ErrorCode::kUnsupported, "slices and reports are of models that are trained on one output", "evaluate without them");
  const Table table = load_table(options.data);
  const Dataset data = in_context(options.data, [&] { return data_for(model, table, options, compile); });
  AnalysisOptions how{.metrics = options.metrics,
                      .slice = options.slice,
                      .slice_values = {},
                      .confidence = options.confidence,
                      .batch_size = options.batch_size,
                      .threads = options.threads};
  if (!options.slice.empty()) how.slice_values = in_context(options.data, [&] { return slices_of(table, data, options.slice); });
  const Evaluation evaluation = evaluate(model, compile, data, how);
  const Json unanswered = report_unanswered(data, evaluation.unanswered);
  if (several) return say_outputs(evaluation, unanswered, options.threads, output);
  const Analysis& analysis = *evaluation.analysis;
  if (!options.report.empty()) write_file(options.report, analysis_page(options.model, analysis));

  const Figures loss = evaluation.loss ? Figures{{"loss", *evaluation.loss}} : Figures();
  Json figures = to_json_figures(loss);
  for (const Estimate& one : analysis.metrics) figures[one.metric] = json_number(one.value);
  output.result({{"rows", analysis.rows},
                 {"threads", threads_or_cores(options.threads)},
                 {"metrics", std::move(figures)},
                 {"analysis", to_json(analysis)},
                 {"unanswered", unanswered}});
  output.text(upkeep::format("{} rows{}{}", analysis.rows, loss.empty() ? "" : "  ", to_text(loss)));
  output.text(table_of(analysis.metrics, analysis.confidence));
  for (const Estimate& one : analysis.metrics)
    if (!one.unknown.empty()) output.text(upkeep::format("{} is unknown: {}", one.metric, one.unknown));
    else if (!one.definition.empty()) output.text(upkeep::format("{}: {}", one.metric, one.definition));
  if (!options.slice.empty()) output.text("\n" + table_of(analysis));
  if (!options.report.empty()) output.text("saved " + options.report);
  return 0;
}

}  // namespace

void add_evaluate(CommandCatalog& catalog) {
  catalog.add(entry<EvaluateOptions>("train", {"model"}, {"model", "data"},
                                     {"upkeep evaluate model.onnx --data test.csv --metrics mse,mae --slice region --report report.html",
                                      "upkeep evaluate price@production --registry reg --data test.csv --json"},
                                     run_evaluate));
}

}  // namespace upkeep::commands
