#include "log/label_columns.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep {

namespace {

constexpr std::string_view kOfLabels = "the labels";

Error bad_label(std::size_t row, const std::string& what, std::string hint = {}) { return bad_row(kOfLabels, row, what, std::move(hint)); }

// A missing row is one that is not said.
std::vector<std::int32_t> label_rows(const Table& labels) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(labels.rows()), -1);
  if (!labels.has("row")) return rows;
  if (labels.column("row").dtype() == DType::kString)
    throw Error(ErrorCode::kInvalidArgument, "the column \"row\" of the labels is text", "0, 1, ... within the request");
  const Tensor wide = labels.column("row").cast(DType::kFloat64);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double number = wide.data<double>()[i];
    if (std::isnan(number)) continue;
    if (!(number >= 0 && number < 2e9) || number != std::floor(number)) throw bad_label(i, "the column \"row\" needs 0, 1, ...");
    rows[i] = static_cast<std::int32_t>(number);
  }
  return rows;
}

Tensor label_values(const Table& labels) {
  const Tensor& given = labels.column("label");
  if (given.rank() != 1) throw Error(ErrorCode::kInvalidArgument, upkeep::format("a label is one value, not {}", to_string(given.shape())));
  if (given.dtype() == DType::kString) {
    for (std::size_t row = 0; row < given.strings().size(); ++row)
      if (given.strings()[row].empty()) throw bad_label(row, "the label is missing");
    return given;
  }
  Tensor numbers = given.cast(DType::kFloat64);
  for (std::size_t row = 0; row < static_cast<std::size_t>(numbers.size()); ++row)
    if (!std::isfinite(numbers.data<double>()[row])) throw bad_label(row, "the label is missing or not finite");
  return numbers;
}

}  // namespace

LabelColumns label_columns(const Table& labels, const LabelReading& reading) {
  static const std::vector<std::string> kColumns{"request_id", "row", "label", "time", "source", "output"};
  for (const std::string& name : labels.names())
    if (!std::ranges::contains(kColumns, name)) throw unknown_name("column of labels:", name, kColumns);
  LabelColumns columns{.ids = ids_in(labels, "request_id", kOfLabels),
                       .rows = label_rows(labels),
                       .times = labels.has("time") ? times_in(labels, "time", reading.time_unit, kOfLabels)
                                                   : std::vector<std::int64_t>(static_cast<std::size_t>(labels.rows()),
                                                                               reading.clock.now().time_since_epoch().count()),
                       .labels = label_values(labels),
                       .sources = std::vector<std::string>(static_cast<std::size_t>(labels.rows())),
                       .outputs = std::vector<std::string>(static_cast<std::size_t>(labels.rows()))};
  if (labels.has("source") && labels.column("source").dtype() == DType::kString) columns.sources = labels.column("source").strings();
  if (!labels.has("output")) return columns;
  if (labels.column("output").dtype() != DType::kString)
    throw Error(ErrorCode::kInvalidArgument, "the column \"output\" of the labels holds no texts", "the names of the model's outputs");
  columns.outputs = labels.column("output").strings();
  return columns;
}

}  // namespace upkeep
