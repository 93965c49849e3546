#include "explain/effects/shared/bins.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace upkeep::explain {

std::vector<double> quantile_edges(std::vector<double> values, std::int64_t bins) {
  std::ranges::sort(values);
  const auto n = static_cast<std::int64_t>(values.size());
  std::vector<double> edges;
  for (std::int64_t k = 0; k <= bins; ++k)
    edges.push_back(values[static_cast<std::size_t>(std::max<std::int64_t>(0, (k * n + bins - 1) / bins - 1))]);
  edges.erase(std::ranges::unique(edges).begin(), edges.end());
  return edges;
}

std::vector<std::size_t> bins_of(const std::vector<double>& values, const std::vector<double>& edges) {
  std::vector<std::size_t> bins;
  for (const double value : values) {
    const auto above = static_cast<std::size_t>(std::ranges::lower_bound(edges, value) - edges.begin());
    bins.push_back(above == 0 ? 0 : above - 1);
  }
  return bins;
}

namespace {

using Matrix = std::vector<double>;  // [levels, levels]

void add_distances_of_numbers(Matrix& distances, const std::vector<double>& values, const Levels& levels) {
  const std::size_t k = levels.labels.size();
  std::vector<std::vector<double>> by_level(k);
  for (std::size_t row = 0; row < values.size(); ++row)
    if (std::isfinite(values[row])) by_level[levels.of_row[row]].push_back(values[row]);
  for (std::vector<double>& one : by_level) std::ranges::sort(one);
  const auto share = [](const std::vector<double>& sorted, double x) {
    return static_cast<double>(std::ranges::upper_bound(sorted, x) - sorted.begin()) / std::max(1.0, static_cast<double>(sorted.size()));
  };
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t b = 0; b < k; ++b) {
      double largest = 0;
      for (const std::size_t side : {a, b})
        for (const double x : by_level[side]) largest = std::max(largest, std::abs(share(by_level[a], x) - share(by_level[b], x)));
      distances[a * k + b] += largest;
    }
}

void add_distances_of_levels(Matrix& distances, const Levels& other, const Levels& levels) {
  const std::size_t k = levels.labels.size(), m = other.labels.size();
  std::vector<double> shares(k * m), counts(k);
  for (std::size_t row = 0; row < levels.of_row.size(); ++row) {
    ++shares[levels.of_row[row] * m + other.of_row[row]];
    ++counts[levels.of_row[row]];
  }
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t b = 0; b < k; ++b)
      for (std::size_t i = 0; i < m; ++i)
        distances[a * k + b] += std::abs(shares[a * m + i] / counts[a] - shares[b * m + i] / counts[b]) / 2;
}

// The first axis of classical scaling: the leading eigenvector of -1/2 J D^2 J, by power iteration of the matrix shifted to be positive.
std::vector<double> first_axis(const Matrix& distances, std::size_t k) {
  Matrix b(k * k);
  std::vector<double> means(k);
  double mean = 0, shift = 0;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) means[i] += distances[i * k + j] * distances[i * k + j] / static_cast<double>(k);
  for (const double one : means) mean += one / static_cast<double>(k);
  for (std::size_t i = 0; i < k; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) {
      b[i * k + j] = -(distances[i * k + j] * distances[i * k + j] - means[i] - means[j] + mean) / 2;
      sum += std::abs(b[i * k + j]);
    }
    shift = std::max(shift, sum);
  }
  std::vector<double> axis(k);
  for (std::size_t i = 0; i < k; ++i) axis[i] = std::sin(1.0 + static_cast<double>(i));  // along no symmetry
  for (int step = 0; step < 500 && shift > 0; ++step) {
    std::vector<double> next(k);
    for (std::size_t i = 0; i < k; ++i) next[i] = shift * axis[i] + std::inner_product(axis.begin(), axis.end(), &b[i * k], 0.0);
    const double length = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
    for (std::size_t i = 0; i < k; ++i) axis[i] = next[i] / length;
  }
  return axis;
}

}  // namespace

void order_by_likeness(Levels& levels, const Tensors& rows, const std::vector<ExplainedFeature>& features, std::size_t place) {
  const std::size_t k = levels.labels.size();
  if (k < 3) return;
  Matrix distances(k * k);
  for (std::size_t f = 0; f < features.size(); ++f) {
    if (f == place || !features[f].scalar()) continue;
    if (has_numbers(features[f])) add_distances_of_numbers(distances, numbers_of(rows, features[f]), levels);
    else add_distances_of_levels(distances, levels_of(rows, features[f]), levels);
  }
  if (std::ranges::all_of(distances, [](double one) { return one == 0; })) return;
  const std::vector<double> axis = first_axis(distances, k);
  std::vector<std::size_t> order(k), new_place(k);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t level) { return axis[level]; });
  if (order.front() > order.back()) std::ranges::reverse(order);  // of the two directions, the one that begins with the earlier level
  Levels sorted;
  for (std::size_t i = 0; i < k; ++i) {
    new_place[order[i]] = i;
    sorted.labels.push_back(levels.labels[order[i]]);
    sorted.rows.push_back(levels.rows[order[i]]);
  }
  for (const std::size_t level : levels.of_row) sorted.of_row.push_back(new_place[level]);
  levels = std::move(sorted);
}

}  // namespace upkeep::explain
