// Yes-or-no decisions over all elements (micro average), as Keras's Precision and Recall count them. Of two classes that are given by index
// class 1 is the yes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

// When an element counts as predicted.
struct Decision {
  std::optional<double> threshold;       // above it; 0.5, or with top_k none
  std::optional<std::int64_t> top_k;     // among the k largest of the last axis
  std::optional<std::int64_t> class_id;  // only this place of the last axis
  bool operator==(const Decision&) const = default;
};

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::Decision> =
    describe<metrics::Decision>("decision", "when an element counts as predicted",
                                field("threshold", &metrics::Decision::threshold,
                                      "predictions above it count as positive (default 0.5, with top_k none; 0 for logits)"),
                                field("top_k", &metrics::Decision::top_k, "only the k largest of a row count as positive", range(1, 1e9)),
                                field("class_id", &metrics::Decision::class_id, "only this class counts", range(0, 1e9)));

}  // namespace upkeep

namespace upkeep::metrics {

// Marks the k largest; of equals the first.
inline void mark_largest(std::span<const double> values, std::size_t k, std::vector<char>& marked) {
  std::vector<std::size_t> places(values.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  k = std::min(k, values.size());
  const auto larger = [&](std::size_t a, std::size_t b) { return values[a] > values[b] || (values[a] == values[b] && a < b); };
  std::ranges::partial_sort(places, places.begin() + static_cast<std::ptrdiff_t>(k), larger);
  marked.assign(values.size(), 0);
  for (std::size_t i = 0; i < k; ++i) marked[places[i]] = 1;
}

// The share of hits among trials. Rule: static bool trial(bool label, bool predicted); a hit is a trial that is both.
template <typename Rule>
class HitRate final : public Metric {
 public:
  explicit HitRate(Decision decision) : decision_(decision) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights = {}) override {
    const bool by_class = decision_.class_id || decision_.top_k;
    const Pairs pairs = by_class ? with_labels(predictions, targets, weights) : with_yes_or_no(predictions, targets, weights);
    if (decision_.class_id && static_cast<std::size_t>(*decision_.class_id) >= pairs.classes)
      throw Error(ErrorCode::kInvalidArgument,
                  "class_id " + std::to_string(*decision_.class_id) + " of " + std::to_string(pairs.classes) + " classes");
    for (std::size_t row = 0; row < pairs.rows; ++row)
      for (std::size_t at = 0; at < pairs.prediction_width; at += pairs.classes) count(pairs, row, at);
    added_ = added_ || (pairs.rows > 0 && pairs.prediction_width > 0);
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<HitRate>(other);
    expect_same_settings(same.decision_ == decision_);
    hits_ += same.hits_;
    trials_ += same.trials_;
    squares_ += same.squares_;
    added_ = added_ || same.added_;
  }

  // Keras: 0 when there was no trial at all (divide_no_nan).
  double value() const override { return !added_ ? std::numeric_limits<double>::quiet_NaN() : trials_ == 0 ? 0.0 : hits_ / trials_; }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<HitRate>(decision_); }

  std::optional<Proportion> proportion() const override {
    if (trials_ == 0) return Proportion{};
    const double trials = trials_ * trials_ / squares_;
    return Proportion{.hits = hits_ / trials_ * trials, .trials = trials};
  }

 private:
  void count(const Pairs& pairs, std::size_t row, std::size_t at) {
    const std::span<const double> predictions = pairs.prediction(row).subspan(at, pairs.classes);
    const std::span<const double> labels = pairs.target(row).subspan(at, pairs.classes);
    const double weight = pairs.weight(row);
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    const double threshold = decision_.threshold ? pairs.bound(*decision_.threshold) : decision_.top_k ? kNone : 0.5;
    if (decision_.top_k) mark_largest(predictions, static_cast<std::size_t>(*decision_.top_k), marked_);
    const std::size_t begin = decision_.class_id ? static_cast<std::size_t>(*decision_.class_id) : 0;
    const std::size_t end = decision_.class_id ? begin + 1 : predictions.size();
    for (std::size_t i = begin; i < end; ++i) {
      const bool label = labels[i] != 0;
      const bool predicted = predictions[i] > threshold && (!decision_.top_k || marked_[i]);
      if (!Rule::trial(label, predicted)) continue;
      trials_ += weight;
      squares_ += weight * weight;
      if (label && predicted) hits_ += weight;
    }
  }

  Decision decision_;
  double hits_ = 0;
  double trials_ = 0;
  double squares_ = 0;
  bool added_ = false;
  std::vector<char> marked_;
};

template <typename Rule>
MetricEntry hit_rate_entry(MetricEntry entry) {
  entry.settings = settings<Decision>;
  entry.heeds_masks = false;
  entry.judges = Judges::kDecisions;
  entry.higher_is_better = true;
  entry.make = [](const Json& values) { return std::make_unique<HitRate<Rule>>(parse<Decision>(values)); };
  return entry;
}

}  // namespace upkeep::metrics
