#include "train/columns.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "base/settings.hpp"
#include "base/some_of.hpp"
#include "data/elements.hpp"
#include "data/windows.hpp"
#include "graph/element_types.hpp"
#include "graph/signature.hpp"
#include "train/scored_output.hpp"

namespace upkeep {

std::vector<std::string> metadata_list(const Model& model, const char* key) {
  const std::string* text = find(model.metadata, key);
  if (!text) return {};
  return in_context("metadata \"" + std::string(key) + "\"",
                    [&] { return from_json_checked<std::vector<std::string>>(parse_json(*text)); });
}

static const OutputSignature* judged(const Signature& signature, const std::string& output) {
  return output.empty() ? signature.judged_output() : signature.output(output);
}

std::vector<std::string> own_targets(const Model& model, const std::string& output) {
  const Signature signature = signature_of(model);
  const OutputSignature* own = judged(signature, output);
  return own ? own->targets : std::vector<std::string>{};
}

static bool holds_samples(const Table& table, const InputSignature& input) {
  return input.dims && input.dims->size() > 2 && table.has(input.name) &&
         std::cmp_equal(table.column(input.name).rank(), input.dims->size());
}

std::vector<std::string> feature_columns(const Model& model, const Table& table) {
  Signature signature = signature_of(model);
  for (InputSignature& input : signature.inputs)
    if (!input.features.empty() && holds_samples(table, input)) input.features = {{.column = input.name, .categories = {}}};
  return feature_columns(signature);
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

static constexpr double kLargestNumber = 1e15;  // of a class

// Whole numbers that are names, as a classifier of the digits 3 and 8 has them; empty where the names are the indices, or no numbers.
static std::map<std::int64_t, std::int64_t> indices_by_number(const std::vector<std::string>& known) {
  std::map<std::int64_t, std::int64_t> indices;
  bool same = true;
  for (const std::string& name : known) {
    const std::optional<double> number = parse_number(name);
    if (!number || *number != std::floor(*number) || !(std::abs(*number) <= kLargestNumber)) return {};
    const std::int64_t index = std::ssize(indices);
    same = same && static_cast<std::int64_t>(*number) == index;
    indices.emplace(static_cast<std::int64_t>(*number), index);
  }
  return same ? std::map<std::int64_t, std::int64_t>() : indices;
}

// Targets that are the numbers by which the model calls its classes become their indices.
static void number_classes(Dataset& data, const std::vector<std::string>& known) {
  const std::map<std::int64_t, std::int64_t> indices = indices_by_number(known);
  if (indices.empty() || !data.class_names.empty() || data.targets.size() != data.targets.dim(0)) return;
  const Tensor numbers = data.targets.cast(DType::kFloat64);
  std::vector<std::int64_t> made;
  for (const double number : numbers.data<double>()) {
    const bool whole = std::abs(number) <= kLargestNumber && number == std::floor(number);
    const auto found = whole ? indices.find(static_cast<std::int64_t>(number)) : indices.end();
    if (found == indices.end()) throw unknown_name("class", upkeep::format("{}", number), known);
    made.push_back(found->second);
  }
  data.targets = Tensor(data.targets.shape(), std::move(made));
  data.class_names = known;
}

// The count of features that an input wants, where that is a number.
static void check_width(const ValueInfo& input, const Table& table, const Tensor& given, const std::vector<std::string>& features,
                        const std::vector<std::string>& targets) {
  if (!input.type.shape || features.empty()) return;
  const Dims& dims = *input.type.shape;
  const bool single = dims.size() == 1;
  if (single ? given.rank() == 1 : dims.size() != 2 || !dims.back().known()) return;
  const std::int64_t wanted = single ? 1 : dims.back().value;
  if (given.shape() == Shape{table.rows(), wanted}) return;
  std::vector<std::string> others;
  for (const std::string& name : table.names())
    if (!std::ranges::contains(features, name) && !std::ranges::contains(targets, name))
      others.push_back(table.is_time(name) ? name + " (times)" : name);
  throw Error(ErrorCode::kInvalidArgument,
              "the model reads " + std::to_string(wanted) + " features, the table gives " + std::to_string(given.shape().back()) + ": " +
                  some_of(features) + (others.empty() ? "" : "; left out: " + some_of(others)),
              "name the columns, or those to ignore");
}

namespace {

bool has_rows_of(const Shape& shape, const Dims& dims) {
  if (shape.size() != dims.size()) return false;
  for (std::size_t i = 1; i < shape.size(); ++i)
    if (dims[i].known() && dims[i].value != shape[i]) return false;
  return true;
}

bool is_scalar(const ValueInfo& input) { return input.type.shape && input.type.shape->empty(); }

// Columns by input, as they were named.
using InputColumns = std::map<std::string, std::vector<std::string>>;

// From a table to the inputs of a model.
class InputReader {
 public:
  InputReader(const Model& model, const Table& table, const DatasetOptions& options) : model_(model), table_(table), options_(options) {
    for (const ValueInfo& input : model.graph.inputs) {
      names_.push_back(input.name);
      if (!is_scalar(input)) by_row_.push_back(&input);
    }
  }

  Dataset read() {
    if (reads_whole_arrays()) return whole_arrays();
    if (by_row_.empty()) throw Error(ErrorCode::kUnsupported, "every input of the model is a scalar", "give them in an .npz file");
    sort_features();
    Tensors scalars = read_scalars();
    Dataset data = by_row_.size() == 1 ? one_input() : several_inputs();
    data.inputs.merge(scalars);
    return data;
  }

 private:
  // Arrays that are no columns of one table, each of an input's name.
  bool reads_whole_arrays() const {
    const auto stands_alone = [&](const std::string& name) {
      const Tensor* array = table_.whole(name);
      return array && (array->rank() > 0 || table_.columns().empty());
    };
    return options_.features.empty() && std::ranges::any_of(names_, stands_alone);
  }

  Dataset whole_arrays() const {
    Dataset data;
    for (const ValueInfo& input : model_.graph.inputs) {
      const Tensor* array = table_.whole(input.name);
      if (!array && !table_.has(input.name)) throw unknown_name("array", input.name, table_.names(), ErrorCode::kNotFound);
      const Tensor& values = array ? *array : table_.column(input.name);
      data.inputs[input.name] = in_context("array \"" + input.name + "\"", [&] { return as_elements(values, input.type.dtype); });
      data.feature_names.push_back(input.name);
    }
    if (!options_.targets.empty())
      throw Error(ErrorCode::kInvalidArgument, "the arrays have first axes of different lengths, so there are no rows to compare");
    data.targets = Tensor({0, 0}, std::vector<float>{});
    return data;
  }

  // Of a model with one input by rows its columns need no name before them.
  void sort_features() {
    for (const std::string& feature : options_.features) {
      const std::size_t sign = table_.has(feature) ? std::string::npos : feature.find('=');
      const std::string input = feature.substr(0, sign);
      if (sign != std::string::npos && std::ranges::contains(names_, input)) columns_[input].push_back(feature.substr(sign + 1));
      else if (by_row_.size() == 1) columns_[by_row_.front()->name].push_back(feature);
      else if (std::ranges::contains(names_, input)) columns_[input].push_back(input);
      else throw unknown_name("input", input, names_);
    }
  }

  Tensors read_scalars() {
    Tensors scalars;
    for (const ValueInfo& input : model_.graph.inputs)
      if (is_scalar(input)) scalars[input.name] = in_context("input \"" + input.name + "\"", [&] { return scalar(input); });
    return scalars;
  }

  // Its column is no feature of another input.
  Tensor scalar(const ValueInfo& input) {
    const auto given = columns_.find(input.name);
    const std::string column = given != columns_.end() ? given->second.front() : input.name;
    if (const Tensor* array = table_.whole(column)) return as_elements(*array, input.type.dtype).reshaped({});
    if (!table_.has(column))
      throw Error(ErrorCode::kNotFound, "the model reads one number for all rows, and there is no array or column \"" + column + "\"",
                  "give it in an .npz file, or as a column whose values are all equal");
    options_.ignore.push_back(column);
    const Tensor values = in_context("column \"" + column + "\"", [&] { return as_elements(table_.column(column), input.type.dtype); });
    for (std::int64_t row = 1; row < table_.rows(); ++row)
      if (!(values.rows(row, row + 1) == values.rows(0, 1)))
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("column \"{}\" has another value in row {} than in row 1, and the model reads one for all rows", column,
                                   row + 1));
    return values.rows(0, 1).reshaped({});
  }

  // The features' values in the rank that the model declares.
  Dataset read_rows(const ValueInfo& input, const DatasetOptions& options) const {
    Dataset data = make_dataset(table_, input.name, options);
    Tensor& values = data.inputs.at(input.name);
    if (input.type.shape && input.type.shape->size() == 1 && values.shape() == Shape{table_.rows(), 1})
      values = values.reshaped({table_.rows()});
    check_width(input, table_, values, data.feature_names, options.targets);
    return data;
  }

  Dataset one_input() const {
    const ValueInfo& input = *by_row_.front();
    DatasetOptions options = options_;
    options.dtype = input.type.dtype;
    if (const auto own = columns_.find(input.name); own != columns_.end()) options.features = own->second;
    else if (options.features.empty() && model_.graph.inputs.size() > 1 && table_.has(input.name)) options.features = {input.name};
    else if (options.features.empty()) options.features = only_array(input);
    return read_rows(input, options);
  }

  // An array cannot stand beside other columns: the one that has the input's shape is meant. Nothing where there are several, or none.
  std::vector<std::string> only_array(const ValueInfo& input) const {
    std::vector<std::string> arrays;
    for (const auto& [name, values] : table_.columns()) {
      const bool left_out = std::ranges::contains(options_.targets, name) || std::ranges::contains(options_.ignore, name);
      if (!left_out && values.rank() > 1 && input.type.shape && has_rows_of(values.shape(), *input.type.shape)) arrays.push_back(name);
    }
    return arrays.size() == 1 ? arrays : std::vector<std::string>();
  }

  // The targets are made once, with the first input.
  Dataset several_inputs() {
    if (options_.features.empty())
      for (const ValueInfo* input : by_row_) columns_[input->name] = {own_column(input->name)};
    Dataset data;
    std::vector<std::string> features;
    DatasetOptions own = options_;
    for (const ValueInfo* input : by_row_) {
      const auto columns = columns_.find(input->name);
      if (columns == columns_.end())
        throw Error(ErrorCode::kInvalidArgument, "input \"" + input->name + "\" has no columns", "the model reads: " + join(names_));
      own.features = columns->second;
      own.dtype = input->type.dtype;
      Dataset part = in_context("input \"" + input->name + "\"", [&] { return read_rows(*input, own); });
      for (const std::string& name : part.feature_names) features.push_back(input->name + "=" + name);
      if (data.inputs.empty()) data = std::move(part);
      else data.inputs.merge(part.inputs);
      own.targets.clear();
    }
    data.feature_names = std::move(features);
    return data;
  }

  const std::string& own_column(const std::string& name) const {
    if (!table_.has(name))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("the model reads {} inputs, and no column is called \"{}\"", names_.size(), name),
                  "name the features as INPUT=COLUMN; columns are: " + some_of(table_.names(), 40));
    return name;
  }

  const Model& model_;
  const Table& table_;
  DatasetOptions options_;
  std::vector<std::string> names_;        // of all inputs
  std::vector<const ValueInfo*> by_row_;  // those that are no scalars
  InputColumns columns_;
};

const ValueInfo* output_of(const Model& model, const std::string& name) {
  const auto found = std::ranges::find(model.graph.outputs, name, &ValueInfo::name);
  if (found != model.graph.outputs.end()) return &*found;
  return model.graph.outputs.empty() ? nullptr : &scored_output(model);
}

// A text can only be a class; one of those that the model tells apart.
bool is_column_of_classes(const ValueInfo* output, const Table& table, const std::vector<std::string>& targets) {
  if (targets.size() != 1 || !table.has(targets.front()) || table.column(targets.front()).dtype() != DType::kString) return false;
  if (!output) return false;
  const std::optional<Dims>& answer = output->type.shape;
  return answer && answer->size() > 1 && answer->back().value > 1;
}

// Texts that an output of one number tells apart: those that the model knows, or, where it is to learn them, any two.
bool is_column_of_two(const Table& table, const std::vector<std::string>& targets, const std::vector<std::string>& known, bool learns) {
  if (targets.size() != 1 || !table.has(targets.front()) || table.column(targets.front()).dtype() != DType::kString) return false;
  const std::vector<std::string>& texts = table.column(targets.front()).strings();
  return known.size() == 2 || (learns && std::set<std::string>(texts.begin(), texts.end()).size() == 2);
}

// Targets are compared with what the output gives.
DType target_type(const ValueInfo* output) {
  if (!output) return DType::kFloat32;
  const DType dtype = output->type.dtype;
  return dtype == DType::kFloat64 || is_integer_type(dtype) ? dtype : DType::kFloat32;
}

// To be compared with each other only.
std::vector<std::string> texts_of(const Tensor& values) {
  if (values.dtype() == DType::kString) return values.strings();
  std::vector<std::string> texts;
  const Tensor wide = values.cast(DType::kFloat64);
  for (const double value : wide.data<double>()) texts.push_back(upkeep::format("{}", value));
  return texts;
}

}  // namespace

