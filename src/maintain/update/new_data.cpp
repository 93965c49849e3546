#include "maintain/update/new_data.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "base/some_of.hpp"
#include "data/elements.hpp"
#include "maintain/monitor/judged.hpp"
#include "maintain/update/targets.hpp"
#include "train/known_signature.hpp"
#include "train/not_finite.hpp"
#include "train/scored_output.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

std::vector<std::string> feature_names(const Model& model, const Table& reference, const std::vector<Target>& targets,
                                       const NewDataOptions& options) {
  std::vector<std::string> names = options.features.empty() ? feature_columns(model, reference) : options.features;
  if (!names.empty()) return names;
  std::vector<std::string> ignore;
  for (const char* own : {kPopulationColumn, kRequestColumn})
    if (reference.has(own)) ignore.emplace_back(own);
  for (const Target& target : targets)
    if (reference.has(target.column)) ignore.push_back(target.column);
  return dataset_for(model, reference, {.ignore = ignore, .no_targets = true}).feature_names;
}

Tensor text_column(std::int64_t rows, const std::string& text) {
  return Tensor({rows}, std::vector<std::string>(static_cast<std::size_t>(rows), text));
}

// A label in the form of the reference's target: the name of a class where that is text, else a number. nullopt: neither.
class TargetReader {
 public:
  TargetReader(const Tensor& like, const std::vector<std::string>& classes) : texts_(like.dtype() == DType::kString), classes_(classes) {}

  // The label as it is kept; nullopt: it cannot be used.
  std::optional<std::string> read(const std::string& label) const {
    if (label.empty()) return std::nullopt;
    const std::optional<std::int64_t> index = classes_.empty() ? std::nullopt : class_of(label, classes_, std::ssize(classes_));
    if (!classes_.empty() && (!index || *index < 0)) return std::nullopt;
    if (texts_) return index ? classes_[static_cast<std::size_t>(*index)] : label;
    std::optional<double> number = parse_number(label);
    if (!number && index) number = parse_number(classes_[static_cast<std::size_t>(*index)]);
    if (!number && index) number = static_cast<double>(*index);
    return number && std::isfinite(*number) ? std::optional(upkeep::format("{}", *number)) : std::nullopt;
  }

  void keep(const std::string& label) {
    if (texts_) names_.push_back(label);
    else numbers_.push_back(*parse_number(label));
  }

  Tensor column() {
    const Shape shape{static_cast<std::int64_t>(texts_ ? names_.size() : numbers_.size())};
    return texts_ ? Tensor(shape, std::move(names_)) : Tensor(shape, std::move(numbers_));
  }

 private:
  bool texts_;
  const std::vector<std::string>& classes_;
  std::vector<std::string> names_;
  std::vector<double> numbers_;
};

// A request's row as the reference's column names it.
std::string request_key(const std::string& request, std::int64_t row) { return upkeep::format("{}:{}", request, row); }

std::set<std::string> learned_rows(const Table& reference) {
  if (!reference.has(kRequestColumn)) return {};
  const std::vector<std::string>& keys = reference.column(kRequestColumn).strings();
  return {keys.begin(), keys.end()};
}

// Rows of a table that lack a feature which may not be missing.
std::vector<std::int64_t> rows_with_gaps(const Table& table, const std::vector<FeatureColumn>& features) {
  std::set<std::int64_t> rows;
  for (const FeatureColumn& feature : features) {
    const Tensor& column = table.column(feature.reference);
    if (feature.may_be_missing || column.size() != table.rows()) continue;
    for (std::int64_t row = 0; row < table.rows(); ++row)
      if (is_missing(column, row)) rows.insert(row);
  }
  return {rows.begin(), rows.end()};
}

// Without the rows that lack a feature and that the model does not answer, which would make every loss NaN.
Table answered(const Model& model, const Table& table, const std::vector<FeatureColumn>& features, DataColumns columns,
               std::int64_t& left_out) {
  const std::vector<std::int64_t> gaps = rows_with_gaps(table, features);
  if (gaps.empty()) return table;
  columns.no_targets = true;
  std::vector<std::string> outputs;
  for (const OutputColumns& one : columns.outputs) outputs.push_back(one.output);
  if (outputs.empty()) outputs.push_back(scored_output(model).name);
  std::set<std::int64_t> out;
  try {
    const Tensors answers = predict(model, dataset_for(model, table.take(gaps), columns).inputs, 256, 1);
    for (const std::string& output : outputs)
      for (const std::int64_t row : unanswered_rows({{output, answers.at(output)}}, std::ssize(gaps)))
        out.insert(gaps[static_cast<std::size_t>(row)]);
  } catch (const Error&) {  // an input of whole numbers cannot even hold what is missing
    out.insert(gaps.begin(), gaps.end());
  }
  std::vector<std::int64_t> kept;
  for (std::int64_t row = 0; row < table.rows(); ++row)
    if (!out.contains(row)) kept.push_back(row);
  left_out += std::ssize(out);
  return table.take(kept);
}

