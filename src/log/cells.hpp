// Ids and times as tables of other systems hold them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

// What whole numbers in a column of times count, since 1970. kDetect: told by their size, where all lie between 2000 and 2100 in one unit.
enum class TimeUnit { kDetect, kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };
TimeUnit time_unit_from_string(std::string_view name);  // "", "s", "ms", "us", "ns"

// All throw Error{kInvalidArgument} that names the row, counted from 1, "of the labels" where `of` says so.

// Ids are texts whatever they look like.
std::vector<std::string> ids_in(const Table& table, const std::string& column, std::string_view of);
// Microseconds since 1970: of ISO 8601 texts, of timestamps, of numbers.
std::vector<std::int64_t> times_in(const Table& table, const std::string& column, TimeUnit unit, std::string_view of);

Error bad_row(std::string_view of, std::size_t row, const std::string& what, std::string hint = {});

}  // namespace upkeep
