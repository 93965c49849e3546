// CSV and Parquet through Apache Arrow. No Arrow type shows here, so that a program may load Arrow only when it reads a table.
// All throw Error; the savers write whole files or nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/sources/text/dialect.hpp"
#include "data/table.hpp"

namespace upkeep::sources {

struct CsvReading {
  DialectSettings dialect;
  char usual_separator = ',';
  std::string encoding;              // empty: detected
  std::vector<std::string> missing;  // beside empty cells and the usual words: "-999"
};
// Lines of a text file; types are inferred. A column that holds anything but numbers, truth values or times is text as it stands, and so is
// one of whole numbers that neither 64 bits nor float64 hold. Dates and times become int64 microseconds (since 1970 UTC, or since
// midnight). What is detected and not usual is said in a note.
Table load_csv(const std::filesystem::path& file, const CsvReading& reading);
// Missing numbers (NaN) are written as empty cells. Columns of rank 1 only.
void save_csv(const Table& table, const std::filesystem::path& file, char delimiter);

// Lists of equal length become tensors of higher rank; decimals become float64; dates and times as above. `columns`: only these, of which
// the file may lack some; empty: all.
Table load_parquet(const std::filesystem::path& file, const std::vector<std::string>& columns = {});
void save_parquet(const Table& table, const std::filesystem::path& file);

struct ParquetDetails {
  std::map<std::string, std::vector<std::uint8_t>> missing;  // by column: for each row, whether its cell holds no value
  std::map<std::string, std::string> notes;                  // key-value metadata
  std::string key;  // a column of texts that rows are looked up by: the file has a Bloom filter of it
};
// The bytes of a Parquet file. Columns of times (Table::is_time) are timestamps in UTC.
std::string parquet_bytes(const Table& table, const ParquetDetails& details);

// What a file says of itself, without its rows.
struct ParquetSummary {
  std::int64_t rows = 0;
  std::vector<std::string> columns;
  std::map<std::string, std::string> notes;
};
ParquetSummary summarize_parquet(const std::filesystem::path& file);

// The rows of several Parquet files as one file, cell by cell as they are; a file that lacks a column has no values in it. Throws
// Error{kUnsupported} where a column is of different types. `details`: notes and key.
std::string merged_parquet(const std::vector<std::filesystem::path>& files, const ParquetDetails& details);

// False: none of the texts is in the column, by the file's Bloom filters. True: one may be, or the file has no filter of the column.
bool may_hold_any(const std::filesystem::path& file, const std::string& column, const std::vector<std::string_view>& texts);

}  // namespace upkeep::sources
