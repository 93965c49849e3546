#include <arrow/csv/api.h>
#include <arrow/io/api.h>

#include <cmath>
#include <map>
#include <optional>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "data/elements.hpp"
#include "data/sources/arrow/columns.hpp"
#include "data/sources/arrow_table.hpp"
#include "data/sources/text/cells.hpp"
#include "data/sources/text/encoding.hpp"

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeadBytes = std::size_t{1} << 20;  // in which the dialect is looked for

struct BadRow {
  std::int32_t expected = 0;
  std::int32_t found = 0;
  std::int64_t record = -1;  // from 1, the header included, empty lines not; -1 when threads read
  std::string text;
};

struct Reading {
  bool threads = false;
  bool quotes = true;
  std::string column = "";  // only this one, as text
  std::optional<BadRow> bad = std::nullopt;
};

// The line, from 1, at which record number `record` starts: empty lines are no records, and a quoted cell may hold line ends.
std::int64_t line_of(std::string_view text, std::int64_t record, char quote) {
  std::int64_t line = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view content = text.substr(at, end - at);
    if (!quoted && !content.empty() && content != "\r" && --record == 0) return line + 1;
    quoted = quoted != (std::ranges::count(content, quote) % 2 != 0);
    at = end + 1;
  }
  return line;
}

// A text file, and how it is a table.
class CsvFile {
 public:
  CsvFile(const fs::path& file, const CsvReading& settings) : settings_(settings) {
    const auto bytes = fs::file_size(file) == 0 ? std::make_shared<arrow::Buffer>("") : mapped(file);
    std::string_view view(*bytes);
    encoding_ = settings.encoding.empty() ? detect_encoding(view) : settings.encoding;
    text_ = bytes;
    if (encoding_ != "utf-8" || !settings.encoding.empty()) text_ = arrow::Buffer::FromString(to_utf8(view, encoding_));
    dialect_ = detect_dialect(head(), settings.dialect, settings.usual_separator);
    if (dialect_.comment != 0 || dialect_.skip > 0 || dialect_.blanks)
      text_ = arrow::Buffer::FromString(plain_text(std::string_view(*text_), dialect_));
    if (text().find_first_not_of("\r\n\xEF\xBB\xBF") == std::string_view::npos)
      throw Error(ErrorCode::kInvalidArgument, "the file is empty", "a header line with the column names, then rows");
  }

  const Dialect& dialect() const { return dialect_; }
  std::string_view text() const { return std::string_view(*text_); }

  // What was detected and is not usual.
  std::vector<std::string> guesses() const {
    std::vector<std::string> all = dialect_.guesses;
    if (settings_.encoding.empty() && encoding_ == "windows-1252") all.push_back("encoding=" + encoding_);
    return all;
  }

  std::shared_ptr<arrow::Table> table() const {
    Reading reading{.threads = text_->size() > static_cast<std::int64_t>(kLargeFileBytes)};
    if (reading.threads) reading.quotes = text().contains(dialect_.quote);  // without quotes no cell spans lines, which reads faster
    return checked_read(reading);
  }
  // One column as the texts that stand there.
  std::shared_ptr<arrow::Table> texts(const std::string& column) const {
    Reading reading{.column = column};
    return checked_read(reading);
  }

 private:
  static std::shared_ptr<arrow::Buffer> mapped(const fs::path& file) {
    const auto opened = checked(arrow::io::MemoryMappedFile::Open(file.string(), arrow::io::FileMode::READ));
    return checked(opened->Read(checked(opened->GetSize())));
  }

  // Whole lines.
  std::string_view head() const {
    const std::string_view all = text().starts_with("\xEF\xBB\xBF") ? text().substr(3) : text();
    if (all.size() <= kHeadBytes) return all;
    const std::size_t end = all.rfind('\n', kHeadBytes);
    return all.substr(0, end == std::string_view::npos ? kHeadBytes : end + 1);
  }

  std::vector<std::string> made_up_names() const {
    std::vector<std::string> names;
    const std::size_t count = first_record(head(), dialect_).size();
    for (std::size_t i = 1; i <= count; ++i) names.push_back(upkeep::format("column_{}", i));
    return names;
  }

  arrow::Result<std::shared_ptr<arrow::Table>> read(Reading& reading) const {
    auto read_options = arrow::csv::ReadOptions::Defaults();
    read_options.use_threads = reading.threads;
    read_options.block_size = 4 << 20;
    if (!dialect_.header) read_options.column_names = made_up_names();
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.delimiter = dialect_.separator;
    parse.quote_char = dialect_.quote;
    parse.newlines_in_values = reading.quotes;
    parse.invalid_row_handler = [&](const arrow::csv::InvalidRow& row) {
      if (!reading.bad) reading.bad = {row.expected_columns, row.actual_columns, row.number, std::string(row.text.substr(0, 60))};
      return arrow::csv::InvalidRowResult::Error;
    };
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.check_utf8 = false;  // it was made UTF-8
    convert.decimal_point = dialect_.decimal;
    convert.null_values.insert(convert.null_values.end(), settings_.missing.begin(), settings_.missing.end());
    if (!reading.column.empty()) {
      convert.include_columns = {reading.column};
      convert.column_types = {{reading.column, arrow::utf8()}};
    }
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          arrow::csv::TableReader::Make(arrow::io::default_io_context(), std::make_shared<arrow::io::BufferReader>(text_),
                                                        read_options, parse, convert));
    return reader->Read();
  }

  std::shared_ptr<arrow::Table> checked_read(Reading reading) const {
    auto result = read(reading);
    if (reading.bad && reading.bad->record < 0) {  // once more, in order, to learn where it is
      reading = {.column = reading.column};
      result = read(reading);
    }
    if (reading.bad) throw ragged(*reading.bad);
    const bool one_line = !text().substr(0, text().size() - 1).contains('\n');
    if (!result.ok() && one_line) throw no_rows();
    std::shared_ptr<arrow::Table> table = checked(std::move(result));
    if (table->num_rows() == 0) throw no_rows();
    return table;
  }

  Error ragged(const BadRow& row) const {
    std::string content = row.text.substr(0, row.text.find_first_of("\r\n"));
    const bool open = content.size() < row.text.size();
    return Error(ErrorCode::kInvalidArgument,
                 upkeep::format("line {} has {} values where the {} has {}: {}", line_of(text(), row.record, dialect_.quote), row.found,
                                dialect_.header ? "header" : "first line", row.expected, content),
                 open                       ? "is a quote left open there?"
                 : row.found > row.expected ? "a value that holds the separator needs quotes; FILE:separator=; says what separates values"
                                            : "");
  }

  static Error no_rows() { return Error(ErrorCode::kInvalidArgument, "the file has a header and no rows"); }

  const CsvReading settings_;
  std::string encoding_;
  std::shared_ptr<arrow::Buffer> text_;
  Dialect dialect_;
};

