// Profiles: what a segment of the log holds, counted over cells that the model's reference gave. Beside a segment NAME.parquet lies its
// profile _NAME.profile, a thousandth of its size; profiles add up exactly, in any order, so that months are judged without their rows.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace upkeep {

inline constexpr std::size_t kQuantileCells = 1000;  // a multiple of the usual numbers of bins, whose edges are then cell edges
inline constexpr std::size_t kNamedOthers = 100;     // categories without a cell that a profile names

// How the values of one column of the log are counted, or the classes that several columns of scores answer.
struct ColumnCells {
  std::string column;             // of the log; of classes "class.OUTPUT", which is none
  DType dtype = DType::kFloat64;  // numbers are rounded to it before they are counted
  bool categorical = false;
  std::vector<double> edges;              // numbers: cell i is [edges[i - 1], edges[i]); the first and the last one are open
  std::vector<std::string> categories;    // ascending; each is a cell, and all others are one more
  double slack = 0;                       // numbers this close to each other are one value
  double mean = 0, deviation = 1;         // of the reference's finite numbers, to which moments refer
  std::vector<std::string> scores = {};   // columns of the log: the place of a row's largest score is its class
  std::vector<std::string> classes = {};  // their names, by place; none: their places are

  std::size_t size() const { return (categorical ? categories.size() : edges.size()) + 1; }
  std::size_t of(double value) const;  // not NaN
  std::size_t of(const std::string& category) const;
  bool is_one_value(std::size_t cell) const;
  bool is_in(const Table& segment) const;  // all of the columns that it counts
  // The value that stands for a cell on both sides of a comparison: the smallest that it holds of the reference.
  double value(std::size_t cell) const { return cell == 0 ? std::nextafter(edges.front(), -HUGE_VAL) : edges[cell - 1]; }
  bool operator==(const ColumnCells&) const = default;
};

// Cells of a reference's numbers (ascending, finite): up to 500 distinct values have a cell each, and the gaps between them one each; more
// are cut at their 1000-quantiles, and a value that fills a cell alone has it alone. Values within `slack` of each other are one.
std::vector<double> edges_of(std::span<const double> ascending, double slack = 0);

// Counts of one column.
struct ColumnCounts {
  std::vector<std::int64_t> cells;  // by cell
  std::int64_t missing = 0;
  std::int64_t infinite = 0;                   // they also count in the outer cells
  double low = HUGE_VAL, high = -HUGE_VAL;     // of finite numbers
  std::map<std::string, std::int64_t> others;  // categories without a cell: the kNamedOthers of the smallest hashes
  // Sums of (x - mean) / deviation of finite numbers in units of 2^-16, and of their squares: whole numbers, so that they add up exactly.
  __extension__ typedef __int128 Wide;
  Wide sum = 0, squares = 0;

  std::int64_t values() const;                 // that are not missing
  double mean(const ColumnCells& over) const;  // of finite numbers; NaN where none was counted with its moments
  void merge(const ColumnCounts& other);
  bool operator==(const ColumnCounts&) const = default;
};

struct SegmentProfile;

// The cells of a model, and the counts of its reference over them; of a reference that knows several populations, of each.
struct ReferenceProfile {
  struct Part {
    std::string name;  // "all" first
    std::int64_t rows = 0;
    std::vector<ColumnCounts> columns;
  };
  std::vector<ColumnCells> columns;
  std::vector<Part> parts;
  std::string fingerprint;  // of all of this

  bool fits(const Table& segment) const;           // it has all of the columns
  bool fits(const SegmentProfile& profile) const;  // it counts in these cells
  // The largest share of the reference in a cell of several values, of a column: what a distribution function may be off by.
  double cell_error(std::size_t column) const;
  double cell_error() const;  // of the worst column
};
ReferenceProfile reference_profile(std::vector<ColumnCells> columns, std::vector<ReferenceProfile::Part> parts);  // with its fingerprint
void save_reference_profile(const ReferenceProfile& profile, const std::filesystem::path& file);
// Throws Error{kCorrupt} of anything else.
ReferenceProfile load_reference_profile(const std::filesystem::path& file);

// Counts of rows of the log.
struct SegmentProfile {
  std::string fingerprint;  // of the reference whose cells these are
  std::int64_t rows = 0;    // answered, which the columns are of
  std::int64_t failed_rows = 0, requests = 0, failed = 0;
  std::int64_t first_us = 0, last_us = 0;        // of all rows
  std::map<std::int32_t, std::int64_t> latency;  // answered requests by latency_cell()
  std::vector<ColumnCounts> columns;

  void merge(const SegmentProfile& other);  // Throws Error{kInvalidArgument} where the fingerprints differ
  bool operator==(const SegmentProfile&) const = default;
};
// Sixteen cells for each doubling; the middle of a cell is within 2.2 % of what is in it.
std::int32_t latency_cell(std::int64_t microseconds);
double latency_of(std::int32_t cell);

// The class that each row of the scores answers; "" where one is missing.
Tensor answered_classes(const ColumnCells& cells, const Table& scores);
ColumnCounts count_column(const ColumnCells& cells, const Tensor& values, std::span<const std::uint8_t> left_out);
// Of a table of the log's columns; `missing`: as in a SegmentTable.
SegmentProfile profile_of(const Table& segment, const ReferenceProfile& reference,
                          const std::map<std::string, std::vector<std::uint8_t>>& missing = {});

std::filesystem::path profile_path(const std::filesystem::path& segment);
// The bytes name the segment, so that no other one is taken for it.
std::string profile_bytes(const SegmentProfile& profile, const std::filesystem::path& segment);
// The profile in such bytes, whoever wrote them. `segment`: the file name that they must have (empty: any); `fingerprint`: as in
// read_profile(). nullopt where they are damaged or of another one.
std::optional<SegmentProfile> profile_from_bytes(std::string_view bytes, std::string_view segment, const std::string& fingerprint = {});
// Bytes with the sum behind them that says that they are whole.
std::string with_check_sum(std::string body);
// Without fsync: what a crash leaves of it is damaged, and is then counted from the rows. Written before the segment has its name.
void write_profile(const SegmentProfile& profile, const std::filesystem::path& segment);
// nullopt where there is none, or it is damaged, of another segment, or of another reference (by its fingerprint; empty: of any).
std::optional<SegmentProfile> read_profile(const std::filesystem::path& segment, const std::string& fingerprint = {});

}  // namespace upkeep
