// Metrics that are a mean over rows, as Keras's MeanMetricWrapper: sum(weight * value of the row) / sum(weight).
#pragma once

#include <limits>
#include <memory>
#include <utility>

#include "metrics/pairs.hpp"

namespace upkeep::metrics {

// Rule: a plain struct of settings with operator== and
//   static constexpr auto pair = same_shape (or with_class_indices)
//   static constexpr bool kProportion        every row counts 0 to 1
//   double operator()(std::span<const float> prediction, std::span<const float> target, std::size_t classes) const    the value of one row
//   static double finish(double mean)
template <typename Rule>
class MeanMetric final : public Metric {
 public:
  explicit MeanMetric(Rule rule = {}) : rule_(std::move(rule)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights = {}) override {
    const Pairs pairs = Rule::pair(predictions, targets, weights);
    if (pairs.prediction_width == 0) return;
    for (std::size_t row = 0; row < pairs.rows; ++row) {
      const double weight = pairs.weight(row);
      total_ += weight * rule_(pairs.prediction(row), pairs.target(row), pairs.classes);
      weight_ += weight;
      squares_ += weight * weight;
    }
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<MeanMetric>(other);
    expect_same_settings(same.rule_ == rule_);
    total_ += same.total_;
    weight_ += same.weight_;
    squares_ += same.squares_;
  }

  double value() const override { return weight_ == 0 ? std::numeric_limits<double>::quiet_NaN() : Rule::finish(total_ / weight_); }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<MeanMetric>(rule_); }

  std::optional<Proportion> proportion() const override {
    if (!Rule::kProportion) return std::nullopt;
    if (weight_ == 0) return Proportion{};
    const double trials = weight_ * weight_ / squares_;
    return Proportion{.hits = total_ / weight_ * trials, .trials = trials};
  }

 private:
  Rule rule_;
  double total_ = 0;
  double weight_ = 0;
  double squares_ = 0;
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
