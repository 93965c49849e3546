// From named columns to the tensors that a model trains on.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/rows.hpp"
#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

bool is_number_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kFloat32:
    case DType::kFloat64:
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
    case DType::kUInt8:
    case DType::kUInt16:
    case DType::kUInt32:
    case DType::kUInt64:
    case DType::kBool: return true;
    default: return false;
  }
}

// NaN for an empty cell, nothing for text that is no number.
std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool mostly_numbers(const std::vector<std::string>& cells) {
  std::size_t numbers = 0;
  std::size_t filled = 0;
  for (const std::string& cell : cells) {
    if (trim(cell).empty()) continue;
    ++filled;
    numbers += parse_number(cell).has_value();
  }
  return numbers * 2 > filled;
}

Error no_number(std::size_t row, const std::string& text) {
  if (text.empty()) return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} is empty, and no other row holds a number", row));
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} holds \"{}\", which is no number", row, text),
               "correct the cell, or ignore the column");
}

Tensor parse_numbers(const Tensor& text) {
  std::vector<double> numbers;
  numbers.reserve(text.strings().size());
  const std::size_t width = text.dim(0) > 0 ? text.strings().size() / static_cast<std::size_t>(text.dim(0)) : 1;
  bool any = false;
  for (const std::string& cell : text.strings()) {
    const std::optional<double> value = parse_number(cell);
    if (!value) throw no_number(numbers.size() / width + 1, cell);
    numbers.push_back(*value);
    any = any || !std::isnan(*value);
  }
  if (!any) throw no_number(1, "");
  return Tensor(text.shape(), std::move(numbers));
}

Tensor as_float32(const Tensor& column) {
  if (column.dtype() == DType::kString) return parse_numbers(column).cast(DType::kFloat32);
  if (!is_number_type(column.dtype()))
    throw Error(ErrorCode::kUnsupported, upkeep::format("elements of type {} are not numbers to train on", to_string(column.dtype())));
  return column.cast(DType::kFloat32);
}

// Columns side by side: [N, F] from F times [N]. In blocks of rows, so that what is written stays in the cache.
Tensor side_by_side(const std::vector<Tensor>& columns, std::int64_t rows) {
  const std::size_t width = columns.size();
  std::vector<std::span<const float>> from;
  for (const Tensor& column : columns) from.push_back(column.floats());
  std::vector<float> out(static_cast<std::size_t>(rows) * width);
  constexpr std::size_t kBlock = 64;
  for (std::size_t begin = 0; begin < static_cast<std::size_t>(rows); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, static_cast<std::size_t>(rows));
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t row = begin; row < end; ++row) out[row * width + i] = from[i][row];
  }
  return Tensor({rows, static_cast<std::int64_t>(width)}, std::move(out));
}

// The named columns as one float32 tensor: [N, F], or a single column of higher rank as it is.
Tensor gather_columns(const Table& table, const std::vector<std::string>& names) {
  std::vector<Tensor> columns;
  for (const std::string& name : names) {
    Tensor column = in_context(upkeep::format("column \"{}\"", name), [&] { return as_float32(table.column(name)); });
    if (names.size() == 1 && column.rank() > 1) return column;
    if (column.size() != table.rows())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("column \"{}\" has the shape {}", name, to_string(column.shape())),
                  "several columns go together when each has one number in a row; name the one that is meant");
    columns.push_back(std::move(column));
  }
  if (columns.size() == 1) return columns.front().reshaped({table.rows(), 1});
  return side_by_side(columns, table.rows());
}

// The same of texts: [N, F] string.
Tensor gather_texts(const Table& table, const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  for (const std::string& name : names)
    if (table.column(name).dtype() != DType::kString || table.column(name).size() != table.rows())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("column \"{}\" holds {}{}, and the model reads texts", name, to_string(table.column(name).dtype()),
                                 to_string(table.column(name).shape())),
                  "name a column of texts");
  for (std::size_t row = 0; row < static_cast<std::size_t>(table.rows()); ++row)
    for (const std::string& name : names) texts.push_back(table.column(name).strings()[row]);
  return Tensor({table.rows(), std::ssize(names)}, std::move(texts));
}

bool is_feature(const Tensor& column, bool texts) {
  if (texts) return column.dtype() == DType::kString;
  return is_number_type(column.dtype()) || (column.dtype() == DType::kString && mostly_numbers(column.strings()));
}

void expect_known(const Table& table, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!table.has(name)) throw unknown_name("column", name, table.names(), ErrorCode::kNotFound);
}

std::vector<std::string> features_in(const Table& table, bool texts, const std::vector<std::string>& without) {
  std::vector<std::string> names;
  for (const auto& [name, values] : table.columns())
    if (!std::ranges::contains(without, name) && is_feature(values, texts)) names.push_back(name);
  return names;
}

std::vector<std::string> feature_names(const Table& table, const DatasetOptions& options) {
  expect_known(table, options.features);
  if (!options.features.empty()) return options.features;
  std::vector<std::string> without = options.ignore;
  without.insert(without.end(), options.targets.begin(), options.targets.end());
  const std::vector<std::string> names = features_in(table, options.texts, without);
  if (names.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("no {} is left to predict from", options.texts ? "column of texts" : "numeric column"),
                "columns are: " + join(table.names()));
  return names;
}

