#include "log/cells.hpp"

#include <array>
#include <cmath>
#include <optional>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

struct Place {  // of cells, for messages
  std::string_view of;
  std::string_view column;
};

constexpr double kExactWhole = 9007199254740992.0;  // from here on float64 does not hold every whole number
constexpr double kYear2000 = 946'684'800, kYear2100 = 4'102'444'800;

std::string whole_number_text(double value, const Place& at, std::size_t row) {
  if (std::isnan(value)) throw bad_row(at.of, row, upkeep::format("the {} is missing", at.column));
  if (value != std::floor(value) || std::abs(value) >= kExactWhole)
    throw bad_row(at.of, row, upkeep::format("the {} {} is no whole number that floats hold exactly", at.column, value),
                  "write ids as texts or as whole numbers");
  return upkeep::format("{:.0f}", value);
}

struct Unit {
  TimeUnit unit;
  std::string_view name;
  double per_second;
};
constexpr std::array<Unit, 4> kUnits{{{TimeUnit::kSeconds, "s", 1},
                                      {TimeUnit::kMilliseconds, "ms", 1e3},
                                      {TimeUnit::kMicroseconds, "us", 1e6},
                                      {TimeUnit::kNanoseconds, "ns", 1e9}}};

const Unit& unit_of(double number, TimeUnit said, const Place& at, std::size_t row) {
  for (const Unit& unit : kUnits)
    if (unit.unit == said || (said == TimeUnit::kDetect && number >= kYear2000 * unit.per_second && number < kYear2100 * unit.per_second))
      return unit;
  throw bad_row(at.of, row, upkeep::format("the {} {} lies between 2000 and 2100 in no unit", at.column, number),
                "say what it counts since 1970: --time-unit s, ms, us or ns; or write times as 2026-01-31T12:00:00Z");
}

std::int64_t microseconds_of(std::int64_t number, const Unit& unit, const Place& at, std::size_t row) {
  if (unit.unit == TimeUnit::kNanoseconds) return number / 1000 - (number % 1000 < 0);
  std::int64_t scaled = 0;
  if (__builtin_mul_overflow(number, static_cast<std::int64_t>(1e6 / unit.per_second), &scaled))
    throw bad_row(at.of, row, upkeep::format("the {} {} is out of range", at.column, number));
  return scaled;
}

std::vector<std::int64_t> numbers_as_times(const Tensor& given, TimeUnit said, const Place& at) {
  std::vector<std::int64_t> times;
  const bool whole = is_integer_type(given.dtype());
  const Tensor exact = given.cast(whole ? DType::kInt64 : DType::kFloat64);
  std::optional<TimeUnit> first;
  for (std::size_t row = 0; row < static_cast<std::size_t>(exact.size()); ++row) {
    const double number = whole ? static_cast<double>(exact.data<std::int64_t>()[row]) : exact.data<double>()[row];
    if (!std::isfinite(number)) throw bad_row(at.of, row, upkeep::format("the {} is missing", at.column));
    const Unit& unit = unit_of(number, said, at, row);
    if (first && *first != unit.unit)
      throw bad_row(at.of, row, upkeep::format("the {} is in another unit than that of row 1", at.column),
                    "say it with --time-unit s, ms, us or ns");
    first = unit.unit;
    if (whole) {
      times.push_back(microseconds_of(exact.data<std::int64_t>()[row], unit, at, row));
      continue;
    }
    const double scaled = std::floor(number * (1e6 / unit.per_second));
    if (std::abs(scaled) > 9e18) throw bad_row(at.of, row, upkeep::format("the {} {} is out of range", at.column, number));
    times.push_back(static_cast<std::int64_t>(scaled));
  }
  return times;
}

std::vector<std::int64_t> texts_as_times(const Tensor& given, const Place& at) {
  std::vector<std::int64_t> times;
  for (std::size_t row = 0; row < given.strings().size(); ++row) {
    if (given.strings()[row].empty()) throw bad_row(at.of, row, upkeep::format("the {} is missing", at.column));
    times.push_back(in_context(upkeep::format("row {} of {}", row + 1, at.of),
                               [&] { return time_from_iso8601(given.strings()[row]).time_since_epoch().count(); }));
  }
  return times;
}

}  // namespace

Error bad_row(std::string_view of, std::size_t row, const std::string& what, std::string hint) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} of {}: {}", row + 1, of, what), std::move(hint));
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

std::vector<std::string> ids_in(const Table& table, const std::string& column, std::string_view of) {
  const Tensor& given = table.column(column);
  const Place place{.of = of, .column = column};
  std::vector<std::string> ids;
  if (given.dtype() == DType::kString) {
    ids = given.strings();
  } else if (table.is_time(column)) {
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
    for (const double id : wide.data<double>()) ids.push_back(whole_number_text(id, place, ids.size()));
  }
  for (std::size_t row = 0; row < ids.size(); ++row)
    if (ids[row].empty()) throw bad_row(of, row, upkeep::format("the {} is missing", column));
  return ids;
}

std::vector<std::int64_t> times_in(const Table& table, const std::string& column, TimeUnit unit, std::string_view of) {
  const Place place{.of = of, .column = column};
  const Tensor& given = table.column(column);
  if (given.dtype() == DType::kString) return texts_as_times(given, place);
  return numbers_as_times(given, table.is_time(column) ? TimeUnit::kMicroseconds : unit, place);
}

}  // namespace upkeep