// A feature whose column holds whole arrays (images, series): the log has a column for each of their elements.
struct ArrayFeature {
  std::string column;
  std::string input;
};

std::vector<ArrayFeature> array_features(const Signature& signature, const Table& reference) {
  std::vector<ArrayFeature> arrays;
  for (const InputSignature& input : signature.inputs) {
    if (input.features.empty() || input.has_scalar_features()) continue;
    std::string column = array_column(input, reference);
    if (column.empty())
      throw Error(ErrorCode::kFailedPrecondition,
                  upkeep::format("input \"{}\" reads arrays, and the reference holds none for it", input.name),
                  "publish the version with a reference of samples (--reference table.csv:window=24,horizon=1)");
    arrays.push_back({.column = std::move(column), .input = input.name});
  }
  return arrays;
}

// In the shape and element type that the reference's rows have.
Tensor logged_array(const Table& taken, const ArrayFeature& feature, const Tensor& like) {
  const std::int64_t width = like.size() / std::max<std::int64_t>(1, like.dim(0));
  std::vector<double> numbers(static_cast<std::size_t>(taken.rows() * width));
  for (std::int64_t i = 0; i < width; ++i) {
    const std::string name = upkeep::format("in.{}.{}", feature.input, i);
    if (!taken.has(name))
      throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the log lacks element {} of input \"{}\"", i, feature.input),
                  "rows of more than 1024 elements are logged as statistics only: train the next version by upkeep train");
    const std::vector<double> column = doubles(taken.column(name));
    for (std::int64_t row = 0; row < taken.rows(); ++row)
      numbers[static_cast<std::size_t>(row * width + i)] = column[static_cast<std::size_t>(row)];
  }
  Shape shape = like.shape();
  shape.front() = taken.rows();
  return Tensor(shape, std::move(numbers)).cast(like.dtype());
}

Table logged_rows(const JoinedLog& log, const std::vector<std::int64_t>& rows, const std::vector<FeatureColumn>& features,
                  const std::vector<ArrayFeature>& arrays, const Table& reference) {
  const Table taken = log.predictions.take(rows);
  Table table;
  for (const ArrayFeature& feature : arrays) table.add(feature.column, logged_array(taken, feature, reference.column(feature.column)));
  for (const FeatureColumn& feature : features) {
    if (!feature.is_in(taken))
      throw Error(ErrorCode::kNotFound, upkeep::format("the log lacks the feature \"{}\"", feature.name),
                  "its columns: " + some_of(taken.names(), 40));
    if (!table.has(feature.reference)) table.add(feature.reference, logged_values(taken, feature));
  }
  return table;
}

Table reference_rows(const Table& reference, const std::vector<FeatureColumn>& features, const std::vector<ArrayFeature>& arrays,
                     const std::vector<Target>& targets) {
  Table table;
  for (const ArrayFeature& feature : arrays) table.add(feature.column, reference.column(feature.column));
  for (const FeatureColumn& feature : features)
    if (!table.has(feature.reference)) table.add(feature.reference, reference.column(feature.reference));
  for (const Target& target : targets)
    if (!table.has(target.column)) table.add(target.column, reference.column(target.column));
  table.add(kPopulationColumn,
            reference.has(kPopulationColumn) ? reference.column(kPopulationColumn) : text_column(reference.rows(), "reference"));
  table.add(kRequestColumn, reference.has(kRequestColumn) ? reference.column(kRequestColumn) : text_column(reference.rows(), ""));
  return table;
}

// The labelled, answered rows that can be learned from.
struct Usable {
  std::vector<std::int64_t> rows;
  std::vector<std::string> keys;
  std::vector<Tensor> targets;
};

// The rows of the labels that an output has, by rows of the log; -1: none.
const std::vector<std::int64_t>& label_rows_of(const JoinedLog& log, const Target& target) {
  static const std::vector<std::int64_t> kNone;
  if (target.judged) return log.label_rows;
  const auto own = log.other_labels.find(target.output);
  return own == log.other_labels.end() ? kNone : own->second;
}

