// Comma-separated values (RFC 4180) and their kin: other separators, quotes, decimal marks and encodings. Read and written by Apache Arrow.

#include "data/sources/arrow_table.hpp"
#include "data/sources/source.hpp"

namespace upkeep::sources {

struct CsvSettings {
  std::string separator;
  std::string decimal;
  std::string quote;
  std::string encoding;
  std::string comment;
  std::optional<bool> header;
  std::vector<std::string> missing;
};

}  // namespace upkeep::sources

namespace upkeep {

using sources::CsvSettings;

template <>
inline const Settings settings<CsvSettings> = describe<CsvSettings>(
    "csv", "text, a line for each row; types are inferred, and what the first lines say for certain of the settings is detected",
    field("separator", &CsvSettings::separator,
          "between values: a character, or tab, comma, semicolon, space (any number of them), pipe (default: detected; tab of a .tsv)"),
    field("decimal", &CsvSettings::decimal, "mark in numbers: . or , as in d.csv:separator=;,decimal=, (default: detected)"),
    field("quote", &CsvSettings::quote, "around values that hold separators (default: \", or ' where the header has it)"),
    field("encoding", &CsvSettings::encoding,
          "utf-8, utf-16, latin-1, windows-1252, or another that iconv knows (default: detected; windows-1252 for what is not UTF-8)"),
    field("comment", &CsvSettings::comment,
          "character that begins lines to leave out (default: # or % where the file begins with such lines)"),
    field("header", &CsvSettings::header,
          "the first line holds the names of the columns (default: unless it holds fractions above numbers)"),
    field("missing", &CsvSettings::missing, "values that stand for missing ones, beside empty ones, ?, NA, NaN, null and their kin"));

}  // namespace upkeep

namespace upkeep::sources {

namespace {

namespace fs = std::filesystem;

char delimiter_of(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".tsv" || extension == ".TSV" || extension == ".tab" ? '\t' : ',';
}

Table load(const fs::path& file, const Json& given) {
  const auto settings = parse<CsvSettings>(given);
  const auto character = [](const std::string& text, const char* name) {
    return text.empty() ? std::nullopt : std::optional(one_character(text, name));
  };
  CsvReading reading{.usual_separator = delimiter_of(file), .encoding = settings.encoding, .missing = settings.missing};
  reading.dialect = {.separator = character(settings.separator, "separator"),
                     .decimal = character(settings.decimal, "decimal"),
                     .quote = character(settings.quote, "quote"),
                     .comment = character(settings.comment, "comment"),
                     .header = settings.header};
  if (reading.dialect.separator && reading.dialect.separator == reading.dialect.decimal)
    throw Error(ErrorCode::kInvalidArgument, "separator and decimal are the same character", "such as separator=;,decimal=,");
  return load_csv(file, reading);
}

}  // namespace

void add_csv(SourceCatalog& catalog) {
  const Settings& about = settings<CsvSettings>;
  catalog.add({.name = about.name(),
               .extensions = {".csv", ".tsv", ".tab", ".txt", ".data"},
               .help = about.help(),
               .settings = about,
               .load = load,
               .save = [](const Table& table, const fs::path& file) { save_csv(table, file, delimiter_of(file)); }});
}

}  // namespace upkeep::sources
