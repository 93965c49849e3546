// upkeep predict: a model's answers for the rows of a table.

#include "analyze/answered_classes.hpp"
#include "base/cores.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/answers.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "data/rows.hpp"
#include "graph/embedding.hpp"
#include "graph/signature.hpp"
#include "train/not_finite.hpp"

namespace upkeep::commands {

struct PredictOptions {
  std::string model;
  std::string data;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> keep;
  std::string output;
  std::int64_t batch_size = 256;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::PredictOptions;

template <>
inline const Settings settings<PredictOptions> = describe<PredictOptions>(
    "predict", "a model's answers for the rows of a table",
    field("model", &PredictOptions::model, "a model file, or name@alias in --registry"),
    field("data", &PredictOptions::data,
          "table with the features: .csv, .parquet or .npz; NAME:separator=; and others of `upkeep catalog data/sources`"),
    field("features", &PredictOptions::features,
          "columns to predict from; INPUT=COLUMN for a model with several inputs (default: the model's own, else every numeric column)"),
    field("ignore", &PredictOptions::ignore, "columns to leave out"),
    field("keep", &PredictOptions::keep, "columns of the table to write beside the answers (names of files are, of a folder of images)"),
    field("output", &PredictOptions::output, "table for the answers: .csv, .parquet or .npz (default: CSV on stdout)"),
    field("batch_size", &PredictOptions::batch_size, "rows in a run", range(1, 1e9)),
    field("threads", &PredictOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &PredictOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

bool holds_arrays(const std::string& file) { return file.ends_with(".npz") || file.ends_with(".parquet") || file.ends_with(".pq"); }

// The columns that are written beside the answers, of the rows that these are for.
Table kept_columns(const Table& table, const Dataset& data, const std::vector<std::string>& names) {
  Table kept;
  for (const std::string& name : names)
    kept.add(name, data.table_rows.empty() ? table.column(name) : take_rows(table.column(name), data.table_rows));
  return kept;
}

// The answers with classes by their names, behind the columns that are kept; arrays without rows as they are.
Table with_names(Table answers, const Model& model, const Tensors& outputs, Table kept) {
  if (!answers.wholes().empty()) return answers;
  if (const std::optional<AnsweredClasses> classes = answered_classes(model))
    answers = with_classes(answers, outputs.at(classes->output), classes->output, *classes);
  for (const auto& [name, values] : answers.columns()) kept.add(name, values);
  return kept;
}

int run_predict(const PredictOptions& options, const Ordered&, Output& output) {
  const Model model = open_model(options.model, options.registry);
  const Table table = load_table(options.data);
  std::vector<std::string> keep = in_context(options.data, [&] { return table.find(options.keep); });
  if (!table.row_name().empty() && !std::ranges::contains(keep, table.row_name())) keep.insert(keep.begin(), table.row_name());
  DataColumns columns{.features = options.features, .ignore = options.ignore, .no_targets = true};
  if (columns.features.empty() && feature_columns(signature_of(model)).empty())
    columns.ignore.insert(columns.ignore.end(), keep.begin(), keep.end());
  const Dataset data = in_context(options.data, [&] { return dataset_for(model, table, columns); });
  const Tensors given = predict(model, data.inputs, options.batch_size, options.threads);
  const std::vector<std::int64_t> unanswered = unanswered_rows(model, data, given);
  Tensors outputs = without_answers(given, unanswered);
  outputs.erase(kEmbeddingOutput);
  if (!unanswered.empty()) note(describe_unanswered(data, unanswered));
  const Table answers = with_names(answers_table(outputs, holds_arrays(options.output)), model, outputs, kept_columns(table, data, keep));
  Json result = {{"rows", answers.rows()}, {"threads", threads_or_cores(options.threads)}, {"unanswered", row_numbers(data, unanswered)}};
  if (!options.output.empty()) {
    save_table(answers, options.output);
    result["output"] = options.output;
    output.text(upkeep::format("{} rows, saved {}", answers.rows(), options.output));
  } else {
    result["predictions"] = to_json(answers);
    if (!output.json()) output.text(csv_text(answers));
  }
  output.result(result);
  return 0;
}

}  // namespace

void add_predict(CommandCatalog& catalog) {
  catalog.add(entry<PredictOptions>(
      "train", {"model"}, {"model", "data"},
      {"upkeep predict model.h5 --data new.csv --output answers.parquet", "upkeep predict price@production --registry reg --data new.csv"},
      run_predict));
}

}  // namespace upkeep::commands
