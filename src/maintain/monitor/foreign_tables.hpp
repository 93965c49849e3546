// Files of tables that another system wrote: which there are, and some columns of all of them as one table.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace upkeep {

// `log`: a table (CSV, Parquet, settings behind a colon), or a folder of tables in any depth, whose folders KEY=VALUE are columns too.
// `columns`: those that are read, which every file must have; `made` gives of one file's columns what is kept of it, and the results are
// stacked in the order of the files' names. Throws Error: no table there, a column that a file lacks (with the candidates).
Table read_foreign_tables(const std::filesystem::path& log, const std::vector<std::string>& columns,
                          const std::function<Table(const Table&)>& made);

// The columns of the first table there.
std::vector<std::string> foreign_columns(const std::filesystem::path& log);

}  // namespace upkeep
