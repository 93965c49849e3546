// Between Arrow's columns and tensors; seen by this folder only.
#pragma once

#include <arrow/api.h>

#include <map>
#include <string>
#include <utility>

#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

// Shares Arrow's memory where the layouts agree (numbers without missing values). Missing: integers and truth values become float64 with
// NaN, or texts where float64 would change a whole number. Throws Error{kUnsupported} naming the column for types that are no table cells
// (structs, maps, unions), {kInvalidArgument} for lists of unequal length.
Table to_table(const arrow::Table& from);

struct ToArrow {
  bool nan_is_null = false;
  bool flat = false;                                                          // refuse columns of higher rank
  bool times = false;                                                         // columns of times as timestamps in UTC, not as whole numbers
  const std::map<std::string, std::vector<std::uint8_t>>* missing = nullptr;  // by column of rank 1: 1 for each row without a value
};
// Shares the tensors' memory where the layouts agree. Columns of higher rank become fixed-size lists.
std::shared_ptr<arrow::Table> to_arrow(const Table& table, const ToArrow& how);

Error to_error(const arrow::Status& status);

inline void check(const arrow::Status& status) {
  if (!status.ok()) throw to_error(status);
}

template <typename T>
T checked(arrow::Result<T> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

inline constexpr std::uintmax_t kLargeFileBytes = std::uintmax_t{8} << 20;  // from here on, Arrow's thread pool pays

}  // namespace upkeep::sources