Usable usable_rows(const JoinedLog& log, const std::vector<std::int64_t>& rows, const Table& reference, const std::vector<Target>& targets,
                   NewData& data) {
  Usable usable;
  if (log.labels.rows() == 0) return usable;
  const std::set<std::string> learned = learned_rows(reference);
  const std::vector<std::string> labels = words(log.labels.column("label"));
  const std::vector<std::int64_t> numbers = integers(log.predictions.column("row"));
  std::vector<TargetReader> readers;
  for (const Target& target : targets) readers.emplace_back(reference.column(target.column), target.classes);
  for (const std::int64_t row : rows) {
    if (log.failed(row)) continue;
    const auto at = static_cast<std::size_t>(row);
    std::vector<std::int64_t> own;
    for (const Target& target : targets)
      if (const auto& of = label_rows_of(log, target); at < of.size() && of[at] >= 0) own.push_back(of[at]);
    std::string key = request_key(log.predictions.column("request_id").strings()[at], numbers[at]);
    if (own.empty()) continue;
    if (learned.contains(key)) {
      ++data.known_rows;
      continue;
    }
    if (own.size() < targets.size()) {
      ++data.partly;
      continue;
    }
    std::vector<std::string> read;
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (const auto label = readers[i].read(labels[static_cast<std::size_t>(own[i])])) read.push_back(*label);
    if (read.size() < targets.size()) {
      ++data.unusable;
      continue;
    }
    for (std::size_t i = 0; i < targets.size(); ++i) readers[i].keep(read[i]);
    usable.rows.push_back(row);
    usable.keys.push_back(std::move(key));
  }
  for (TargetReader& reader : readers) usable.targets.push_back(reader.column());
  return usable;
}

// Whether a held-out row has not judged the current version already: one of its labels came later.
bool may_judge(const JoinedLog& log, std::int64_t row, const std::vector<Target>& targets, const NewDataOptions& options) {
  const auto at = static_cast<std::size_t>(row);
  if (log.versions[at] == options.version || options.judged_until == TimePoint::min() || !log.labels.has("time")) return true;
  return std::ranges::any_of(targets, [&](const Target& target) {
    const std::int64_t label = label_rows_of(log, target)[at];
    return integers(log.labels.column("time").rows(label, label + 1)).front() > options.judged_until.time_since_epoch().count();
  });
}

}  // namespace

bool is_held_out(std::string_view request_id, double share) {
  const std::string digest = sha256(upkeep::format("held out\n{}", request_id)).substr(0, 13);  // 52 bits, exact in a double
  return static_cast<double>(std::stoull(digest, nullptr, 16)) / 0x1p52 < share;
}

NewData new_data(const Model& model, const Table& reference, const JoinedLog& log, const std::vector<std::int64_t>& rows,
                 const NewDataOptions& options) {
  const Signature signature = known_signature(model);
  const std::optional<Compile> compile = compile_of(model);
  const std::vector<Target> targets = targets_of(signature, compile, options.targets);
  const std::vector<std::string> names = feature_names(model, reference, targets, options);
  const std::vector<FeatureColumn> features = match_features(log.predictions, {.signature = signature, .features = names});
  const std::vector<ArrayFeature> arrays = array_features(signature, reference);
  NewData data{.columns = data_columns(targets, names, compile)};
  data.training = answered(model, reference_rows(reference, features, arrays, targets), features, data.columns, data.incomplete);

  const Usable usable = usable_rows(log, rows, reference, targets, data);
  if (!usable.rows.empty()) {
    Table fresh = logged_rows(log, usable.rows, features, arrays, reference);
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (!fresh.has(targets[i].column)) fresh.add(targets[i].column, usable.targets[i]);
    fresh.add(kPopulationColumn, text_column(fresh.rows(), options.population));
    fresh.add(kRequestColumn, Tensor({fresh.rows()}, usable.keys));
    fresh.add("upkeep.log_row", Tensor({fresh.rows()}, usable.rows));
    fresh = answered(model, fresh, features, data.columns, data.incomplete);
    std::vector<std::int64_t> kept;
    std::vector<std::int64_t> held;
    Sha256 digest;
    const std::vector<std::int64_t> places = integers(fresh.column("upkeep.log_row"));
    for (std::int64_t i = 0; i < fresh.rows(); ++i) {
      const std::int64_t row = places[static_cast<std::size_t>(i)];
      const std::string& request = log.predictions.column("request_id").strings()[static_cast<std::size_t>(row)];
      const bool out = is_held_out(request, options.held_out);
      if (!out) kept.push_back(i);
      if (!out || !may_judge(log, row, targets, options)) continue;
      held.push_back(i);
      digest.update(upkeep::format("{}\n{}\n", request, integers(log.predictions.column("row"))[static_cast<std::size_t>(row)]));
    }
    data.held_out_digest = digest.hex();
    Table told;
    for (const auto& [name, column] : fresh.columns())
      if (name != "upkeep.log_row") told.add(name, column);
    data.held_out = told.take(held);
    data.new_rows = std::ssize(kept);
    if (!kept.empty()) data.training = Table::concatenate({data.training, told.take(kept)});
  }
  return data;
}

}  // namespace upkeep
