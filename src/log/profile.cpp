#include "log/profile.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"
#include "log/cell_search.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kMostDistinct = 500;
constexpr double kMomentUnits = 65536;
constexpr double kMostUnits = 0x1p46;  // far outliers count as this far
constexpr int kLatencyCells = 16;      // for each doubling

// FNV-1a: the same on all machines and days.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

// The names of the smallest hashes: whatever the order of merging, a name that is kept at the end was kept in every part that has it.
void keep_named(std::map<std::string, std::int64_t>& others) {
  if (others.size() <= kNamedOthers) return;
  std::vector<std::pair<std::uint64_t, std::string>> ranked;
  for (const auto& [name, count] : others) ranked.emplace_back(hash_of(name), name);
  std::ranges::sort(ranked);
  for (std::size_t i = kNamedOthers; i < ranked.size(); ++i) others.erase(ranked[i].second);
}

// To the nearest whole number, for magnitudes up to 2^51: the sum's last bit is a unit.
std::int64_t rounded(double value) {
  constexpr double kUnit = 0x1.8p52;
  return std::bit_cast<std::int64_t>(value + kUnit) - std::bit_cast<std::int64_t>(kUnit);
}

// Sums of units and of their squares. Few units to a value, as nearly always, leave a block of them below 2^62.
template <typename Sum>
void add_units(const ColumnCells& cells, std::span<const double> finite, ColumnCounts& counts) {
  const double scale = kMomentUnits / cells.deviation, mean = cells.mean;
  std::int64_t sum = 0;
  Sum squares = 0;
  for (const double value : finite) {
    const std::int64_t units = rounded(std::clamp((value - mean) * scale, -kMostUnits, kMostUnits));
    sum += units;
    squares += static_cast<Sum>(units) * units;
  }
  counts.sum += sum, counts.squares += squares;
}

void add_moments(const ColumnCells& cells, std::span<const double> finite, ColumnCounts& counts) {
  constexpr double kFewUnits = 0x1p26;
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double value : finite) {
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  counts.low = std::min(counts.low, low), counts.high = std::max(counts.high, high);
  const double furthest = std::max(high - cells.mean, cells.mean - low) * (kMomentUnits / cells.deviation);
  if (furthest < kFewUnits) add_units<std::int64_t>(cells, finite, counts);
  else add_units<ColumnCounts::Wide>(cells, finite, counts);
}

constexpr std::size_t kBlock = 256;  // values that stay in the processor's cache from one step to the next
using Block = std::array<double, kBlock>;

// The values that `wanted` names, at the front of the block; returns how many.
template <typename Wanted>
std::size_t keep(Block& block, std::size_t count, const Wanted& wanted) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    block[kept] = block[i];
    kept += static_cast<std::size_t>(wanted(i));
  }
  return kept;
}

// Of each block first what counts, then its cells, then its moments.
template <typename Float>
void count_numbers(const ColumnCells& cells, std::span<const Float> values, std::span<const std::uint8_t> left_out, ColumnCounts& counts) {
  const CellSearch search(cells.edges, values.size());
  Block block;
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    std::size_t count = std::min(values.size() - begin, kBlock);
    const auto part = left_out.empty() ? left_out : left_out.subspan(begin, count);
    std::size_t gone = 0, odd = 0;
    for (std::size_t i = 0; i < count; ++i) {
      block[i] = static_cast<double>(values[begin + i]);
      odd += static_cast<std::size_t>(!(std::abs(block[i]) < HUGE_VAL));
    }
    for (const std::uint8_t one : part) gone += static_cast<std::size_t>(one == 1);
    if (gone > 0) count = keep(block, count, [&](std::size_t i) { return part[i] != 1; });
    const std::size_t seen = count;
    if (odd > 0) count = keep(block, count, [&](std::size_t i) { return !std::isnan(block[i]); });
    counts.missing += static_cast<std::int64_t>(seen - count);
    search.count({block.data(), count}, counts.cells);
    const std::size_t numbers = count;
    if (odd > 0) count = keep(block, count, [&](std::size_t i) { return std::isfinite(block[i]); });
    counts.infinite += static_cast<std::int64_t>(numbers - count);
    add_moments(cells, {block.data(), count}, counts);
  }
}

void count_words(const ColumnCells& cells, const std::vector<std::string>& words, std::span<const std::uint8_t> left_out,
                 ColumnCounts& counts) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!left_out.empty() && left_out[i] == 1) continue;
    if (words[i].empty()) {
      ++counts.missing;
      continue;
    }
    const std::size_t cell = cells.of(words[i]);
    ++counts.cells[cell];
    if (cell == cells.categories.size()) ++counts.others[words[i]];
  }
  keep_named(counts.others);
}

