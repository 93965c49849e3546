#include "train/known_signature.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"
#include "train/columns.hpp"
#include "train/losses/loss.hpp"
#include "train/scored_output.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kMostCategories = 1000;

// --- what a loss says of an output -------------------------------------------------------------------------------------

std::int64_t width_of(const OutputSignature& output) { return output.dims && output.dims->size() > 1 ? output.dims->back() : 1; }

void learn_from(const NamedSettings& loss, OutputSignature& output) {
  const losses::LossEntry* entry = losses::catalog().find(loss.name);
  if (!entry || output.answer == Answer::kLabel) return;
  switch (entry->classes) {
    case losses::Classes::kNone:
      if (output.dims && output.dims->size() == 3 && output.dims->back() == 1) output.answer = Answer::kNumber;  // one for each step
      return;
    case losses::Classes::kSeveral: output.answer = Answer::kClasses; return;
    case losses::Classes::kTwo:
      output.answer = width_of(output) > 1 && !output.classes.empty() ? Answer::kClasses : Answer::kBinary;
      // One that somebody stated stays: neither that of probabilities nor that of logits.
      if (output.threshold == 0 || output.threshold == 0.5) output.threshold = threshold_of(loss);
  }
}

void learn_from(const Compile& compile, const Model& model, Signature& signature) {
  for (OutputSignature& output : signature.outputs) {
    const auto own = compile.outputs.find(output.name);
    if (own != compile.outputs.end()) learn_from(own->second.loss, output);
    else if (compile.outputs.empty() && output.name == scored_output(model).name) learn_from(compile.loss, output);
  }
}

// --- what a dataset says of a column ------------------------------------------------------------------------------------

template <typename T>
bool has_gap(std::span<const T> values, std::size_t from, std::size_t step) {
  for (std::size_t i = from; i < values.size(); i += step)
    if (std::isnan(values[i])) return true;
  return false;
}

// Every `step`-th value from `from` on: those of one column.
bool has_gap(const Tensor& values, std::size_t from, std::size_t step) {
  if (values.dtype() == DType::kFloat32) return has_gap(values.floats(), from, step);
  if (values.dtype() == DType::kFloat64) return has_gap(values.data<double>(), from, step);
  if (values.dtype() != DType::kString) return false;
  const std::vector<std::string>& texts = values.strings();
  for (std::size_t i = from; i < texts.size(); i += step)
    if (texts[i].empty()) return true;
  return false;
}

void describe_texts(const Tensor& values, std::size_t from, std::size_t step, Feature& feature) {
  const std::vector<std::string>& texts = values.strings();
  std::set<std::string> distinct;
  for (std::size_t i = from; i < texts.size() && distinct.size() <= kMostCategories; i += step)
    if (!texts[i].empty()) distinct.insert(texts[i]);
  feature.kind =
      distinct.size() <= kMostCategories && distinct.size() * 2 * step <= texts.size() ? FeatureKind::kCategory : FeatureKind::kText;
  if (feature.kind == FeatureKind::kCategory) feature.categories.assign(distinct.begin(), distinct.end());
}

Feature described(const std::string& column, const Tensor& values, std::size_t place, std::size_t count) {
  Feature feature{.column = column, .categories = {}};
  const std::size_t step = values.rank() > 1 ? static_cast<std::size_t>(values.shape().back()) : 1;
  if (step != count) return feature;  // the column holds arrays
  if (values.dtype() == DType::kString) describe_texts(values, place, step, feature);
  if (values.dtype() == DType::kBool) feature.kind = FeatureKind::kBoolean;
  feature.may_be_missing = has_gap(values, place, step);
  return feature;
}

// What was known of the column before is not forgotten.
void join(const std::vector<Feature>& before, Feature& feature) {
  const auto known = std::ranges::find(before, feature.column, &Feature::column);
  if (known == before.end()) return;
  if (known->kind != FeatureKind::kNumber) feature.kind = known->kind;
  feature.may_be_missing = feature.may_be_missing || known->may_be_missing;
  if (known->categories.empty()) return;
  std::set<std::string> all(feature.categories.begin(), feature.categories.end());
  all.insert(known->categories.begin(), known->categories.end());
  feature.categories.assign(all.begin(), all.end());
}

// The parts of "PART=NAME" that belong to the part, and names without one where `alone`.
std::vector<std::string> names_of(const std::string& part, const std::vector<std::string>& all, bool alone) {
  std::vector<std::string> own;
  for (const std::string& name : all)
    if (alone) own.push_back(name);
    else if (name.starts_with(part + "=")) own.push_back(name.substr(part.size() + 1));
    else if (name == part) own.push_back(name);
  return own;
}

bool is_by_row(const InputSignature& input) { return !input.dims || !input.dims->empty(); }

