#include "maintain/monitor/foreign_tables.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/sources/arrow_table.hpp"
#include "log/reader.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

using Partition = std::vector<std::pair<std::string, std::string>>;

bool is_table(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.starts_with('.') || name.starts_with('_')) return false;  // of writers and engines, not data
  return std::ranges::any_of(std::vector<std::string_view>{".csv", ".tsv", ".parquet", ".pq"},
                             [&](std::string_view end) { return name.ends_with(end); });
}

bool is_parquet(const fs::path& file) { return file.extension() == ".parquet" || file.extension() == ".pq"; }

std::vector<fs::path> tables_in(const fs::path& log) {
  if (!fs::is_directory(log)) return {log};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(log))
    if (entry.is_regular_file() && is_table(entry.path())) files.push_back(entry.path());
  if (files.empty()) throw Error(ErrorCode::kNotFound, upkeep::format("no table lies in \"{}\"", log.string()), ".parquet or .csv files");
  std::ranges::sort(files);
  return files;
}

// What the folders between the log and the file say: "date=2026-01-31".
Partition partition_of(const fs::path& log, const fs::path& file) {
  Partition partition;
  if (log == file) return partition;
  for (const fs::path& part : file.parent_path().lexically_relative(log)) {
    const std::string text = part.string();
    if (const std::size_t sign = text.find('='); sign != std::string::npos && sign > 0)
      partition.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  return partition;
}

std::vector<std::string> names_in(const fs::path& file, const Partition& partition, const Table& table) {
  std::vector<std::string> names = is_parquet(file) && fs::exists(file) ? sources::summarize_parquet(file).columns : table.names();
  for (const auto& [key, _] : partition)
    if (!std::ranges::contains(names, key)) names.push_back(key);
  return names;
}

// What a folder's name says is text, whatever it looks like: "version=007" is not 7.
Tensor repeated(const std::string& value, std::int64_t rows) {
  return Tensor({rows}, std::vector<std::string>(static_cast<std::size_t>(rows), value));
}

Table load_some(const fs::path& log, const fs::path& file, const std::vector<std::string>& columns) {
  const Partition partition = partition_of(log, file);
  const bool pruned = is_parquet(file) && fs::exists(file);
  Table table = pruned ? Table() : load_table(file);
  const std::vector<std::string> names = names_in(file, partition, table);
  for (const std::string& column : columns)
    if (!std::ranges::contains(names, column)) throw unknown_name("column", column, names, ErrorCode::kNotFound);
  if (pruned) table = sources::load_parquet(file, columns);
  for (const auto& [key, value] : partition)
    if (std::ranges::contains(columns, key) && !table.has(key)) table.add(key, repeated(value, table.rows()));
  return table;
}

}  // namespace

std::vector<std::string> foreign_columns(const fs::path& log) {
  const fs::path file = tables_in(log).front();
  return in_context(file.string(), [&] { return names_in(file, partition_of(log, file), is_parquet(file) ? Table() : load_table(file)); });
}

Table read_foreign_tables(const fs::path& log, const std::vector<std::string>& columns, const std::function<Table(const Table&)>& made) {
  std::vector<Table> parts;
  for (const fs::path& file : tables_in(log))
    parts.push_back(in_context(file.string(), [&] { return made(load_some(log, file, columns)); }));
  return stack(parts);
}

}  // namespace upkeep