void expect_finite(const Tensor& targets, const std::vector<std::string>& names) {
  const std::span<const float> values = targets.floats();
  const std::size_t width = values.size() / static_cast<std::size_t>(targets.dim(0));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    const std::string& name = names.size() == width ? names[i % width] : names.front();
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("target \"{}\" is {} in row {}", name, std::isnan(values[i]) ? "missing (NaN)" : "infinite as float32",
                               i / width + 1),
                "every row needs a finite target: leave such rows out, or fill the value in");
  }
}

std::int64_t class_index(double value, std::size_t row) {
  if (value >= 0 && value <= std::numeric_limits<std::int32_t>::max() && value == std::floor(value))
    return static_cast<std::int64_t>(value);
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} holds {}, which is no class index", row, value),
              "classes are whole numbers from 0, or texts");
}

std::vector<std::int64_t> indices_of_numbers(const Tensor& column) {
  const Tensor wide = column.cast(DType::kFloat64);
  std::vector<std::int64_t> indices;
  indices.reserve(static_cast<std::size_t>(wide.size()));
  for (const double value : wide.data<double>()) indices.push_back(class_index(value, indices.size() + 1));
  return indices;
}

std::vector<std::int64_t> indices_of_labels(const std::vector<std::string>& labels, std::vector<std::string>& class_names) {
  std::map<std::string_view, std::int64_t> places;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row].empty())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} has no label", row + 1), "every row needs a label");
    places.emplace(labels[row], 0);
  }
  for (auto& [label, place] : places) {
    place = static_cast<std::int64_t>(class_names.size());
    class_names.emplace_back(label);
  }
  std::vector<std::int64_t> indices;
  indices.reserve(labels.size());
  for (const std::string& label : labels) indices.push_back(places.at(label));
  return indices;
}

// One class for each row is [rows, 1]; for each step of a sequence, or pixel, [rows, ..., 1].
Shape with_last_axis(Shape shape) {
  if (shape.size() == 1 || shape.back() != 1) shape.push_back(1);
  return shape;
}

void set_class_targets(Dataset& data, const Table& table, const std::vector<std::string>& names) {
  if (names.size() != 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("class indices come from one column, not from {}", names.size()),
                "targets are: " + join(names));
  in_context(upkeep::format("target \"{}\"", names.front()), [&] {
    const Tensor& column = table.column(names.front());
    if (column.dtype() != DType::kString && !is_number_type(column.dtype()))
      throw Error(ErrorCode::kUnsupported, upkeep::format("elements of type {} are not class indices", to_string(column.dtype())));
    auto indices = column.dtype() == DType::kString ? indices_of_labels(column.strings(), data.class_names) : indices_of_numbers(column);
    data.targets = Tensor(with_last_axis(column.shape()), std::move(indices));
  });
}

void set_targets(Dataset& data, const Table& table, const DatasetOptions& options) {
  data.target_names = options.targets;
  if (options.targets.empty()) {
    data.targets = Tensor({table.rows(), 0}, std::vector<float>{});
  } else if (options.integer_targets) {
    set_class_targets(data, table, options.targets);
  } else {
    data.targets = gather_columns(table, options.targets);
    expect_finite(data.targets, options.targets);
  }
}

}  // namespace

std::vector<std::string> numeric_columns(const Table& table, const std::vector<std::string>& without) {
  return features_in(table, false, without);
}

Dataset make_dataset(const Table& table, const std::string& input_name, const DatasetOptions& options) {
  if (table.rows() == 0) throw Error(ErrorCode::kInvalidArgument, "the table has no rows");
  expect_known(table, options.targets);
  expect_known(table, options.ignore);
  Dataset data;
  data.ordered = table.ordered();
  data.feature_names = feature_names(table, options);
  data.inputs.emplace(input_name, options.texts ? gather_texts(table, data.feature_names) : gather_columns(table, data.feature_names));
  set_targets(data, table, options);
  return data;
}

Dataset Dataset::take(const std::vector<std::int64_t>& indices) const {
  Dataset taken = *this;
  for (auto& [name, values] : taken.inputs) values = take_rows(values, indices);
  if (targets.size() > 0 || output_targets.empty()) taken.targets = take_rows(targets, indices);
  for (auto& [name, values] : taken.output_targets) values = take_rows(values, indices);
  if (sample_weights.size() > 0) taken.sample_weights = take_rows(sample_weights, indices);
  taken.table_rows.clear();
  for (const std::int64_t row : indices) taken.table_rows.push_back(row_number(row) - 1);
  return taken;
}

Dataset Dataset::rows(std::int64_t begin, std::int64_t end) const {
  Dataset part = *this;
  for (auto& [name, values] : part.inputs) values = values.rows(begin, end);
  if (targets.size() > 0 || output_targets.empty()) part.targets = targets.rows(begin, end);
  for (auto& [name, values] : part.output_targets) values = values.rows(begin, end);
  if (sample_weights.size() > 0) part.sample_weights = sample_weights.rows(begin, end);
  part.table_rows.clear();
  for (std::int64_t row = begin; row < end; ++row) part.table_rows.push_back(row_number(row) - 1);
  return part;
}

}  // namespace upkeep
