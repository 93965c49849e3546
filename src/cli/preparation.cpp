#include "cli/preparation.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/settings.hpp"
#include "cli/models.hpp"
#include "convert/formats/format.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"
#include "graph/notes.hpp"
#include "layers/shared/normalization_adapt.hpp"
#include "registry/registry.hpp"
#include "train/known_signature.hpp"
#include "train/preprocessing.hpp"
#include "train/vocabularies.hpp"

namespace upkeep {

namespace {

Model with_fresh_weights(const Architecture& architecture, std::uint64_t seed) {
  return build_model(architecture, initial_weights(architecture, seed));
}

// The layers of a file that says them and no weights.
std::optional<Architecture> layers_alone(const std::string& model) {
  if (is_registry_reference(model) && !std::filesystem::exists(model)) return std::nullopt;
  return load_architecture(model);
}

// --- what stands for a missing number --------------------------------------------------------------------------------

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Of equally frequent ones the smallest, as in scikit-learn.
double most_frequent_of(const std::vector<double>& values) {
  std::map<double, std::int64_t> counts;
  for (const double value : values) ++counts[value];
  return std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; })->first;
}

using Fill = std::function<double(const std::vector<double>& values)>;

Fill fill_named(const std::string& text) {
  const NamedSettings named = parse_named(text);
  const std::vector<std::string> known = {"mean", "median", "most-frequent", "constant"};
  if (named.name == "constant") {
    const double value = named.values.contains("value") ? from_json_checked<double>(named.values.at("value")) : 0;
    return [value](const auto&) { return value; };
  }
  if (!named.values.empty() || !std::ranges::contains(known, named.name)) throw unknown_name("way to fill gaps", text, known);
  if (named.name == "mean") return mean_of;
  return named.name == "median" ? Fill(median_of) : Fill(most_frequent_of);
}

// For each column of `data` [N, F] or [N, T, F], over the rows and steps that have it.
std::vector<double> fills_of(const Tensor& data, const Fill& fill, const std::vector<std::string>& names) {
  const Tensor numbers = data.cast(DType::kFloat64);
  const auto width = static_cast<std::size_t>(data.shape().back());
  std::vector<std::vector<double>> columns(width);
  for (std::size_t i = 0; i < numbers.data<double>().size(); ++i)
    if (const double value = numbers.data<double>()[i]; !std::isnan(value)) columns[i % width].push_back(value);
  std::vector<double> fills;
  for (std::size_t i = 0; i < width; ++i) {
    if (columns[i].empty())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("column \"{}\" has no value in the rows that train", i < names.size() ? names[i] : std::to_string(i)),
                  "leave it out with --ignore");
    fills.push_back(fill(columns[i]));
  }
  return fills;
}

bool fills_gaps(const Architecture& net, const std::string& input) {
  return std::ranges::any_of(net.layers, [&](const LayerSpec& layer) {
    return layer.kind == "operation" && layer.inputs == std::vector{input, input} && layer.settings.value("function", "") == "not_equal";
  });
}

// The names of an input's columns: "INPUT=COLUMN" where there are several inputs.
std::vector<std::string> columns_of(const std::string& input, const Dataset& data) {
  std::vector<std::string> own;
  for (const std::string& name : data.feature_names)
    if (data.inputs.size() == 1) own.push_back(name);
    else if (name.starts_with(input + "=")) own.push_back(name.substr(input.size() + 1));
  return own;
}

Model with_gaps_filled_by(const Model& model, const std::string& how, const Dataset& data) {
  const Fill fill = fill_named(how);
  const LayeredModel layered = in_context("--impute", [&] { return with_layers(model); });
  Architecture net = layered.architecture;
  for (const ValueInfo& input : model.graph.inputs) {
    const auto values = data.inputs.find(input.name);
    if (values == data.inputs.end() || !is_floating(values->second.dtype())) continue;
    const std::vector<std::string> columns = columns_of(input.name, data);
    if (values->second.rank() < 2 || std::ssize(columns) != values->second.shape().back()) continue;  // whole arrays
    if (fills_gaps(net, input.name))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the model fills the gaps of input \"{}\" already", input.name),
                  "train it without --impute");
    net = with_gaps_filled(std::move(net), input.name, fills_of(values->second, fill, columns));
  }
  Model made = build_model(net, layered.weights);
  carry_notes(layered.model, made, Edit::kLayersChanged);
  made.training_tensors = layered.model.training_tensors;
  return made;
}

}  // namespace

