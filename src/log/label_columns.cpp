#include "log/label_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

constexpr double kExactWhole = 9007199254740992.0;  // from here on float64 does not hold every whole number
constexpr double kYear2000 = 946'684'800, kYear2100 = 4'102'444'800;

std::string whole_number_text(double value, std::size_t row) {
  if (std::isnan(value)) throw bad_label(row, "the request_id is missing");
  if (value != std::floor(value) || std::abs(value) >= kExactWhole)
    throw bad_label(row, upkeep::format("the request_id {} is no whole number that floats hold exactly", value),
                    "write ids as texts or as whole numbers");
  return upkeep::format("{:.0f}", value);
}

// Ids are texts whatever they look like.
std::vector<std::string> label_ids(const Table& labels) {
  const Tensor& given = labels.column("request_id");
  std::vector<std::string> ids;
  if (given.dtype() == DType::kString) {
    ids = given.strings();
  } else if (labels.is_time("request_id")) {
    throw Error(ErrorCode::kInvalidArgument, "the column of request ids holds times", "write ids as texts, as the requests had them");
  } else if (is_integer_type(given.dtype())) {
    const Tensor wide = given.cast(given.dtype() == DType::kUInt64 ? DType::kUInt64 : DType::kInt64);
    for (std::int64_t i = 0; i < wide.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      ids.push_back(wide.dtype() == DType::kUInt64 ? std::to_string(wide.data<std::uint64_t>()[at])
                                                   : std::to_string(wide.data<std::int64_t>()[at]));
    }
  } else {
    const Tensor wide = given.cast(DType::kFloat64);
    for (const double id : wide.data<double>()) ids.push_back(whole_number_text(id, ids.size()));
  }
  for (std::size_t row = 0; row < ids.size(); ++row)
    if (ids[row].empty()) throw bad_label(row, "the request_id is missing");
  return ids;
}

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

// --- times -----------------------------------------------------------------------------------------------------------

struct Unit {
  TimeUnit unit;
  std::string_view name;
  double per_second;
};
constexpr std::array<Unit, 4> kUnits{{{TimeUnit::kSeconds, "s", 1},
                                      {TimeUnit::kMilliseconds, "ms", 1e3},
                                      {TimeUnit::kMicroseconds, "us", 1e6},
                                      {TimeUnit::kNanoseconds, "ns", 1e9}}};

const Unit& unit_of(double number, TimeUnit said, std::size_t row) {
  for (const Unit& unit : kUnits)
    if (unit.unit == said || (said == TimeUnit::kDetect && number >= kYear2000 * unit.per_second && number < kYear2100 * unit.per_second))
      return unit;
  throw bad_label(row, upkeep::format("the time {} lies between 2000 and 2100 in no unit", number),
                  "say what it counts since 1970: --time-unit s, ms, us or ns; or write times as 2026-01-31T12:00:00Z");
}

std::int64_t microseconds_of(std::int64_t number, const Unit& unit, std::size_t row) {
  if (unit.unit == TimeUnit::kNanoseconds) return number / 1000 - (number % 1000 < 0);
  std::int64_t scaled = 0;
  if (__builtin_mul_overflow(number, static_cast<std::int64_t>(1e6 / unit.per_second), &scaled))
    throw bad_label(row, upkeep::format("the time {} is out of range", number));
  return scaled;
}

std::vector<std::int64_t> numbers_as_times(const Tensor& given, TimeUnit said) {
  std::vector<std::int64_t> times;
  const bool whole = is_integer_type(given.dtype());
  const Tensor exact = given.cast(whole ? DType::kInt64 : DType::kFloat64);
  std::optional<TimeUnit> first;
  for (std::size_t row = 0; row < static_cast<std::size_t>(exact.size()); ++row) {
    const double number = whole ? static_cast<double>(exact.data<std::int64_t>()[row]) : exact.data<double>()[row];
    if (!std::isfinite(number)) throw bad_label(row, "the time is missing");
    const Unit& unit = unit_of(number, said, row);
    if (first && *first != unit.unit)
      throw bad_label(row, "the time is in another unit than that of row 1", "say it with --time-unit s, ms, us or ns");
    first = unit.unit;
    if (whole) {
      times.push_back(microseconds_of(exact.data<std::int64_t>()[row], unit, row));
      continue;
    }
    const double scaled = std::floor(number * (1e6 / unit.per_second));
    if (std::abs(scaled) > 9e18) throw bad_label(row, upkeep::format("the time {} is out of range", number));
    times.push_back(static_cast<std::int64_t>(scaled));
  }
  return times;
}

std::vector<std::int64_t> texts_as_times(const Tensor& given) {
  std::vector<std::int64_t> times;
  for (std::size_t row = 0; row < given.strings().size(); ++row) {
    if (given.strings()[row].empty()) throw bad_label(row, "the time is missing");
    times.push_back(in_context(upkeep::format("row {} of the labels", row + 1),
                               [&] { return time_from_iso8601(given.strings()[row]).time_since_epoch().count(); }));
  }
  return times;
}

std::vector<std::int64_t> label_times(const Table& labels, const LabelReading& reading) {
  const auto count = static_cast<std::size_t>(labels.rows());
  if (!labels.has("time")) return std::vector<std::int64_t>(count, reading.clock.now().time_since_epoch().count());
  const Tensor& given = labels.column("time");
  if (given.dtype() == DType::kString) return texts_as_times(given);
  return numbers_as_times(given, labels.is_time("time") ? TimeUnit::kMicroseconds : reading.time_unit);
}

}  // namespace

Error bad_label(std::size_t row, const std::string& what, std::string hint) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} of the labels: {}", row + 1, what), std::move(hint));
}

TimeUnit time_unit_from_string(std::string_view name) {
  if (name.empty()) return TimeUnit::kDetect;
  std::vector<std::string> known;
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.unit;
    known.emplace_back(unit.name);
  }
  throw unknown_name("unit of time", name, known);
}

LabelColumns label_columns(const Table& labels, const LabelReading& reading) {
  static const std::vector<std::string> kColumns{"request_id", "row", "label", "time", "source"};
  for (const std::string& name : labels.names())
    if (!std::ranges::contains(kColumns, name)) throw unknown_name("column of labels:", name, kColumns);
  LabelColumns columns{.ids = label_ids(labels),
                       .rows = label_rows(labels),
                       .times = label_times(labels, reading),
                       .labels = label_values(labels),
                       .sources = std::vector<std::string>(static_cast<std::size_t>(labels.rows()))};
  if (labels.has("source") && labels.column("source").dtype() == DType::kString) columns.sources = labels.column("source").strings();
  return columns;
}

}  // namespace upkeep