// "OUTPUT=COLUMN" -> "COLUMN", where the output is the one that is judged.
static std::string column_of_target(const Model& model, const Table& table, const std::string& target, const ValueInfo* judged) {
  const std::size_t sign = table.has(target) ? std::string::npos : target.find('=');
  if (sign == std::string::npos) return target;
  const std::string output = target.substr(0, sign);
  std::vector<std::string> outputs;
  for (const ValueInfo& one : model.graph.outputs) outputs.push_back(one.name);
  if (!std::ranges::contains(outputs, output)) {
    if (table.has(target.substr(sign + 1))) throw unknown_name("output", output, outputs);
    return target;
  }
  if (!judged || output != judged->name)
    throw Error(ErrorCode::kUnsupported, upkeep::format("output \"{}\" is not the one that is judged", output),
                judged ? "targets are compared with output \"" + judged->name + "\"" : "");
  return target.substr(sign + 1);
}

// The same inputs, and targets of each output.
static Dataset dataset_of_outputs(const Model& model, const Table& table, const DataColumns& columns) {
  std::vector<std::string> all;
  for (const OutputColumns& one : columns.outputs) all.insert(all.end(), one.targets.begin(), one.targets.end());
  Dataset data;
  for (const OutputColumns& one : columns.outputs) {
    DataColumns own = columns;
    own.outputs.clear();
    own.targets = one.targets;
    own.integer_targets = one.integer_targets;
    own.two_classes = one.two_classes;
    own.output = one.output;
    std::ranges::copy_if(all, std::back_inserter(own.ignore),
                         [&](const std::string& name) { return !std::ranges::contains(one.targets, name); });
    Dataset part = in_context("output \"" + one.output + "\"", [&] { return dataset_for(model, table, own); });
    data.inputs = std::move(part.inputs);
    data.feature_names = std::move(part.feature_names);
    data.ordered = part.ordered;
    data.table_rows = std::move(part.table_rows);
    data.spans = std::move(part.spans);
    for (const std::string& name : part.target_names) data.target_names.push_back(one.output + "=" + name);
    data.output_targets[one.output] = std::move(part.targets);
    for (const std::string& name : part.class_names) data.class_names.push_back(one.output + "=" + name);
  }
  return data;
}