Tensor texts_of(const CsvFile& csv, const std::string& column) { return to_table(*csv.texts(column)).columns().front().second; }

// Whole numbers that float64 does not hold: as uint64, else as the texts that they are. In a column of measured numbers, where one has
// decimals, those that are written with a point or an exponent are measured too.
Tensor settled_numbers(const CsvFile& csv, const std::string& column, const Tensor& values) {
  const auto large = [](double value) { return std::isfinite(value) && std::abs(value) >= 0x1p53; };
  if (std::ranges::none_of(values.data<double>(), large)) return values;
  std::vector<std::string> cells = without_missing_words(texts_of(csv, column)).strings();
  if (csv.dialect().decimal != '.')
    for (std::string& cell : cells) cell = with_decimal_point(std::move(cell), csv.dialect().decimal);
  const bool measured = std::ranges::any_of(values.data<double>(), [](double value) { return value != std::trunc(value); });
  const auto counts = [&](const std::string& cell) {
    return is_too_exact(cell) && !(measured && cell.find_first_of(".eE") != std::string::npos);
  };
  if (std::ranges::none_of(cells, counts)) return values;
  const Tensor texts(values.shape(), std::move(cells));
  try {
    return as_elements(texts, DType::kUInt64);
  } catch (const Error&) {
    return texts;
  }
}

// Column names without blanks around them, unless two would be one.
std::map<std::string, std::string> trimmed_names(const Table& table) {
  std::map<std::string, int> uses;
  for (const auto& [name, values] : table.columns()) ++uses[std::string(trim(name))];
  std::map<std::string, std::string> names;
  for (const auto& [name, values] : table.columns()) {
    const std::string bare(trim(name));
    names[name] = uses.at(bare) == 1 && !bare.empty() ? bare : name;
  }
  return names;
}

void note_guesses(const fs::path& file, const CsvFile& csv, const CsvReading& settings) {
  const std::vector<std::string> guesses = csv.guesses();
  if (!guesses.empty())
    note(upkeep::format("{}: read as {}:{} (detected; other settings behind the name change it)", file.string(), file.filename().string(),
                        join(guesses, ",")));
  if (!csv.dialect().unclear.empty())
    note(upkeep::format("{}: \"{}\" is read as text: its comma may stand before decimals or between thousands; {}:decimal=, reads decimals",
                        file.string(), csv.dialect().unclear, file.filename().string()));
  if (!csv.dialect().header || settings.dialect.header) return;
  const std::vector<std::string> names = first_record(csv.text(), csv.dialect());
  const auto is_number = [](const std::string& name) { return !name.empty() && parse_number(name).has_value(); };
  if (std::ranges::all_of(names, is_number) && names.front() != "0" && names.front() != "1")
    note(upkeep::format("{}: the numbers of the first line are read as names of columns; {}:header=false reads them as a row",
                        file.string(), file.filename().string()));
}

}  // namespace

Table load_csv(const fs::path& file, const CsvReading& settings) {
  const auto csv = std::make_shared<const CsvFile>(file, settings);
  const std::shared_ptr<arrow::Table> read = csv->table();
  note_guesses(file, *csv, settings);
  const Table columns = to_table(*read);
  const std::map<std::string, std::string> names = trimmed_names(columns);
  Table table;
  std::map<std::string, std::string> raw;  // as Arrow calls the columns
  for (const auto& [given, values] : columns.columns()) {
    const std::string& name = names.at(given);
    raw[name] = read->field(static_cast<int>(raw.size()))->name();
    const auto say = [&](const MissingWord& one) {
      note(upkeep::format("{}: column \"{}\": \"{}\" is read as missing in {} of {} rows, first in row {}", file.string(), name, one.word,
                          one.count, columns.rows(), one.first_row));
    };
    if (values.dtype() == DType::kString)
      table.add(name, in_context(upkeep::format("column \"{}\"", name), [&] {
                  return settled_cells(values, {.decimal = csv->dialect().decimal, .missing = settings.missing}, say);
                }));
    else table.add(name, values.dtype() == DType::kFloat64 ? settled_numbers(*csv, raw.at(name), values) : values);
    if (columns.is_time(given)) table.set_time(name);
  }
  table.set_text_reader([csv, raw](const std::string& column) { return texts_of(*csv, raw.at(column)); });
  return table;
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
