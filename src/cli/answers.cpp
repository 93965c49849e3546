#include "cli/answers.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/format.hpp"
#include "base/names.hpp"
#include "cli/models.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

// Value `i` of each row.
Tensor column_of(const Tensor& values, std::int64_t i) {
  const std::int64_t rows = values.dim(0), width = rows == 0 ? 1 : values.size() / rows;
  if (values.dtype() == DType::kString) {
    std::vector<std::string> column;
    for (std::int64_t row = 0; row < rows; ++row) column.push_back(values.strings()[static_cast<std::size_t>(row * width + i)]);
    return Tensor({rows}, std::move(column));
  }
  const auto item = static_cast<std::ptrdiff_t>(size_bits(values.dtype()) / 8);
  const auto bytes = std::make_shared_for_overwrite<std::byte[]>(static_cast<std::size_t>(rows * item));
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy_n(values.bytes().begin() + (row * width + i) * item, item, bytes.get() + row * item);
  return Tensor::share(values.dtype(), {rows}, bytes, bytes.get());
}

// In one of few types: texts, truth values, int64, uint64, float32, float64.
Tensor printable(const std::string& name, const Tensor& values) {
  const DType dtype = values.dtype();
  if (dtype == DType::kString || dtype == DType::kBool || dtype == DType::kUInt64 || dtype == DType::kFloat64) return values;
  if (!is_number_type(dtype))
    throw Error(ErrorCode::kUnsupported, upkeep::format("output \"{}\" is of type {}, which has no text form", name, to_string(dtype)));
  return values.cast(is_integer_type(dtype) ? DType::kInt64 : DType::kFloat32);
}

Json json_cell(const Tensor& values, std::size_t i) {
  switch (values.dtype()) {
    case DType::kString: return values.strings()[i];
    case DType::kBool: return values.data<bool>()[i];
    case DType::kInt64: return values.data<std::int64_t>()[i];
    case DType::kUInt64: return values.data<std::uint64_t>()[i];
    case DType::kFloat64: return json_number(values.data<double>()[i]);
    default: return json_number(values.floats()[i]);
  }
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string made = "\"";
  for (const char c : text) made += c == '"' ? "\"\"" : std::string(1, c);
  return made + '"';
}

std::string csv_cell(const Tensor& values, std::size_t i) {
  switch (values.dtype()) {
    case DType::kString: return quoted(values.strings()[i]);
    case DType::kBool: return values.data<bool>()[i] ? "1" : "0";
    case DType::kInt64: return std::to_string(values.data<std::int64_t>()[i]);
    case DType::kUInt64: return std::to_string(values.data<std::uint64_t>()[i]);
    case DType::kFloat64: return upkeep::format("{}", values.data<double>()[i]);
    default: return upkeep::format("{}", values.floats()[i]);
  }
}

}  // namespace

Table answers_table(const Tensors& outputs, bool arrays) {
  Table table;
  const auto first_axis = [](const auto& output) { return output.second.rank() == 0 ? std::int64_t{-1} : output.second.dim(0); };
  const bool by_row = std::ranges::all_of(
      outputs, [&](const auto& output) { return first_axis(output) >= 0 && first_axis(output) == first_axis(*outputs.begin()); });
  for (const auto& [name, values] : outputs) {
    if (!by_row) {
      table.add_whole(name, values);
      continue;
    }
    const std::int64_t width = values.dim(0) == 0 ? 1 : values.size() / values.dim(0);
    if (width == 1 || (arrays && values.rank() > 2))
      table.add(name, width == 1 && !(arrays && values.rank() > 2) ? values.reshaped({values.dim(0)}) : values);
    else
      for (std::int64_t i = 0; i < width; ++i) table.add(upkeep::format("{}.{}", name, i), column_of(values, i));
  }
  return table;
}

Json to_json(const Table& answers) {
  Json document = Json::object();
  const auto add = [&](const std::string& name, const Tensor& given) {
    const Tensor values = printable(name, given);
    Json list = Json::array();
    for (std::size_t i = 0; i < static_cast<std::size_t>(values.size()); ++i) list.push_back(json_cell(values, i));
    document[name] = std::move(list);
  };
  for (const auto& [name, values] : answers.columns()) add(name, values);
  for (const auto& [name, values] : answers.wholes()) add(name, values);
  return document;
}

std::string csv_text(const Table& answers) {
  if (!answers.wholes().empty())
    throw Error(ErrorCode::kUnsupported, "the outputs have no rows in common, so they make no table", "give --output FILE.npz");
  std::vector<Tensor> columns;
  for (const auto& [name, values] : answers.columns()) columns.push_back(printable(name, values));
  std::string text;
  for (const std::string& name : answers.names()) text += (text.empty() ? "" : ",") + quoted(name);
  for (std::size_t row = 0; row < static_cast<std::size_t>(answers.rows()); ++row)
    for (std::size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "\n" : ",") + csv_cell(columns[i], row);
  return text;
}

}  // namespace upkeep
