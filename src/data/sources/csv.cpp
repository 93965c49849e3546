// Comma-separated values (RFC 4180) and their tab-separated kin: a header line, then rows. Read and written by Apache Arrow.

#include "data/sources/arrow_table.hpp"
#include "data/sources/source.hpp"

namespace upkeep::sources {

namespace {

char delimiter_of(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".tsv" || extension == ".TSV" ? '\t' : ',';
}

}  // namespace

void add_csv(SourceCatalog& catalog) {
  catalog.add({.name = "csv",
               .extensions = {".csv", ".tsv"},
               .help = "text with a header line; types are inferred; .tsv is separated by tabs",
               .load = [](const std::filesystem::path& file, const Json&) { return load_csv(file, delimiter_of(file)); },
               .save = [](const Table& table, const std::filesystem::path& file) { save_csv(table, file, delimiter_of(file)); }});
}

}  // namespace upkeep::sources