// Columns by the names that the model knows. A table that has none of them, and all of them in one array, does not say their order.
static void expect_some(const Table& table, const std::vector<std::string>& features) {
  const auto has = [&](const std::string& name) { return table.has(name) || table.has(name.substr(name.find('=') + 1)); };  // INPUT=COLUMN
  if (features.size() < 2 || std::ranges::any_of(features, has)) return;
  for (const auto& [name, values] : table.columns())
    if (values.rank() == 2 && std::cmp_equal(values.dim(1), features.size()))
      throw Error(ErrorCode::kNotFound, "the table has none of the model's columns " + some_of(features, 4),
                  upkeep::format("if \"{}\" holds them in this order, say --features {}", name, name));
}

Dataset dataset_for(const Model& model, const Table& table, const DataColumns& columns) {
  if (!columns.outputs.empty() && !columns.no_targets) return dataset_of_outputs(model, table, columns);
  if (model.graph.inputs.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no input");
  const ValueInfo* output = output_of(model, columns.output);
  DatasetOptions options{.targets = columns.targets,
                         .features = columns.features,
                         .ignore = columns.ignore,
                         .integer_targets = columns.integer_targets,
                         .target_dtype = target_type(output)};
  const Signature signature = signature_of(model);
  const OutputSignature* own = judged(signature, output ? output->name : columns.output);
  if (options.features.empty()) {
    options.features = feature_columns(model, table);
    expect_some(table, options.features);
  }
  for (std::string& target : options.targets) target = column_of_target(model, table, target, output);
  if (options.targets.empty() && own) options.targets = own->targets;
  if (options.targets.empty() && !table.target().empty()) options.targets = {table.target()};
  if (columns.no_targets) {
    for (const OutputColumns& one : columns.outputs) options.targets.insert(options.targets.end(), one.targets.begin(), one.targets.end());
    std::ranges::copy_if(options.targets, std::back_inserter(options.ignore), [&](const std::string& name) { return table.has(name); });
    options.targets.clear();
  }
  const std::vector<std::string> known = own ? own->classes : std::vector<std::string>{};
  options.integer_targets = options.integer_targets || is_column_of_classes(output, table, options.targets) ||
                            is_column_of_two(table, options.targets, known, columns.two_classes);
  const Series& series = table.series();
  if (series.window > 0 && !series.by.empty()) options.ignore.push_back(series.by);  // it says which series, and is no feature by itself
  Dataset data = InputReader(model, table, options).read();
  if (!columns.no_targets) {
    renumber_classes(data, known);
    number_classes(data, known);
  }
  if (series.window == 0) return data;
  return windows_of(data, series, series.by.empty() ? std::vector<std::string>{} : texts_of(table.column(series.by)));
}

}  // namespace upkeep
