// From named columns to the tensors that a model trains on.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/some_of.hpp"
#include "data/elements.hpp"
#include "data/rows.hpp"
#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

// Columns side by side: [N, F] from F times [N]. In blocks of rows, so that what is written stays in the cache.
template <typename Element>
void interleave(const std::vector<Tensor>& columns, std::size_t rows, std::byte* to) {
  constexpr std::size_t kBlock = 64;
  auto* out = reinterpret_cast<Element*>(to);
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, rows);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto* from = reinterpret_cast<const Element*>(columns[i].bytes().data());
      for (std::size_t row = begin; row < end; ++row) out[row * columns.size() + i] = from[row];
    }
  }
}

Tensor side_by_side(const std::vector<Tensor>& columns, std::int64_t rows) {
  const DType dtype = columns.front().dtype();
  const std::size_t item = size_bits(dtype) / 8, count = static_cast<std::size_t>(rows);
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(count * columns.size() * item);
  switch (item) {
    case 1: interleave<std::uint8_t>(columns, count, bytes.get()); break;
    case 2: interleave<std::uint16_t>(columns, count, bytes.get()); break;
    case 4: interleave<std::uint32_t>(columns, count, bytes.get()); break;
    default: interleave<std::uint64_t>(columns, count, bytes.get());
  }
  return Tensor::share(dtype, {rows, std::ssize(columns)}, bytes, bytes.get());
}

Tensor texts_side_by_side(const std::vector<Tensor>& columns, std::int64_t rows) {
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(rows) * columns.size());
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
    for (const Tensor& column : columns) texts.push_back(column.strings()[row]);
  return Tensor({rows, std::ssize(columns)}, std::move(texts));
}

// The named columns as one tensor: [N, F], or a single column of higher rank as it is.
Tensor gather_columns(const Table& table, const std::vector<std::string>& names, DType dtype) {
  std::vector<Tensor> columns;
  for (const std::string& name : names) {
    Tensor column = dtype == DType::kString
                        ? table.texts(name)
                        : in_context(upkeep::format("column \"{}\"", name), [&] { return as_elements(table.column(name), dtype); });
    if (names.size() == 1 && column.rank() > 1) return column;
    if (column.size() != table.rows())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("column \"{}\" has the shape {}", name, to_string(column.shape())),
                  "several columns go together when each has one value in a row; name the one that is meant");
    columns.push_back(std::move(column));
  }
  if (columns.size() == 1) return columns.front().reshaped({table.rows(), 1});
  return dtype == DType::kString ? texts_side_by_side(columns, table.rows()) : side_by_side(columns, table.rows());
}

bool is_feature(const Tensor& column, DType dtype) {
  if (dtype == DType::kString) return column.dtype() == DType::kString;
  return is_number_type(column.dtype()) || (column.dtype() == DType::kString && mostly_numbers(column.strings()));
}

std::vector<std::string> features_in(const Table& table, DType dtype, const std::vector<std::string>& without) {
  std::vector<std::string> names;
  for (const auto& [name, values] : table.columns())
    if (!std::ranges::contains(without, name) && is_feature(values, dtype) && !table.is_time(name)) names.push_back(name);
  return names;
}

std::vector<std::string> feature_names(const Table& table, const DatasetOptions& options) {
  if (!options.features.empty()) return options.features;
  std::vector<std::string> without = options.ignore;
  without.insert(without.end(), options.targets.begin(), options.targets.end());
  std::vector<std::string> names = features_in(table, options.dtype, without);
  if (names.empty() && options.dtype == DType::kString)  // texts that look like numbers
    std::ranges::copy_if(table.names(), std::back_inserter(names),
                         [&](const std::string& name) { return !std::ranges::contains(without, name) && table.has_texts(name); });
  if (names.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("no {} is left to predict from", options.dtype == DType::kString ? "column of texts" : "numeric column"),
                "columns are: " + some_of(table.names(), 40));
  return names;
}

void expect_finite(const Tensor& targets, const std::vector<std::string>& names) {
  const Tensor wide = targets.cast(DType::kFloat64);
  const std::span<const double> values = wide.data<double>();
  const std::size_t width = values.size() / static_cast<std::size_t>(targets.dim(0));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    const std::string& name = names.size() == width ? names[i % width] : names.front();
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("target \"{}\" is {} in row {}", name, std::isnan(values[i]) ? "missing (NaN)" : "infinite", i / width + 1),
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
    data.targets = gather_columns(table, options.targets, options.target_dtype);
    if (is_number_type(options.target_dtype)) expect_finite(data.targets, options.targets);
  }
}

}  // namespace

std::vector<std::string> numeric_columns(const Table& table, const std::vector<std::string>& without) {
  return features_in(table, DType::kFloat32, without);
}

Dataset make_dataset(const Table& table, const std::string& input_name, const DatasetOptions& given) {
  if (table.rows() == 0) throw Error(ErrorCode::kInvalidArgument, "the table has no rows");
  DatasetOptions options = given;
  for (std::vector<std::string>* names : {&options.targets, &options.features, &options.ignore}) *names = table.find(*names);
  Dataset data;
  data.ordered = table.ordered();
  data.feature_names = feature_names(table, options);
  data.inputs.emplace(input_name, gather_columns(table, data.feature_names, options.dtype));
  set_targets(data, table, options);
  return data;
}

Dataset Dataset::take(const std::vector<std::int64_t>& indices) const {
  Dataset taken = *this;
  for (auto& [name, values] : taken.inputs)
    if (values.rank() > 0) values = take_rows(values, indices);
  if (targets.size() > 0 || output_targets.empty()) taken.targets = take_rows(targets, indices);
  for (auto& [name, values] : taken.output_targets) values = take_rows(values, indices);
  if (sample_weights.size() > 0) taken.sample_weights = take_rows(sample_weights, indices);
  taken.spans.clear();
  for (const std::int64_t row : indices)
    if (!spans.empty()) taken.spans.push_back(spans[static_cast<std::size_t>(row)]);
  taken.table_rows.clear();
  for (const std::int64_t row : indices) taken.table_rows.push_back(row_number(row) - 1);
  return taken;
}

Dataset Dataset::rows(std::int64_t begin, std::int64_t end) const {
  Dataset part = *this;
  for (auto& [name, values] : part.inputs)
    if (values.rank() > 0) values = values.rows(begin, end);
  if (targets.size() > 0 || output_targets.empty()) part.targets = targets.rows(begin, end);
  for (auto& [name, values] : part.output_targets) values = values.rows(begin, end);
  if (sample_weights.size() > 0) part.sample_weights = sample_weights.rows(begin, end);
  if (!spans.empty()) part.spans.assign(spans.begin() + begin, spans.begin() + end);
  part.table_rows.clear();
  for (std::int64_t row = begin; row < end; ++row) part.table_rows.push_back(row_number(row) - 1);
  return part;
}

}  // namespace upkeep
