#include "maintain/monitor/sample.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <numeric>
#include <span>
#include <unordered_map>

#include "base/format.hpp"
#include "data/rows.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kFewValues = 512;  // below it, comparing is as fast

template <typename Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

// Unsigned whole numbers that are in the order of the floats, and back.
template <std::floating_point Float>
BitsOf<Float> key_of(Float value) {
  constexpr int kSign = std::numeric_limits<BitsOf<Float>>::digits - 1;
  const auto bits = std::bit_cast<BitsOf<Float>>(value + Float{0});  // -0 is 0
  return (bits >> kSign) != 0 ? ~bits : bits | (BitsOf<Float>{1} << kSign);
}

template <std::floating_point Float>
Float value_of(BitsOf<Float> key) {
  constexpr int kSign = std::numeric_limits<BitsOf<Float>>::digits - 1;
  return std::bit_cast<Float>((key >> kSign) != 0 ? key ^ (BitsOf<Float>{1} << kSign) : ~key);
}

// Keys, and how many there are of each value of each of their digits.
template <typename Bits>
struct Digits {
  static constexpr int kBits = sizeof(Bits) == 4 ? 8 : 11;
  static constexpr std::size_t kBuckets = std::size_t{1} << kBits;
  static constexpr std::size_t kPasses = (static_cast<std::size_t>(std::numeric_limits<Bits>::digits) + kBits - 1) / kBits;

  static std::size_t of(Bits key, std::size_t pass) { return (key >> (pass * kBits)) & (kBuckets - 1); }
  bool is_shared(std::size_t pass) const { return std::ranges::contains(counts[pass], static_cast<std::uint32_t>(keys.size())); }
  // Where the first key of each bucket goes.
  std::array<std::uint32_t, kBuckets> begins(std::size_t pass) const {
    std::array<std::uint32_t, kBuckets> places;
    std::exclusive_scan(counts[pass].begin(), counts[pass].end(), places.begin(), std::uint32_t{0});
    return places;
  }

  std::vector<Bits> keys;
  std::array<std::array<std::uint32_t, kBuckets>, kPasses> counts;
};

// Least significant digit first; a digit that all keys share is passed over. The last pass writes the values themselves.
template <std::floating_point Float>
std::vector<double> radix_sorted(Digits<BitsOf<Float>>& digits) {
  using All = Digits<BitsOf<Float>>;
  std::vector<std::size_t> passes;
  for (std::size_t pass = 0; pass < All::kPasses; ++pass)
    if (!digits.is_shared(pass)) passes.push_back(pass);
  if (passes.empty()) return std::vector<double>(digits.keys.size(), value_of<Float>(digits.keys.front()));
  static thread_local std::vector<BitsOf<Float>> other;
  other.resize(digits.keys.size());
  for (const std::size_t pass : std::span(passes).first(passes.size() - 1)) {
    auto places = digits.begins(pass);
    for (const BitsOf<Float> key : digits.keys) other[places[All::of(key, pass)]++] = key;
    digits.keys.swap(other);
  }
  std::vector<double> values(digits.keys.size());
  auto places = digits.begins(passes.back());
  for (const BitsOf<Float> key : digits.keys) values[places[All::of(key, passes.back())]++] = value_of<Float>(key);
  return values;
}

template <std::floating_point Float>
std::vector<double> ascending(std::span<const Float> rows) {
  using All = Digits<BitsOf<Float>>;
  static thread_local All digits;  // kept from one column to the next: fresh memory costs as much as the sorting
  digits.keys.resize(rows.size());
  digits.counts = {};
  std::size_t count = 0;
  for (const Float value : rows) {
    const BitsOf<Float> key = key_of(value);
    const auto counts = static_cast<std::uint32_t>(!std::isnan(value));
    digits.keys[count] = key;
    count += counts;
    for (std::size_t pass = 0; pass < All::kPasses; ++pass) digits.counts[pass][All::of(key, pass)] += counts;
  }
  digits.keys.resize(count);
  if (count >= kFewValues && count <= std::numeric_limits<std::uint32_t>::max()) return radix_sorted<Float>(digits);
  std::ranges::sort(digits.keys);
  std::vector<double> values(count);
  std::ranges::transform(digits.keys, values.begin(), value_of<Float>);
  return values;
}

std::string printed(double value) { return std::isnan(value) ? "" : upkeep::format("{}", value); }

void count_texts(const std::vector<std::string>& texts, std::map<std::string, std::int64_t>& counts) {
  std::unordered_map<std::string_view, std::int64_t> found;
  for (const std::string& text : texts) ++found[text];
  for (const auto& [text, count] : found) counts.emplace(text, count);
}

void count_whole(const Tensor& column, std::map<std::string, std::int64_t>& counts) {
  std::unordered_map<std::int64_t, std::int64_t> found;
  const Tensor whole = column.cast(DType::kInt64);
  for (const std::int64_t value : whole.data<std::int64_t>()) ++found[value];
  for (const auto& [value, count] : found) counts.emplace(std::to_string(value), count);
}

bool is_whole(DType dtype) { return is_integer_type(dtype) && dtype != DType::kUInt64; }

