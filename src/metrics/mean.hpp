// Metrics that are a mean over rows, as Keras's MeanMetricWrapper: sum(weight * value of the row) / sum(weight).
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

// The sums behind a weighted mean.
struct WeightedMean {
  double total = 0;  // of weight * value
  double weight = 0;
  double squares = 0;  // of weights

  void add(double value, double of_weight) {
    total += of_weight * value;
    weight += of_weight;
    squares += of_weight * of_weight;
  }
  void merge(const WeightedMean& other) {
    total += other.total;
    weight += other.weight;
    squares += other.squares;
  }
  std::optional<double> mean() const { return weight == 0 ? std::nullopt : std::optional(total / weight); }
  Proportion proportion() const {
    if (weight == 0) return {};
    const double trials = weight * weight / squares;
    return {.hits = total / weight * trials, .trials = trials};
  }
};

// Rule: a plain struct of settings with operator== and
//   static constexpr auto pair = same_shape (or with_class_indices)
//   static constexpr bool kProportion        every row counts 0 to 1
//   double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const    the value of one row
//   static double finish(double mean)
template <typename Rule>
class MeanMetric final : public Metric {
 public:
  explicit MeanMetric(Rule rule = {}) : rule_(std::move(rule)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights = {}) override {
    const Pairs pairs = Rule::pair(predictions, targets, weights);
    if (pairs.prediction_width == 0) return;
    for (std::size_t row = 0; row < pairs.rows; ++row) mean_.add(rule_(pairs.prediction(row), pairs.target(row), pairs), pairs.weight(row));
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<MeanMetric>(other);
    expect_same_settings(same.rule_ == rule_);
    mean_.merge(same.mean_);
  }

  double value() const override { return mean_.mean().transform(Rule::finish).value_or(std::numeric_limits<double>::quiet_NaN()); }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<MeanMetric>(rule_); }

  std::optional<Proportion> proportion() const override { return Rule::kProportion ? std::optional(mean_.proportion()) : std::nullopt; }

 private:
  Rule rule_;
  WeightedMean mean_;
};

// The entry of a rule without settings.
template <typename Rule>
MetricEntry mean_entry(MetricEntry entry) {
  entry.make = [name = entry.name](const Json& settings) {
    Settings(name, "", {}).apply(nullptr, settings);
    return std::make_unique<MeanMetric<Rule>>();
  };
  return entry;
}

}  // namespace upkeep::metrics
