#include "maintain/update/new_data.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "graph/signature.hpp"
#include "train/losses/loss.hpp"
#include "train/scored_output.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

std::string one_target(const Model& model, const NewDataOptions& options) {
  const std::vector<std::string> targets = options.targets.empty() ? own_targets(model) : options.targets;
  if (targets.size() != 1)
    throw Error(ErrorCode::kUnsupported, upkeep::format("labels are one value, but the model has {} targets", targets.size()),
                targets.empty() ? "give the target's name" : "only models with one target are retrained");
  return targets.front();
}

std::vector<std::string> feature_names(const Model& model, const Table& reference, const std::string& target,
                                       const NewDataOptions& options) {
  std::vector<std::string> names = options.features.empty() ? feature_columns(signature_of(model)) : options.features;
  if (!names.empty()) return names;
  std::vector<std::string> ignore;
  if (reference.has(kPopulationColumn)) ignore.emplace_back(kPopulationColumn);
  return dataset_for(model, reference, {.targets = {target}, .ignore = ignore}).feature_names;
}

Tensor text_column(std::int64_t rows, const std::string& text) {
  return Tensor({rows}, std::vector<std::string>(static_cast<std::size_t>(rows), text));
}

// The labels in the type of the reference's target: class names where it has text.
Tensor target_column(const Tensor& targets, const Tensor& like, const std::vector<std::string>& classes) {
  const std::vector<double> values = doubles(targets);
  if (like.dtype() != DType::kString) return Tensor({std::ssize(values)}, values);
  std::vector<std::string> names;
  for (const double value : values) {
    if (!(value >= 0 && value < static_cast<double>(classes.size())))
      throw Error(ErrorCode::kFailedPrecondition, "the target is text, but the model does not know the names of its classes",
                  "upkeep sign MODEL --output NAME=classes:A|B tells it");
    names.push_back(classes[static_cast<std::size_t>(value)]);
  }
  return Tensor({std::ssize(names)}, std::move(names));
}

Table logged_rows(const JoinedLog& log, const Judged& judged, const std::vector<FeatureColumn>& features, const std::string& target,
                  const Tensor& targets) {
  Table table;
  if (judged.rows.empty()) return table;
  const Table rows = log.predictions.take(judged.rows);
  for (const FeatureColumn& feature : features) {
    if (!rows.has(feature.column))
      throw Error(ErrorCode::kNotFound, upkeep::format("the log lacks the feature \"{}\"", feature.name),
                  "its columns: " + join(rows.names()));
    table.add(feature.name, rows.column(feature.column));
  }
  table.add(target, targets);
  return table;
}

Table reference_rows(const Table& reference, const std::vector<FeatureColumn>& features, const std::string& target) {
  Table table;
  for (const FeatureColumn& feature : features) table.add(feature.name, reference.column(feature.name));
  table.add(target, reference.column(target));
  table.add(kPopulationColumn,
            reference.has(kPopulationColumn) ? reference.column(kPopulationColumn) : text_column(reference.rows(), "reference"));
  return table;
}

}  // namespace

bool is_held_out(std::string_view request_id, double share) {
  const std::string digest = sha256(upkeep::format("held out\n{}", request_id)).substr(0, 13);  // 52 bits, exact in a double
  return static_cast<double>(std::stoull(digest, nullptr, 16)) / 0x1p52 < share;
}

NewData new_data(const Model& model, const Table& reference, const JoinedLog& log, const std::vector<std::int64_t>& rows,
                 const NewDataOptions& options) {
  const std::string target = one_target(model, options);
  const std::vector<std::string> names = feature_names(model, reference, target, options);
  const std::vector<FeatureColumn> features = match_features(log.predictions, names);
  const std::vector<std::string> classes = signature_of(model).output(scored_output(model).name)->classes;

  NewData data{.columns = {.targets = {target}, .features = names}};
  const std::optional<Compile> compile = compile_of(model);
  data.columns.integer_targets = compile ? losses::catalog().at(compile->loss.name).integer_targets : !classes.empty();

  const Judged judged = judge(log, rows, scored_output(model).name, classes);
  std::vector<std::int64_t> kept;
  std::vector<std::int64_t> held;
  Sha256 digest;
  for (std::size_t i = 0; i < judged.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(judged.rows[i]);
    const std::string& request = log.predictions.column("request_id").strings()[row];
    const bool out = is_held_out(request, options.held_out);
    (out ? held : kept).push_back(static_cast<std::int64_t>(i));
    if (out) digest.update(upkeep::format("{}\n{}\n", request, integers(log.predictions.column("row"))[row]));
  }
  data.held_out_digest = digest.hex();
  data.training = reference_rows(reference, features, target);
  if (judged.rows.empty()) return data;
  const Table labelled = logged_rows(log, judged, features, target, target_column(judged.targets, reference.column(target), classes));
  data.held_out = labelled.take(held);
  data.new_rows = std::ssize(kept);
  if (kept.empty()) return data;
  Table fresh = labelled.take(kept);
  fresh.add(kPopulationColumn, text_column(data.new_rows, options.population));
  data.training = Table::concatenate({data.training, fresh});
  return data;
}

}  // namespace upkeep
