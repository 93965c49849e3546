#include "explain/importance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace upkeep::explain {

namespace {

constexpr double kNormal95 = 1.959964;  // the normal distribution's 97.5 % quantile

Importance of_feature(const std::vector<Explanation>& explanations, std::size_t feature) {
  const auto count = static_cast<double>(explanations.size());
  double sum = 0, squares = 0, signed_sum = 0;
  for (const Explanation& one : explanations) {
    const double value = one.attribution.values[feature];
    sum += std::abs(value);
    squares += value * value;
    signed_sum += value;
  }
  Importance made{.feature = feature, .mean = sum / count, .low = 0, .high = 0, .signed_mean = signed_sum / count};
  const double variance = std::max(0.0, squares / count - made.mean * made.mean) * count / (count - 1);
  const double half = count > 1 ? kNormal95 * std::sqrt(variance / count) : std::numeric_limits<double>::quiet_NaN();
  made.low = made.mean - half;
  made.high = made.mean + half;
  return made;
}

}  // namespace

std::vector<Importance> importances(const std::vector<Explanation>& explanations) {
  std::vector<Importance> all;
  if (explanations.empty()) return all;
  for (std::size_t i = 0; i < explanations[0].attribution.values.size(); ++i) all.push_back(of_feature(explanations, i));
  std::ranges::stable_sort(all, std::ranges::greater(), &Importance::mean);
  return all;
}

std::vector<std::size_t> by_size(const Attribution& attribution) {
  std::vector<std::size_t> order(attribution.values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return std::abs(attribution.values[i]); });
  return order;
}

double sum_of(const Attribution& attribution, std::span<const std::size_t> features) {
  double sum = 0;
  for (const std::size_t feature : features) sum += attribution.values[feature];
  return sum;
}

}  // namespace upkeep::explain