std::vector<std::string> texts_of(const Tensor& values, DType dtype) {
  if (values.dtype() == DType::kString) return values.strings();
  std::vector<std::string> texts;
  if (is_integer_type(values.dtype()) && values.dtype() != DType::kUInt64) {
    const Tensor whole = values.cast(DType::kInt64);
    for (const std::int64_t value : whole.data<std::int64_t>()) texts.push_back(std::to_string(value));
    return texts;
  }
  const Tensor numbers = values.cast(dtype).cast(DType::kFloat64);
  for (const double value : numbers.data<double>()) texts.push_back(std::isnan(value) ? std::string() : upkeep::format("{}", value));
  return texts;
}

// As doubles, after rounding to the type; texts that are no numbers are missing.
Tensor numbers_of(const Tensor& values, DType dtype) {
  if (values.dtype() != DType::kString) return values.cast(dtype).cast(DType::kFloat64);
  std::vector<double> numbers;
  for (const std::string& text : values.strings()) numbers.push_back(parse_number(text).value_or(std::numeric_limits<double>::quiet_NaN()));
  return Tensor(values.shape(), std::move(numbers));
}

}  // namespace

bool ColumnCells::is_in(const Table& segment) const {
  if (scores.empty()) return segment.has(column);
  return std::ranges::all_of(scores, [&](const std::string& one) { return segment.has(one); });
}

Tensor answered_classes(const ColumnCells& cells, const Table& scores) {
  std::vector<Tensor> columns;
  for (const std::string& name : cells.scores) columns.push_back(scores.column(name).cast(DType::kFloat64));
  std::vector<std::string> classes;
  for (std::size_t row = 0; row < static_cast<std::size_t>(scores.rows()); ++row) {
    const auto score = [&](std::size_t k) { return columns[k].data<double>()[row]; };
    std::size_t best = 0;
    bool missing = false;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      missing = missing || std::isnan(score(k));
      if (score(k) > score(best)) best = k;
    }
    classes.push_back(missing ? "" : cells.classes.empty() ? std::to_string(best) : cells.classes[best]);
  }
  return Tensor({scores.rows()}, std::move(classes));
}

std::size_t ColumnCells::of(double value) const { return CellSearch(edges, 1).of(value); }

bool ColumnCells::is_one_value(std::size_t cell) const {
  if (cell == 0 || cell >= edges.size()) return false;
  const double end = slack > 0 ? edges[cell - 1] + 2.001 * slack : std::nextafter(edges[cell - 1], HUGE_VAL);
  return edges[cell] <= end;
}

std::size_t ColumnCells::of(const std::string& category) const {
  const auto found = std::ranges::lower_bound(categories, category);
  return found != categories.end() && *found == category ? static_cast<std::size_t>(found - categories.begin()) : categories.size();
}

std::vector<double> edges_of(std::span<const double> ascending, double slack) {
  std::vector<double> edges;
  if (ascending.empty()) return {0.0};
  const auto begin_at = [&](double value) { return slack > 0 ? value - slack : value; };
  const auto end_at = [&](double value) { return slack > 0 ? value + slack : std::nextafter(value, HUGE_VAL); };
  const auto add = [&](double edge) {
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  };
  std::vector<double> distinct;
  for (const double value : ascending)
    if (distinct.empty() || value - distinct.back() > 2 * slack) {
      distinct.push_back(value);
      if (distinct.size() > kMostDistinct) break;
    }
  if (distinct.size() <= kMostDistinct) {
    for (const double value : distinct) add(begin_at(value)), add(end_at(value));
    return edges;
  }
  const std::size_t n = ascending.size();
  for (std::size_t i = 0; i < kQuantileCells; ++i) {
    const double value = ascending[n * i / kQuantileCells];
    add(begin_at(value));
    const bool alone = i + 1 < kQuantileCells && ascending[n * (i + 1) / kQuantileCells] == value;
    if (alone) add(end_at(value));
  }
  add(begin_at(ascending.back()));
  add(end_at(ascending.back()));
  return edges;
}

std::int64_t ColumnCounts::values() const {
  std::int64_t all = 0;
  for (const std::int64_t count : cells) all += count;
  return all;
}

double ColumnCounts::mean(const ColumnCells& over) const {
  if (low > high) return std::numeric_limits<double>::quiet_NaN();
  return over.mean + static_cast<double>(sum) / kMomentUnits * over.deviation / static_cast<double>(values() - infinite);
}

void ColumnCounts::merge(const ColumnCounts& other) {
  cells.resize(std::max(cells.size(), other.cells.size()));
  for (std::size_t i = 0; i < other.cells.size(); ++i) cells[i] += other.cells[i];
  missing += other.missing;
  infinite += other.infinite;
  low = std::min(low, other.low);
  high = std::max(high, other.high);
  sum += other.sum;
  squares += other.squares;
  for (const auto& [name, count] : other.others) others[name] += count;
  keep_named(others);
}

