#include "analyze/part_changes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace upkeep {
namespace {

std::string type_text(const Tensor& tensor) { return to_string(tensor.dtype()) + to_string(tensor.shape()); }

double norm(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

void compare_numbers(WeightChange& change, std::span<const double> a, std::span<const double> b) {
  change.comparable = true;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double difference = std::abs(a[i] - b[i]);
    ++change.differing;
    change.largest_absolute = std::isnan(difference) ? HUGE_VAL : std::max(change.largest_absolute, difference);
    sum += difference;
    squares += difference * difference;
  }
  change.mean_absolute = a.empty() ? 0 : sum / static_cast<double>(a.size());
  change.equal = change.differing == 0;
  if (squares > 0 && std::isfinite(squares) && change.norm_before > 0)
    change.signal = 20 * std::log10(change.norm_before / std::sqrt(squares));
}

WeightChange weight_change(std::string name, const Tensor& first, const Tensor& second) {
  WeightChange change{.name = std::move(name), .before = type_text(first), .after = type_text(second), .values = first.size()};
  if (first.dtype() == DType::kString || second.dtype() == DType::kString) {
    change.equal = first == second;
    return change;
  }
  const Tensor left = first.cast(DType::kFloat64);
  const Tensor right = second.cast(DType::kFloat64);
  const auto a = left.data<double>();
  const auto b = right.data<double>();
  change.norm_before = norm(a);
  change.norm_after = norm(b);
  change.zeros_before = std::ranges::count(a, 0.0);
  change.zeros_after = std::ranges::count(b, 0.0);
  if (first.shape() == second.shape()) compare_numbers(change, a, b);
  return change;
}

// A list and what stands for it in short: 2, or [2], for [2, 2].
bool spreads(const Json& a, const Json& b) {
  const bool a_is_list = a.is_array() && (!b.is_array() || a.size() >= b.size());
  const Json& list = a_is_list ? a : b;
  const Json& other = a_is_list ? b : a;
  const Json& one = other.is_array() && other.size() == 1 ? other[0] : other;
  return list.is_array() && !list.empty() && one.is_number() && std::ranges::all_of(list, [&](const Json& each) { return each == one; });
}

enum class Lists { kExact, kSpread };

// As float32, which is what some files keep; NaN stands for a missing value.
bool same_number(const Json& a, const Json& b) {
  if (a == b) return true;
  const auto x = static_cast<float>(a.get<double>());
  const auto y = static_cast<float>(b.get<double>());
  return x == y || (std::isnan(x) && std::isnan(y));
}

// {"array": [1, 2], "dtype": "int32"} is the list with its element type.
bool is_array_constant(const Json& value) { return value.is_object() && value.contains("array"); }

// The same setting. Numbers are compared as float32, which is what some files keep.
bool same_setting(const Json& a, const Json& b, Lists lists) {
  if (a.is_number() && b.is_number()) return same_number(a, b);
  if (is_array_constant(a) != is_array_constant(b))
    return same_setting(is_array_constant(a) ? a["array"] : a, is_array_constant(b) ? b["array"] : b, lists);
  if (a.is_array() && b.is_array() && a.size() == b.size())
    return std::ranges::equal(a, b, [&](const Json& x, const Json& y) { return same_setting(x, y, lists); });
  if (a.is_object() && b.is_object() && a.size() == b.size())
    return std::ranges::all_of(
        a.items(), [&](const auto& item) { return b.contains(item.key()) && same_setting(item.value(), b[item.key()], lists); });
  return a == b || (lists == Lists::kSpread && spreads(a, b));
}

}  // namespace

std::vector<WeightChange> weight_changes(const ModelPart& first, const ModelPart& second) {
  std::vector<WeightChange> changes;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < first.weights.size(); ++i) {
    const auto& [name, tensor] = first.weights[i];
    auto other = std::ranges::find(second.weights, name, [](const auto& weight) { return weight.first; });
    if (other == second.weights.end() && first.weights.size() == second.weights.size())
      other = second.weights.begin() + static_cast<std::ptrdiff_t>(i);
    if (other == second.weights.end()) {
      changes.push_back({.name = name, .before = type_text(tensor), .values = tensor.size()});
      continue;
    }
    seen.insert(other->first);
    changes.push_back(weight_change(name, tensor, other->second));
  }
  for (const auto& [name, tensor] : second.weights)
    if (!seen.contains(name)) changes.push_back({.name = name, .after = type_text(tensor)});
  return changes;
}

std::vector<ValueChange> setting_changes(const ModelPart& first, const ModelPart& second) {
  static const std::set<std::string> kSizes = {"input", "reshape", "permute"};  // here [3] and [3, 3] are different things
  const Lists lists = kSizes.contains(first.kind) ? Lists::kExact : Lists::kSpread;
  std::vector<ValueChange> changes;
  for (const auto& [name, value] : first.settings.items()) {
    const Json other = second.settings.value(name, Json());
    if (!same_setting(value, other, lists)) changes.push_back({name, value, other});
  }
  for (const auto& [name, value] : second.settings.items())
    if (!first.settings.contains(name)) changes.push_back({name, nullptr, value});
  return changes;
}

}  // namespace upkeep