void remember_features(const Dataset& data, InputSignature& input, bool alone) {
  const auto values = data.inputs.find(input.name);
  const std::vector<std::string> columns = names_of(input.name, data.feature_names, alone);
  if (values == data.inputs.end() || columns.empty() || !is_by_row(input)) return;
  // The samples of a series in one array: the columns that they were made of stay known.
  const bool windows = columns.size() == 1 && columns.front() == input.name && input.features.size() > 1 && values->second.rank() == 3 &&
                       std::cmp_equal(values->second.dim(2), input.features.size());
  if (windows) return;
  const std::vector<Feature> before = std::move(input.features);
  input.features.clear();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Feature feature = described(columns[i], values->second, i, columns.size());
    join(before, feature);
    input.features.push_back(std::move(feature));
  }
}

void remember_targets(const Model& model, const Dataset& data, OutputSignature& output) {
  if (model.graph.outputs.empty()) return;
  const bool several = !data.output_targets.empty();
  if (several ? !data.output_targets.contains(output.name) : output.name != scored_output(model).name) return;
  if (!data.target_names.empty()) output.targets = names_of(output.name, data.target_names, !several);
  if (const auto classes = names_of(output.name, data.class_names, !several); !classes.empty()) output.classes = classes;
}

}  // namespace

bool gives_logits(const NamedSettings& loss) { return loss.values.value("from_logits", false); }

double threshold_of(const NamedSettings& loss) { return gives_logits(loss) ? 0.0 : 0.5; }

Signature known_signature(const Model& model) {
  Signature signature = signature_of(model);
  if (model.graph.outputs.empty()) return signature;
  if (const std::optional<Compile> compile = compile_of(model)) learn_from(*compile, model, signature);
  return signature;
}

void remember_columns(Model& model, const Dataset& data, const std::optional<Compile>& compile) {
  Signature signature = signature_of(model);
  const bool alone = std::ranges::count_if(signature.inputs, is_by_row) == 1;
  for (InputSignature& input : signature.inputs) remember_features(data, input, alone);
  for (OutputSignature& output : signature.outputs) remember_targets(model, data, output);
  if (compile && !model.graph.outputs.empty()) learn_from(*compile, model, signature);
  set_signature(model, signature);
}

static void check_categories(const Signature& known, const Table& reference) {
  for (const InputSignature& input : known.inputs)
    for (const Feature& feature : input.features) {
      if (feature.categories.empty() || !reference.has(feature.column)) continue;
      for (const std::string& value : distinct_texts(reference.column(feature.column)))
        if (!std::ranges::contains(feature.categories, value))
          throw unknown_name(upkeep::format("category of \"{}\"", feature.column), value, feature.categories);
    }
}

static bool knows_features(const Signature& signature) {
  return std::ranges::any_of(signature.inputs, [](const InputSignature& input) { return !input.features.empty(); });
}

// The shape that an input wants behind the rows, where that is known.
static void check_shapes(const Model& model, const Dataset& data) {
  for (const ValueInfo& input : model.graph.inputs) {
    const auto given = data.inputs.find(input.name);
    if (given == data.inputs.end() || !input.type.shape || input.type.shape->empty()) continue;
    const Dims& dims = *input.type.shape;
    const Shape& shape = given->second.shape();
    bool fits = shape.size() == dims.size();
    for (std::size_t i = 1; fits && i < dims.size(); ++i) fits = !dims[i].known() || dims[i].value == shape[i];
    if (fits) continue;
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("input \"{}\" reads {}, and the table gives {}", input.name, to_string(dims), to_string(shape)),
                shape.size() + 1 == dims.size()
                    ? "windows of a series are made by settings behind the file's name: table.csv:window=24,horizon=1"
                    : "");
  }
}

bool complete_signature(Model& model, const Table& reference, const std::vector<std::string>& ignore) {
  const Signature known = known_signature(model);
  check_categories(known, reference);
  const auto has = [&](const std::string& target) { return reference.has(target); };
  DataColumns columns{.no_targets = true};
  std::ranges::copy_if(ignore, std::back_inserter(columns.ignore), has);
  for (const OutputSignature& output : known.outputs) std::ranges::copy_if(output.targets, std::back_inserter(columns.ignore), has);
  const auto data = [&]() -> std::optional<Dataset> {
    try {
      Dataset made = dataset_for(model, reference, columns);
      check_shapes(model, made);
      return made;
    } catch (const Error&) {
      if (knows_features(known)) throw;
      return std::nullopt;
    }
  }();
  set_signature(model, known);
  if (data) remember_columns(model, *data, std::nullopt);
  return data.has_value();
}

std::vector<std::string> distinct_texts(const Tensor& column) {
  std::set<std::string> distinct;
  if (column.dtype() == DType::kString) {
    for (const std::string& text : column.strings())
      if (!text.empty()) distinct.insert(text);
  } else {
    const Tensor wide = column.cast(is_integer_type(column.dtype()) ? DType::kInt64 : DType::kFloat64);
    if (wide.dtype() == DType::kInt64)
      for (const std::int64_t value : wide.data<std::int64_t>()) distinct.insert(std::to_string(value));
    else
      for (const double value : wide.data<double>())
        if (!std::isnan(value)) distinct.insert(upkeep::format("{}", value));
  }
  return {distinct.begin(), distinct.end()};
}

}  // namespace upkeep
