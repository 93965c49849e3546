// CSV and Parquet through Apache Arrow. No Arrow type shows here, so that a program may load Arrow only when it reads a table.
// All four throw Error; the savers write whole files or nothing.
#pragma once

#include <filesystem>
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

// Lists of equal length become tensors of higher rank; decimals become float64; dates and times as above.
Table load_parquet(const std::filesystem::path& file);
void save_parquet(const Table& table, const std::filesystem::path& file);

}  // namespace upkeep::sources
