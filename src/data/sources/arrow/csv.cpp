#include <arrow/csv/api.h>
#include <arrow/io/api.h>

#include <fstream>
#include <optional>

#include "base/files.hpp"
#include "base/format.hpp"
#include "data/sources/arrow/columns.hpp"
#include "data/sources/arrow_table.hpp"

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

struct BadRow {
  std::int32_t expected = 0;
  std::int32_t found = 0;
  std::int64_t record = -1;  // from 1, the header included, empty lines not; -1 when threads read
  std::string text;
};

struct Reading {
  char delimiter = ',';
  bool threads = false;
  bool quotes = true;
  std::optional<BadRow> bad = std::nullopt;
};

arrow::Result<std::shared_ptr<arrow::Table>> read(const fs::path& file, Reading& reading) {
  ARROW_ASSIGN_OR_RAISE(auto input, arrow::io::ReadableFile::Open(file.string()));
  auto read_options = arrow::csv::ReadOptions::Defaults();
  read_options.use_threads = reading.threads;
  read_options.block_size = 4 << 20;
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.delimiter = reading.delimiter;
  parse.newlines_in_values = reading.quotes;
  parse.invalid_row_handler = [&](const arrow::csv::InvalidRow& row) {
    if (!reading.bad) reading.bad = {row.expected_columns, row.actual_columns, row.number, std::string(row.text.substr(0, 60))};
    return arrow::csv::InvalidRowResult::Error;
  };
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::csv::TableReader::Make(arrow::io::default_io_context(), std::move(input), read_options, parse,
                                                                   arrow::csv::ConvertOptions::Defaults()));
  return reader->Read();
}

// Without quotes no cell spans lines, which reads faster.
bool has_quotes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string block(1 << 20, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
    if (std::string_view(block.data(), static_cast<std::size_t>(in.gcount())).contains('"')) return true;
  return false;
}

// The line, from 1, at which record number `record` starts: empty lines are no records, and a quoted cell may hold line ends.
std::int64_t line_of(const fs::path& file, std::int64_t record) {
  std::ifstream in(file, std::ios::binary);
  std::int64_t line = 0;
  bool quoted = false;
  for (std::string text; std::getline(in, text);) {
    ++line;
    if (!quoted && !text.empty() && text != "\r" && --record == 0) return line;
    quoted = quoted != (std::ranges::count(text, '"') % 2 != 0);
  }
  return line;
}

Error ragged(const fs::path& file, const BadRow& row) {
  std::string text = row.text.substr(0, row.text.find_first_of("\r\n"));
  const bool open = text.size() < row.text.size();
  return Error(
      ErrorCode::kInvalidArgument,
      upkeep::format("line {} has {} values where the header has {}: {}", line_of(file, row.record), row.found, row.expected, text),
      open                       ? "is a quote left open there?"
      : row.found > row.expected ? "a value that holds the separator needs quotes"
                                 : "");
}

void expect_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string head(4096, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    throw Error(ErrorCode::kUnsupported, "the file is UTF-16 text", "save it as UTF-8");
  if (head.contains('\0')) throw Error(ErrorCode::kCorrupt, "the file is binary, not text of comma-separated values");
  if (head.find_first_not_of("\r\n") == std::string::npos && in.eof())
    throw Error(ErrorCode::kInvalidArgument, "the file is empty", "a header line with the column names, then rows");
}

Error no_rows() { return Error(ErrorCode::kInvalidArgument, "the file has a header and no rows"); }

bool is_one_line(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  std::getline(in, line);
  return in.eof();
}

}  // namespace

Table load_csv(const fs::path& file, char delimiter) {
  expect_text(file);
  Reading reading{.delimiter = delimiter, .threads = fs::file_size(file) > kLargeFileBytes};
  if (reading.threads) reading.quotes = has_quotes(file);
  auto result = read(file, reading);
  if (reading.bad && reading.bad->record < 0) {  // once more, in order, to learn where it is
    reading = {.delimiter = delimiter};
    result = read(file, reading);
  }
  if (reading.bad) throw ragged(file, *reading.bad);
  if (!result.ok() && is_one_line(file)) throw no_rows();
  const std::shared_ptr<arrow::Table> table = checked(std::move(result));
  if (table->num_rows() == 0) throw no_rows();
  return to_table(*table);
}

void save_csv(const Table& table, const fs::path& file, char delimiter) {
  const std::shared_ptr<arrow::Table> columns = to_arrow(table, {.nan_is_null = true, .flat = true});
  auto options = arrow::csv::WriteOptions::Defaults();
  options.delimiter = delimiter;
  const auto out = checked(arrow::io::BufferOutputStream::Create());
  check(arrow::csv::WriteCSV(*columns, options, out.get()));
  write_file(file, std::string_view(*checked(out->Finish())));
}

}  // namespace upkeep::sources
