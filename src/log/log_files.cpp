#include "log/log_files.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <set>

#include "base/format.hpp"
#include "base/random.hpp"

namespace upkeep::logs {

namespace fs = std::filesystem;

std::string segment_name(std::string_view kind, TimePoint time) {
  static const auto process = static_cast<std::uint32_t>(random_seed());
  static std::atomic<std::uint32_t> count{0};
  std::string stamp = to_iso8601(time);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return upkeep::format("{}-{}-{:06}{:08x}.parquet", kind, stamp, ++count, process);
}

std::vector<fs::path> segments(const fs::path& folder, std::string_view kind) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(std::string(kind) + "-") && name.ends_with(".parquet")) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

static Tensor as_text(const Tensor& values) {
  if (values.dtype() == DType::kString) return values;
  std::vector<std::string> texts;
  const Tensor wide = values.cast(DType::kFloat64);
  for (const double value : wide.data<double>()) texts.push_back(std::isnan(value) ? "" : upkeep::format("{}", value));
  return Tensor(values.shape(), std::move(texts));
}

// The type that holds the column in every part.
static DType common_type(const std::vector<Table>& parts, const std::string& name) {
  std::set<DType> types;
  bool missing = false;
  for (const Table& part : parts) {
    if (part.has(name)) types.insert(part.column(name).dtype());
    else if (part.rows() > 0) missing = true;
  }
  if (types.contains(DType::kString)) return DType::kString;
  const bool floating = types == std::set{DType::kFloat32} || types == std::set{DType::kFloat64};
  return types.size() == 1 && (floating || !missing) ? *types.begin() : DType::kFloat64;
}

static Tensor missing_values(DType dtype, std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  if (dtype == DType::kString) return Tensor({rows}, std::vector<std::string>(count));
  return Tensor({rows}, std::vector<double>(count, std::numeric_limits<double>::quiet_NaN())).cast(dtype);
}

static Table completed(const Table& part, const std::vector<std::pair<std::string, DType>>& columns) {
  Table whole;
  for (const auto& [name, dtype] : columns) {
    if (!part.has(name)) whole.add(name, missing_values(dtype, part.rows()));
    else if (dtype == DType::kString) whole.add(name, as_text(part.column(name)));
    else whole.add(name, part.column(name).cast(dtype));
  }
  return whole;
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
  if (same.empty() && !parts.empty()) same.push_back(completed(parts.front(), columns));
  return Table::concatenate(same);
}

}  // namespace upkeep::logs