Preparation::Preparation(PreparationRequest what, const Table& table, TrainingRequest& request) : what_(std::move(what)) {
  std::optional<Architecture> layers = layers_alone(what_.model);
  if (!what_.category.empty() && !layers)
    throw Error(ErrorCode::kInvalidArgument, "categories change the inputs of a net, and " + what_.model + " is trained already",
                "give the architecture (.yaml), or a table with the columns that the model reads");
  if (layers && (!what_.category.empty() || needs_vocabularies(*layers))) unbuilt_ = std::move(layers);
  if (!what_.category.empty()) add_categories(table, request);
  if (!unbuilt_) model_ = open_model(what_.model, what_.registry, what_.seed);
  else model_ = in_context(what_.model, [&] { return with_fresh_weights(with_placeholder_vocabularies(*unbuilt_), what_.seed); });
}

void Preparation::add_categories(const Table& table, TrainingRequest& request) {
  std::vector<Category> categories;
  for (const std::string& column : table.find(what_.category)) {
    const DType dtype = table.column(column).dtype();
    if (dtype != DType::kString && !is_integer_type(dtype))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("column \"{}\" is of {}", column, to_string(dtype)),
                  "categories are texts or whole numbers");
    categories.push_back({.column = column, .dtype = dtype == DType::kString ? dtype : DType::kInt64});
  }
  std::vector<std::string> numbers = table.find(request.features);
  std::vector<std::string> others = table.find(request.ignore);
  for (const Category& category : categories) others.push_back(category.column);
  for (const std::string& target : request.target) others.push_back(target.substr(target.find('=') + 1));
  if (!request.sample_weight.empty()) others.push_back(request.sample_weight);
  if (numbers.empty()) numbers = numeric_columns(table, others);
  else std::erase_if(numbers, [&](const std::string& name) { return std::ranges::contains(others, name); });
  std::string input;
  for (const LayerSpec& layer : unbuilt_->layers)
    if (layer.inputs.empty()) input = layer.name;
  unbuilt_ = in_context(what_.model, [&] { return with_categories(*unbuilt_, categories, std::ssize(numbers)); });
  request.features.clear();
  for (const std::string& name : numbers) request.features.push_back(input + "=" + name);
  for (const Category& category : categories) {
    request.features.push_back(category.input + "=" + category.column);
    categories_.push_back(category.column);
  }
}

// Whole numbers that only tell things apart look like any others.
static void mark_categories(Model& model, const std::vector<std::string>& columns, const Dataset& training) {
  Signature signature = signature_of(model);
  for (InputSignature& input : signature.inputs)
    for (Feature& feature : input.features) {
      if (!std::ranges::contains(columns, feature.column)) continue;
      feature.kind = FeatureKind::kCategory;
      feature.categories = distinct_texts(training.inputs.at(input.name));
    }
  set_signature(model, signature);
}

Model Preparation::learned_from(const Dataset& training, const Compile& compile) const {
  Model model = model_;
  if (unbuilt_)
    model = in_context(what_.model, [&] { return with_fresh_weights(adapt_vocabularies(*unbuilt_, training.inputs), what_.seed); });
  if (!what_.weights.empty()) model = with_weights(model, what_.weights);
  if (!what_.impute.empty()) model = with_gaps_filled_by(model, what_.impute, training);
  remember_columns(model, training, compile);
  mark_categories(model, categories_, training);
  return layers::adapt_normalizations(std::move(model), training.inputs);
}

std::string left_out(const Table& table, const TrainingRequest& request, const Dataset& data) {
  std::vector<std::string> used;
  for (const std::string& target : data.target_names)
    used.push_back(data.output_targets.empty() ? target : target.substr(target.find('=') + 1));
  used.insert(used.end(), request.ignore.begin(), request.ignore.end());
  used.push_back(request.sample_weight);
  for (const std::string& feature : data.feature_names) {
    used.push_back(feature);
    if (const auto sign = feature.find('='); sign != std::string::npos) used.push_back(feature.substr(sign + 1));
  }
  std::vector<std::string> texts, times, rest;
  for (const auto& [name, values] : table.columns()) {
    if (std::ranges::contains(used, name) || name == table.row_name()) continue;
    (table.is_time(name) ? times : values.dtype() == DType::kString ? texts : rest).push_back(name);
  }
  std::vector<std::string> parts;
  if (!texts.empty())
    parts.push_back(upkeep::format("{} (texts; --category {} makes them features of an architecture)", join(texts), join(texts, ",")));
  if (!times.empty()) parts.push_back(join(times) + " (times)");
  if (!rest.empty()) parts.push_back(join(rest));
  return join(parts, "; ");
}

}  // namespace upkeep
