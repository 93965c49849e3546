// Metrics that are a mean over positions, each a vector along the last axis (Keras's MeanMetricWrapper around a loss function):
// sum(weight of the row * value of the position) / sum(weight).
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "metrics/mean.hpp"
#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

// Rule: a struct of settings with operator== and
//   static constexpr auto pair = same_shape (or with_class_indices)
//   static constexpr bool kProportion        every position counts 0 to 1
//   std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const
//                                            the value of one position; nullopt where it does not count
// A target is as long as a prediction, or one class index.
template <typename Rule>
class PositionMean final : public Metric {
 public:
  explicit PositionMean(Rule rule = {}) : rule_(std::move(rule)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights = {}) override {
    Pairs pairs = Rule::pair(predictions, targets, weights);
    if constexpr (requires { rule_.prepare(pairs); }) rule_.prepare(pairs);
    if (pairs.prediction_width == 0) return;
    const std::size_t positions = pairs.prediction_width / pairs.classes;
    const std::size_t target_width = pairs.target_width / positions;
    for (std::size_t row = 0; row < pairs.rows; ++row)
      for (std::size_t i = 0; i < positions; ++i) {
        const std::optional<double> value = rule_(pairs.prediction(row).subspan(i * pairs.classes, pairs.classes),
                                                  pairs.target(row).subspan(i * target_width, target_width), pairs);
        if (value) mean_.add(*value, pairs.weight(row));
      }
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<PositionMean>(other);
    expect_same_settings(same.rule_ == rule_);
    mean_.merge(same.mean_);
  }

  double value() const override { return mean_.mean().value_or(std::numeric_limits<double>::quiet_NaN()); }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<PositionMean>(rule_); }

  std::optional<Proportion> proportion() const override { return Rule::kProportion ? std::optional(mean_.proportion()) : std::nullopt; }

 private:
  Rule rule_;
  WeightedMean mean_;
};

// The entry of a rule without settings.
template <typename Rule>
MetricEntry position_entry(MetricEntry entry) {
  entry.make = [name = entry.name](const Json& settings) {
    Settings(name, "", {}).apply(nullptr, settings);
    return std::make_unique<PositionMean<Rule>>();
  };
  return entry;
}

// The entry of a rule that is described by settings<Rule>.
template <typename Rule>
MetricEntry described_position_entry(MetricEntry entry) {
  entry.settings = settings<Rule>;
  entry.make = [](const Json& values) { return std::make_unique<PositionMean<Rule>>(parse<Rule>(values)); };
  return entry;
}

inline constexpr double kEpsilon = 1e-7;  // keras.backend.epsilon()

// Within [epsilon, 1 - epsilon], both as precise as the predictions.
inline double clipped_probability(double p, const Pairs& pairs) {
  return std::min(std::max(p, pairs.bound(kEpsilon)), pairs.bound(1 - kEpsilon));
}

}  // namespace upkeep::metrics
