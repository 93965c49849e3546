#include "train/columns.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "base/settings.hpp"
#include "data/windows.hpp"
#include "train/scored_output.hpp"

namespace upkeep {

std::vector<std::string> metadata_list(const Model& model, const char* key) {
  const std::string* text = find(model.metadata, key);
  if (!text) return {};
  return in_context("metadata \"" + std::string(key) + "\"",
                    [&] { return from_json_checked<std::vector<std::string>>(parse_json(*text)); });
}

void remember_columns(Model& model, const Dataset& data) {
  set(model.metadata, kFeaturesKey, Json(data.feature_names).dump());
  set(model.metadata, kTargetKey, Json(data.target_names).dump());
  if (!data.class_names.empty()) set(model.metadata, kClassesKey, Json(data.class_names).dump());
}

// Labels by the model's own class names, so that an index means today what it meant when the model was trained.
static void renumber_classes(Dataset& data, const std::vector<std::string>& known) {
  if (known.empty() || data.class_names.empty() || data.class_names == known) return;
  std::vector<std::int64_t> indices;
  for (const std::int64_t index : data.targets.data<std::int64_t>()) {
    const std::string& label = data.class_names[static_cast<std::size_t>(index)];
    const auto found = std::ranges::find(known, label);
    if (found == known.end()) throw unknown_name("class", label, known);
    indices.push_back(found - known.begin());
  }
  data.targets = Tensor(data.targets.shape(), std::move(indices));
  data.class_names = known;
}

// The count of features that an input wants, where that is a number.
static void check_width(const ValueInfo& input, const Table& table, const Dataset& data, const std::vector<std::string>& targets) {
  if (!input.type.shape || input.type.shape->size() != 2 || !input.type.shape->back().known() || data.feature_names.empty()) return;
  const std::int64_t wanted = input.type.shape->back().value;
  const Shape& given = data.inputs.at(input.name).shape();
  if (given == Shape{table.rows(), wanted}) return;
  std::vector<std::string> others;
  for (const std::string& name : table.names())
    if (!std::ranges::contains(data.feature_names, name) && !std::ranges::contains(targets, name)) others.push_back(name);
  throw Error(ErrorCode::kInvalidArgument,
              "the model reads " + std::to_string(wanted) + " features, the table gives " + std::to_string(given.back()) + ": " +
                  join(data.feature_names) + (others.empty() ? "" : "; left out: " + join(others)),
              "name the columns, or those to ignore");
}

// --- several inputs ------------------------------------------------------------------------------------------------

// Columns by input; of its own name where no features are given.
static std::map<std::string, std::vector<std::string>> columns_of_inputs(const Model& model, const Table& table,
                                                                         const std::vector<std::string>& features) {
  std::map<std::string, std::vector<std::string>> columns;
  std::vector<std::string> names;
  for (const ValueInfo& input : model.graph.inputs) names.push_back(input.name);
  for (const std::string& feature : features.empty() ? names : features) {
    const std::size_t sign = feature.find('=');
    const std::string input = feature.substr(0, sign);
    if (!std::ranges::contains(names, input)) throw unknown_name("input", input, names);
    columns[input].push_back(sign == std::string::npos ? input : feature.substr(sign + 1));
  }
  for (const std::string& name : names) {
    if (!columns.contains(name))
      throw Error(ErrorCode::kInvalidArgument, "input \"" + name + "\" has no columns", "the model reads: " + join(names));
    if (features.empty() && !table.has(name))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("the model reads {} inputs, and no column is called \"{}\"", names.size(), name),
                  "name the features as INPUT=COLUMN; columns are: " + join(table.names()));
  }
  return columns;
}

// The targets are made once, with the first input.
static Dataset dataset_of_inputs(const Model& model, const Table& table, const DatasetOptions& options) {
  const auto columns = columns_of_inputs(model, table, options.features);
  Dataset data;
  DatasetOptions own = options;
  std::vector<std::string> features;
  for (const ValueInfo& input : model.graph.inputs) {
    own.features = columns.at(input.name);
    own.texts = input.type.dtype == DType::kString;
    Dataset part = in_context("input \"" + input.name + "\"", [&] {
      Dataset made = make_dataset(table, input.name, own);
      check_width(input, table, made, options.targets);
      return made;
    });
    if (data.inputs.empty()) data = std::move(part);
    else data.inputs.merge(part.inputs);
    own.targets.clear();
    for (const std::string& name : columns.at(input.name)) features.push_back(input.name + "=" + name);
  }
  data.feature_names = std::move(features);
  return data;
}

// A text can only be a class; one of those that the model tells apart.
static bool is_column_of_classes(const Model& model, const Table& table, const std::vector<std::string>& targets) {
  if (targets.size() != 1 || !table.has(targets.front()) || table.column(targets.front()).dtype() != DType::kString) return false;
  if (model.graph.outputs.empty()) return false;
  const std::optional<Dims>& answer = scored_output(model).type.shape;
  return answer && answer->size() > 1 && answer->back().value > 1;
}

// Texts that an output of one number tells apart: those that the model knows, or, where it is to learn them, any two.
static bool is_column_of_two(const Table& table, const std::vector<std::string>& targets, const std::vector<std::string>& known,
                             bool learns) {
  if (targets.size() != 1 || !table.has(targets.front()) || table.column(targets.front()).dtype() != DType::kString) return false;
  const std::vector<std::string>& texts = table.column(targets.front()).strings();
  return known.size() == 2 || (learns && std::set<std::string>(texts.begin(), texts.end()).size() == 2);
}

// To be compared with each other only.
static std::vector<std::string> texts_of(const Tensor& values) {
  if (values.dtype() == DType::kString) return values.strings();
  std::vector<std::string> texts;
  const Tensor wide = values.cast(DType::kFloat64);
  for (const double value : wide.data<double>()) texts.push_back(upkeep::format("{}", value));
  return texts;
}

Dataset dataset_for(const Model& model, const Table& table, const DataColumns& columns) {
  if (model.graph.inputs.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no input");
  const std::vector<std::string> own_targets = metadata_list(model, kTargetKey);
  DatasetOptions options{
      .targets = columns.targets, .features = columns.features, .ignore = columns.ignore, .integer_targets = columns.integer_targets};
  if (options.features.empty()) options.features = metadata_list(model, kFeaturesKey);
  if (options.targets.empty()) options.targets = own_targets;
  if (options.targets.empty() && !table.target().empty()) options.targets = {table.target()};
  if (columns.no_targets) {
    std::ranges::copy_if(options.targets, std::back_inserter(options.ignore), [&](const std::string& name) { return table.has(name); });
    options.targets.clear();
  }
  options.integer_targets = options.integer_targets || is_column_of_classes(model, table, options.targets) ||
                            is_column_of_two(table, options.targets, metadata_list(model, kClassesKey), columns.two_classes);
  options.texts = model.graph.inputs.front().type.dtype == DType::kString;
  const Series& series = table.series();
  if (series.window > 0 && !series.by.empty()) options.ignore.push_back(series.by);  // it says which series, and is no feature by itself
  const bool several = model.graph.inputs.size() > 1;
  Dataset data = several ? dataset_of_inputs(model, table, options) : make_dataset(table, model.graph.inputs.front().name, options);
  if (!several) check_width(model.graph.inputs.front(), table, data, options.targets);
  if (!columns.no_targets) renumber_classes(data, metadata_list(model, kClassesKey));
  if (series.window == 0) return data;
  return windows_of(data, series, series.by.empty() ? std::vector<std::string>{} : texts_of(table.column(series.by)));
}

}  // namespace upkeep
