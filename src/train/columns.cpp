#include "train/columns.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/names.hpp"
#include "base/settings.hpp"

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

// The count of features that the model's input wants, where that is a number.
static void check_width(const Model& model, const Table& table, const Dataset& data) {
  const ValueInfo& input = model.graph.inputs.front();
  if (!input.type.shape || input.type.shape->size() != 2 || !input.type.shape->back().known() || data.feature_names.empty()) return;
  const std::int64_t wanted = input.type.shape->back().value;
  if (static_cast<std::int64_t>(data.feature_names.size()) == wanted) return;
  std::vector<std::string> others;
  for (const std::string& name : table.names())
    if (!std::ranges::contains(data.feature_names, name) && !std::ranges::contains(data.target_names, name)) others.push_back(name);
  throw Error(ErrorCode::kInvalidArgument,
              "the model reads " + std::to_string(wanted) + " features, the table gives " + std::to_string(data.feature_names.size()) +
                  ": " + join(data.feature_names) + (others.empty() ? "" : "; left out: " + join(others)),
              "name the columns, or those to ignore");
}

// A text can only be a class; one of those that the model tells apart.
static bool is_column_of_classes(const Model& model, const Table& table, const std::vector<std::string>& targets) {
  if (targets.size() != 1 || !table.has(targets.front()) || table.column(targets.front()).dtype() != DType::kString) return false;
  if (model.graph.outputs.empty()) return false;
  const std::optional<Dims>& answer = model.graph.outputs.front().type.shape;
  return answer && answer->size() > 1 && answer->back().value > 1;
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
  options.integer_targets = options.integer_targets || is_column_of_classes(model, table, options.targets);
  Dataset data = make_dataset(table, model.graph.inputs.front().name, options);
  check_width(model, table, data);
  if (!columns.no_targets) renumber_classes(data, metadata_list(model, kClassesKey));
  return data;
}

}  // namespace upkeep
