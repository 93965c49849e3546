// Apache Parquet: typed, compressed columns; what data platforms exchange, and what the prediction log is written in.

#include "data/sources/arrow_table.hpp"
#include "data/sources/source.hpp"

namespace upkeep::sources {

void add_parquet(SourceCatalog& catalog) {
  catalog.add({.name = "parquet",
               .extensions = {".parquet", ".pq"},
               .help = "typed, compressed columns; lists of equal length are tensors",
               .sniff = [](std::string_view head) { return head.starts_with("PAR1") || head.starts_with("PARE"); },
               .load = [](const std::filesystem::path& file, const Json&) { return load_parquet(file); },
               .save = save_parquet});
}

}  // namespace upkeep::sources
