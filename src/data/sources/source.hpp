// Sources: file formats, and folders, that hold tables.
//
// A source's settings stand behind the name of the data: "photos:height=64,width=64" (see load_table).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "data/table.hpp"

namespace upkeep::sources {

struct SourceEntry {
  std::string name;                     // "csv"
  std::vector<std::string> extensions;  // ".csv", ".tsv"
  std::string help;
  Settings settings;
  std::function<bool(std::string_view head)> sniff;  // the file's first bytes; empty for formats without a signature
  std::function<Table(const std::filesystem::path&, const Json& settings)> load;
  std::function<void(const Table&, const std::filesystem::path&)> save;  // null: only read
  bool folders = false;                                                  // it also reads folders
};
using SourceCatalog = Catalog<SourceEntry>;
const SourceCatalog& catalog();
// What is said of a table beside its name, and counts where both say something.
struct TableRequest {
  std::string source = {};       // the source that the settings are of; empty: whichever the file is found to be
  Json values = Json::object();  // its settings and those of every table
};
// As upkeep::load_table(). Throws Error{kInvalidArgument} where the file is of another source.
Table load_table(const std::filesystem::path& name, const TableRequest& request);
// As `upkeep catalog` prints them, and behind them what may be said of a table of any source.
Room describe(std::string folder, const SourceCatalog& catalog);

}  // namespace upkeep::sources
