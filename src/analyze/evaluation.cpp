#include "analyze/evaluation.hpp"

#include "train/not_finite.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

Dataset answered(const Dataset& data, const std::vector<std::int64_t>& unanswered) {
  return unanswered.empty() ? data : data.take(rows_without(data, unanswered));
}

Evaluation evaluate_outputs(const Model& model, const Compile& compile, const Dataset& data, const AnalysisOptions& options) {
  if (!options.slice_values.empty())
    throw Error(ErrorCode::kUnsupported, "slices are of models that are trained on one output", "evaluate without them");
  Evaluation made;
  if (!gaps_in(data, all_rows(data)).empty())
    made.unanswered = unanswered_rows(model, data, predict(model, data.inputs, options.batch_size, options.threads));
  const Dataset rows = answered(data, made.unanswered);
  made.rows = rows.rows();
  if (made.rows == 0) throw Error(ErrorCode::kFailedPrecondition, "the model has no answer to any row");
  made.outputs = judged_figures(model, compile, rows, Trainer(model, compile).evaluate(rows, options.batch_size, options.threads),
                                options.batch_size, options.threads);
  for (const auto& [name, value] : made.outputs.figures)
    if (name == "loss") made.loss = value;
  return made;
}

}  // namespace

Evaluation evaluate(const Model& model, const std::optional<Compile>& compile, const Dataset& data, const AnalysisOptions& options) {
  if (compile && !compile->outputs.empty()) return evaluate_outputs(model, *compile, data, options);
  Evaluation made;
  made.analysis = analyze(model, data, options);
  made.rows = made.analysis->rows;
  made.unanswered = made.analysis->unanswered;
  if (!compile) return made;
  for (const auto& [name, value] : Trainer(model, *compile).evaluate(answered(data, made.unanswered), options.batch_size, options.threads))
    if (name == "loss") made.loss = value;
  return made;
}

std::vector<std::string> slices_of(const Table& table, const Dataset& data, const std::string& column) {
  const std::vector<std::string> all = slice_values(table, column);
  if (data.table_rows.empty()) return all;
  std::vector<std::string> values;
  for (const std::int64_t row : data.table_rows) values.push_back(all[static_cast<std::size_t>(row)]);
  return values;
}

}  // namespace upkeep
