// What the tests of all metrics share. The figures in those tests were computed by Keras 3.15.1 (float32, in two batches) and
// scikit-learn 1.9.1 (float64) from the data made here; all of it is exact in float32.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric.hpp"
#include "upkeep/error.hpp"

namespace upkeep::metrics {

struct Sample {
  Tensor predictions;
  Tensor targets;
  std::vector<float> weights;
  std::int64_t cut = 0;  // rows of the first batch
};

template <typename Value>
Tensor grid(std::int64_t rows, std::int64_t columns, const Value& value) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) values.push_back(static_cast<float>(value(i, j)));
  return Tensor({rows, columns}, std::move(values));
}

inline std::vector<float> row_weights(std::int64_t rows, std::int64_t period, double offset, double unit) {
  std::vector<float> weights;
  for (std::int64_t i = 0; i < rows; ++i) weights.push_back(static_cast<float>((static_cast<double>(i % period) + offset) / unit));
  return weights;
}

// p = (i*37 + j*11) % 101 / 64 - 0.5     t = (i*53 + j*29) % 97 / 32     w = i % 7 / 4     [50, 3]
inline Sample regression() {
  return {.predictions = grid(50, 3, [](auto i, auto j) { return static_cast<double>((i * 37 + j * 11) % 101) / 64 - 0.5; }),
          .targets = grid(50, 3, [](auto i, auto j) { return static_cast<double>((i * 53 + j * 29) % 97) / 32; }),
          .weights = row_weights(50, 7, 0, 4),
          .cut = 30};
}

// p = i*37 % 129 / 128     t = i*37 % 129 + i*61 % 100 > 110     w = i % 5 / 2     [200, 1]
inline Sample yes_or_no() {
  return {.predictions = grid(200, 1, [](auto i, auto) { return static_cast<double>(i * 37 % 129) / 128; }),
          .targets = grid(200, 1, [](auto i, auto) { return i * 37 % 129 + i * 61 % 100 > 110 ? 1.0 : 0.0; }),
          .weights = row_weights(200, 5, 0, 2),
          .cut = 120};
}

// p = (i*7 + j*13 + i*j*5) % 64 / 64     class i*3 % 5, one-hot     w = (i % 3 + 1) / 2     [40, 5]
inline Sample classes() {
  return {.predictions = grid(40, 5, [](auto i, auto j) { return static_cast<double>((i * 7 + j * 13 + i * j * 5) % 64) / 64; }),
          .targets = grid(40, 5, [](auto i, auto j) { return i * 3 % 5 == j ? 1.0 : 0.0; }),
          .weights = row_weights(40, 3, 1, 2),
          .cut = 25};
}

inline Sample class_indices() {
  Sample sample = classes();
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < 40; ++i) indices.push_back(i * 3 % 5);
  sample.targets = Tensor({40, 1}, std::move(indices));
  return sample;
}

inline std::unique_ptr<Metric> metric_of(const std::string& text) { return make(parse_named(text)).metric; }

inline void add_rows(Metric& metric, const Sample& sample, bool weighted, std::int64_t begin, std::int64_t end) {
  const std::span<const float> weights = sample.weights;
  metric.add(sample.predictions.rows(begin, end), sample.targets.rows(begin, end),
             weighted ? weights.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)) : std::span<const float>());
}

inline double value_of(const std::string& text, const Sample& sample, bool weighted = false) {
  const auto metric = metric_of(text);
  add_rows(*metric, sample, weighted, 0, sample.cut);
  add_rows(*metric, sample, weighted, sample.cut, sample.predictions.dim(0));
  return metric->value();
}

// Nothing added is NaN; (a + b) + c, a + (b + c) and all at once agree to the rounding of `tolerance`; fresh() keeps the settings and
// forgets the rows.
inline void expect_mergeable(const std::string& text, const Sample& sample, double tolerance = 1e-12) {
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    auto metric = metric_of(text);
    add_rows(*metric, sample, true, begin, end);
    return metric;
  };
  const std::int64_t rows = sample.predictions.dim(0);
  const double whole = part(0, rows)->value();
  const auto left = part(0, 7);
  left->merge(*part(7, 20));
  left->merge(*part(20, rows));
  const auto right = part(7, 20);
  right->merge(*part(20, rows));
  const auto first = part(0, 7);
  first->merge(*right);
  EXPECT_NEAR(left->value(), whole, tolerance * std::abs(whole)) << text;
  EXPECT_NEAR(first->value(), whole, tolerance * std::abs(whole)) << text;

  const double before = left->value();
  const auto fresh = left->fresh();
  EXPECT_TRUE(std::isnan(fresh->value())) << text;
  left->merge(*fresh);
  EXPECT_EQ(left->value(), before) << text;
  fresh->merge(*left);
  EXPECT_NEAR(fresh->value(), whole, tolerance * std::abs(whole)) << text;
}

inline constexpr double kFloat32 = 2e-6;  // Keras sums a few hundred float32 terms: relative error a few times 2^-24

}  // namespace upkeep::metrics
