#include "log/reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/sources/arrow_table.hpp"
#include "graph/element_types.hpp"
#include "log/log_files.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

Tensor as_text(const Tensor& values) {
  if (values.dtype() == DType::kString) return values;
  std::vector<std::string> texts;
  if (is_integer_type(values.dtype())) {
    const Tensor whole = values.cast(DType::kInt64);
    for (const std::int64_t value : whole.data<std::int64_t>()) texts.push_back(std::to_string(value));
  } else {
    const Tensor wide = values.cast(DType::kFloat64);
    for (const double value : wide.data<double>()) texts.push_back(std::isnan(value) ? "" : upkeep::format("{}", value));
  }
  return Tensor(values.shape(), std::move(texts));
}

// The type that holds the column in every part.
DType common_type(const std::vector<Table>& parts, const std::string& name) {
  std::set<DType> types;
  bool missing = false;
  for (const Table& part : parts) {
    if (part.rows() == 0) continue;
    if (part.has(name)) types.insert(part.column(name).dtype());
    else missing = true;
  }
  if (types.empty()) return DType::kFloat64;
  if (types.contains(DType::kString)) return DType::kString;
  const bool floating = types == std::set{DType::kFloat32} || types == std::set{DType::kFloat64};
  return types.size() == 1 && (floating || !missing) ? *types.begin() : DType::kFloat64;
}

Tensor missing_values(DType dtype, std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  if (dtype == DType::kString) return Tensor({rows}, std::vector<std::string>(count));
  return Tensor({rows}, std::vector<double>(count, std::numeric_limits<double>::quiet_NaN())).cast(dtype);
}

Table completed(const Table& part, const std::vector<std::pair<std::string, DType>>& columns) {
  Table whole;
  for (const auto& [name, dtype] : columns) {
    if (!part.has(name)) whole.add(name, missing_values(dtype, part.rows()));
    else if (dtype == DType::kString) whole.add(name, as_text(part.column(name)));
    else if (part.column(name).dtype() == dtype) whole.add(name, part.column(name));
    else whole.add(name, part.column(name).cast(dtype));
  }
  return whole;
}

Error nothing_logged(const fs::path& folder, const std::string& model) {
  const std::vector<std::string> logged = logged_models(folder);
  return Error(ErrorCode::kNotFound, upkeep::format("no predictions of model \"{}\" are logged in \"{}\"", model, folder.string()),
               logged.empty() ? "serve it first: upkeep serve logs every prediction" : "there are some of: " + join(logged));
}

bool wants(const PredictionQuery& query, std::string_view column) {
  return query.columns.empty() || std::ranges::contains(query.columns, column);
}

// The file's columns, and those that its place says: after "model" or "time", as all readers know them.
Table with_partition(const Table& file, const LogFile& from, const std::string& model, const PredictionQuery& query) {
  Table whole;
  const Shape shape{file.rows()};
  const auto add_if = [&](const std::string& name, auto make) {
    if (wants(query, name) && !whole.has(name)) whole.add(name, file.has(name) ? file.column(name) : make());
  };
  for (const char* name : {"request_id", "row", "time"})
    if (wants(query, name) && file.has(name)) whole.add(name, file.column(name));
  add_if("model", [&] { return Tensor(shape, std::vector<std::string>(static_cast<std::size_t>(file.rows()), model)); });
  if (from.version || file.has("version")) add_if("version", [&] { return Tensor::full<std::int64_t>(shape, *from.version); });
  for (const auto& [name, values] : file.columns())
    if (wants(query, name) && !whole.has(name)) whole.add(name, values);
  return whole;
}

std::vector<std::int64_t> rows_within(const Table& part, const LogFile& from, const PredictionQuery& query) {
  std::vector<std::int64_t> inside;
  const Tensor times = part.column("time").cast(DType::kInt64);
  const Tensor versions = query.version && !from.version ? part.column("version").cast(DType::kInt64) : Tensor();
  for (std::int64_t row = 0; row < part.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const std::int64_t time = times.data<std::int64_t>()[at];
    if (time < query.since.time_since_epoch().count() || time > query.until.time_since_epoch().count()) continue;
    if (versions.size() > 0 && versions.data<std::int64_t>()[at] != *query.version) continue;
    inside.push_back(row);
  }
  return inside;
}

LoggedColumns columns_of(const Table& table) { return table.columns(); }

}  // namespace

Table read_log_file(const LogFile& file, const std::string& model, const PredictionQuery& query) {
  std::vector<std::string> columns = query.columns;
  if (!columns.empty())
    for (const char* needed : {"time", "version"})
      if (!std::ranges::contains(columns, needed)) columns.emplace_back(needed);
  return in_context(file.path.string(), [&] {
    const Table read = sources::load_parquet(file.path, columns);
    const std::vector<std::int64_t> inside = rows_within(read, file, query);
    const Table whole = with_partition(read, file, model, query);
    return std::cmp_equal(inside.size(), read.rows()) ? whole : whole.take(inside);
  });
}

Table stack(const std::vector<Table>& parts) {
  std::vector<std::pair<std::string, DType>> columns;
  std::set<std::string> seen;
  for (const Table& part : parts)
    for (const auto& [name, _] : part.columns())
      if (seen.insert(name).second) columns.emplace_back(name, common_type(parts, name));
  std::vector<Table> same;
  for (const Table& part : parts)
    if (part.rows() > 0) same.push_back(completed(part, columns));
  if (same.empty() && !parts.empty()) return parts.front();
  return Table::concatenate(same);
}

Table read_predictions(const fs::path& folder, const std::string& model, const PredictionQuery& query) {
  const FileQuery wanted{.since = query.since, .until = query.until, .version = query.version};
  std::vector<Table> parts = with_log_files(folder / model, LogKind::kPredictions, wanted, [&](const std::vector<LogFile>& files) {
    std::vector<Table> tables;
    for (const LogFile& file : files) tables.push_back(read_log_file(file, model, query));
    return tables;
  });
  if (parts.empty()) {  // outside of the time that is asked for there may be some, whose columns an empty answer has
    const std::vector<LogFile> all = log_files(folder / model, LogKind::kPredictions);
    if (all.empty()) throw nothing_logged(folder, model);
    parts.push_back(read_log_file(all.front(), model, {.columns = query.columns}).take({}));
  }
  return stack(parts);
}

std::vector<std::string> logged_columns(const fs::path& folder, const std::string& model) {
  return with_log_files(folder / model, LogKind::kPredictions, {}, [](const std::vector<LogFile>& files) {
    std::set<std::int64_t> met;
    std::vector<std::string> columns;
    for (const LogFile& file : files | std::views::reverse) {
      if (!met.insert(file.version.value_or(0)).second) continue;
      for (std::string& name : sources::summarize_parquet(file.path).columns)
        if (!std::ranges::contains(columns, name)) columns.push_back(std::move(name));
    }
    return columns;
  });
}

std::set<std::string> logged_outputs(const fs::path& folder, const std::string& model) {
  std::set<std::string> outputs;
  for (const std::string& name : logged_columns(folder, model))
    if (name.starts_with("out.")) outputs.insert(name.substr(4, name.rfind('.') - 4));
  return outputs;
}

LoggedColumns logged_predictions(const fs::path& folder, const std::string& model, const PredictionQuery& query) {
  return columns_of(read_predictions(folder, model, query));
}

LoggedColumns logged_labels(const fs::path& folder, const std::string& model) { return columns_of(read_labels(folder, model)); }

}  // namespace upkeep