bool is_sortable(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

// Numbers as float32 or float64, after rounding to `type`.
Tensor rounded(const Tensor& column, DType type) {
  Tensor values = type == DType::kUndefined || column.dtype() == type ? column : column.cast(type);
  if (is_sortable(values.dtype())) return values;
  return values.cast(is_floating(values.dtype()) ? DType::kFloat32 : DType::kFloat64);
}

const void* identity(const Tensor& column) {
  return column.dtype() == DType::kString ? static_cast<const void*>(column.strings().data()) : column.bytes().data();
}

}  // namespace

Sample::Sample(std::vector<double> rows) {
  const auto count = std::ssize(rows);
  *this = Sample(Tensor({count}, std::move(rows)));
}

Sample::Sample(const Tensor& column) {
  State state{.column = column};
  state.values = column.dtype() == DType::kFloat32 ? ascending(column.data<float>()) : ascending(column.data<double>());
  state.missing = column.size() - std::ssize(state.values);
  state_ = std::make_shared<const State>(std::move(state));
}

Sample Sample::counted(std::vector<double> ascending, const std::vector<std::int64_t>& counts, std::int64_t missing, double mean) {
  State state{.values = std::move(ascending), .missing = missing, .mean = mean};
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) state.until.push_back(sum += count);
  Sample sample;
  sample.state_ = std::make_shared<const State>(std::move(state));
  return sample;
}

std::span<const double> Sample::finite() const {
  const auto& all = state_->values;
  const auto begin = std::ranges::upper_bound(all, -std::numeric_limits<double>::infinity());
  const auto end = std::ranges::lower_bound(all, std::numeric_limits<double>::infinity());
  return {begin, end};
}

double Sample::at(std::int64_t rank) const {
  if (!is_counted()) return state_->values[static_cast<std::size_t>(rank)];
  return state_->values[static_cast<std::size_t>(std::ranges::upper_bound(until(), rank) - until().begin())];
}

std::int64_t Sample::below(double value) const {
  const auto place = std::ranges::lower_bound(state_->values, value) - state_->values.begin();
  return !is_counted() ? place : place == 0 ? 0 : until()[static_cast<std::size_t>(place - 1)];
}

std::int64_t Sample::up_to(double value) const {
  const auto place = std::ranges::upper_bound(state_->values, value) - state_->values.begin();
  return !is_counted() ? place : place == 0 ? 0 : until()[static_cast<std::size_t>(place - 1)];
}

Sample Sample::take(const std::vector<std::int64_t>& some) const {
  return std::ssize(some) == rows() ? *this : Sample(take_rows(state_->column, some));
}

void Sample::append_row(std::string& key, std::int64_t row) const {
  const auto at = static_cast<std::size_t>(row);
  const Tensor& column = state_->column;
  const double value = column.dtype() == DType::kFloat32 ? static_cast<double>(column.data<float>()[at]) : column.data<double>()[at];
  const auto bytes =
      std::bit_cast<std::array<char, sizeof(double)>>(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value + 0.0);
  key.append(bytes.data(), bytes.size());
}

Words::Words(std::vector<std::string> rows) {
  const auto count = std::ssize(rows);
  *this = Words(Tensor({count}, std::move(rows)));
}

Words::Words(const Tensor& column) {
  State state{.column = column};
  if (column.dtype() == DType::kString) count_texts(column.strings(), state.counts);
  else if (is_whole(column.dtype())) count_whole(column, state.counts);
  else
    Sample(rounded(column, DType::kUndefined)).for_each_distinct([&](double value, std::int64_t count) {
      state.counts[printed(value)] += count;
      return true;
    });
  state.counts.erase("");
  for (const auto& [word, count] : state.counts) state.size += count;
  state.missing = column.size() - state.size;
  state_ = std::make_shared<const State>(std::move(state));
}

Words Words::counted(std::map<std::string, std::int64_t> counts, std::int64_t missing) {
  State state{.counts = std::move(counts), .missing = missing};
  for (const auto& [word, count] : state.counts) state.size += count;
  return Words(std::make_shared<const State>(std::move(state)));
}

Words Words::take(const std::vector<std::int64_t>& some) const {
  return std::ssize(some) == rows() ? *this : Words(take_rows(state_->column, some));
}

void Words::append_row(std::string& key, std::int64_t row) const {
  const Tensor& column = state_->column;
  if (column.dtype() == DType::kString) key += column.strings()[static_cast<std::size_t>(row)];
  else if (is_whole(column.dtype())) key += std::to_string(column.rows(row, row + 1).cast(DType::kInt64).data<std::int64_t>()[0]);
  else key += printed(column.rows(row, row + 1).cast(DType::kFloat64).data<double>()[0]);
  key += '\n';
}

Sample SampleCache::numbers(const Tensor& column, DType type) {
  const Key key(identity(column), column.dtype(), type);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second.second;
  }
  Sample made(rounded(column, type));
  const std::lock_guard lock(mutex_);
  return numbers_.try_emplace(key, column, std::move(made)).first->second.second;
}

Words SampleCache::words(const Tensor& column, DType type) {
  const Key key(identity(column), column.dtype(), type);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = words_.find(key); known != words_.end()) return known->second.second;
  }
  const bool as_they_are = type == DType::kUndefined || column.dtype() == DType::kString || is_integer_type(column.dtype());
  Words made(as_they_are ? column : rounded(column, type));
  const std::lock_guard lock(mutex_);
  return words_.try_emplace(key, column, std::move(made)).first->second.second;
}

}  // namespace upkeep