ColumnCounts count_column(const ColumnCells& cells, const Tensor& values, std::span<const std::uint8_t> left_out) {
  ColumnCounts counts{.cells = std::vector<std::int64_t>(cells.size())};
  if (cells.categorical) count_words(cells, texts_of(values, cells.dtype), left_out, counts);
  else if (values.dtype() == DType::kFloat32 && cells.dtype == DType::kFloat32) count_numbers(cells, values.floats(), left_out, counts);
  else count_numbers(cells, numbers_of(values, cells.dtype).data<double>(), left_out, counts);
  return counts;
}

std::int32_t latency_cell(std::int64_t microseconds) {
  return static_cast<std::int32_t>(std::floor(std::log2(static_cast<double>(std::max<std::int64_t>(1, microseconds))) * kLatencyCells));
}
double latency_of(std::int32_t cell) { return std::exp2((cell + 0.5) / kLatencyCells); }

void SegmentProfile::merge(const SegmentProfile& other) {
  if (fingerprint != other.fingerprint)
    throw Error(ErrorCode::kInvalidArgument, "profiles over the cells of different references do not add up");
  const bool had = rows + failed_rows > 0, has = other.rows + other.failed_rows > 0;
  if (has) {
    first_us = had ? std::min(first_us, other.first_us) : other.first_us;
    last_us = had ? std::max(last_us, other.last_us) : other.last_us;
  }
  rows += other.rows, failed_rows += other.failed_rows, requests += other.requests, failed += other.failed;
  for (const auto& [cell, count] : other.latency) latency[cell] += count;
  columns.resize(std::max(columns.size(), other.columns.size()));
  for (std::size_t i = 0; i < other.columns.size(); ++i) columns[i].merge(other.columns[i]);
}

SegmentProfile profile_of(const Table& segment, const ReferenceProfile& reference,
                          const std::map<std::string, std::vector<std::uint8_t>>& missing) {
  SegmentProfile profile{.fingerprint = reference.fingerprint};
  for (const ColumnCells& cells : reference.columns) profile.columns.push_back({.cells = std::vector<std::int64_t>(cells.size())});
  if (segment.rows() == 0) return profile;
  const auto whole = [&](const char* name) { return segment.column(name).cast(DType::kInt64); };
  const Tensor times = whole("time"), numbers = whole("row"), latencies = whole("latency_us");
  const std::vector<std::string>& errors = segment.column("error").strings();
  std::vector<std::uint8_t> failed(errors.size());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    failed[i] = !errors[i].empty();
    ++(failed[i] == 1 ? profile.failed_rows : profile.rows);
    if (numbers.data<std::int64_t>()[i] != 0) continue;
    ++profile.requests;
    if (failed[i] == 1) ++profile.failed;
    else ++profile.latency[latency_cell(latencies.data<std::int64_t>()[i])];
  }
  const auto [first, last] = std::ranges::minmax(times.data<std::int64_t>());
  profile.first_us = first, profile.last_us = last;
  for (std::size_t c = 0; c < reference.columns.size(); ++c) {
    const ColumnCells& cells = reference.columns[c];
    ColumnCounts& counts = profile.columns[c];
    if (!cells.is_in(segment)) {
      counts.missing = profile.rows;
      continue;
    }
    if (!cells.scores.empty()) {
      counts = count_column(cells, answered_classes(cells, segment), failed);
      continue;
    }
    const auto gaps = missing.find(cells.column);
    if (gaps == missing.end()) {
      counts = count_column(cells, segment.column(cells.column), failed);
      continue;
    }
    std::vector<std::uint8_t> out = failed;
    std::int64_t without = 0;
    for (std::size_t i = 0; i < out.size() && i < gaps->second.size(); ++i)
      if (out[i] == 0 && gaps->second[i] == 1) out[i] = 1, ++without;
    counts = count_column(cells, segment.column(cells.column), out);
    counts.missing += without;
  }
  return profile;
}

bool ReferenceProfile::fits(const Table& segment) const {
  return std::ranges::all_of(columns, [&](const ColumnCells& cells) { return cells.is_in(segment); });
}

bool ReferenceProfile::fits(const SegmentProfile& profile) const {
  return std::ranges::equal(columns, profile.columns, {}, &ColumnCells::size,
                            [](const ColumnCounts& counts) { return counts.cells.size(); });
}

double ReferenceProfile::cell_error(std::size_t column) const {
  const ColumnCells& cells = columns[column];
  const ColumnCounts& counts = parts.front().columns[column];
  const std::int64_t values = counts.values();
  if (cells.categorical || values == 0) return 0;
  std::int64_t most = 0;
  for (std::size_t cell = 1; cell < cells.edges.size(); ++cell)
    if (!cells.is_one_value(cell)) most = std::max(most, counts.cells[cell]);
  return static_cast<double>(most) / static_cast<double>(values);
}

double ReferenceProfile::cell_error() const {
  double worst = 0;
  for (std::size_t column = 0; column < columns.size(); ++column) worst = std::max(worst, cell_error(column));
  return worst;
}

}  // namespace upkeep
