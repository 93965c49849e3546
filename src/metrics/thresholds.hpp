// What is predicted positive at evenly spread thresholds, and how much of it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

// max(ceil(score * steps) - 1, 0) for a score in [0, 1]; in float32 the product may round onto the next whole number.
inline std::size_t bucket_of_score(double score, std::size_t steps, bool single) {
  const double place =
      single ? static_cast<double>(static_cast<float>(score) * static_cast<float>(steps)) : score * static_cast<double>(steps);
  return static_cast<std::size_t>(std::max(std::ceil(place) - 1, 0.0));
}

// With T thresholds i / (T - 1), a prediction p in [0, 1] is above those up to max(ceil(p (T - 1)) - 1, 0): it falls into that bucket. With
// one threshold, that is 0.5.
class ThresholdBuckets {
 public:
  explicit ThresholdBuckets(std::int64_t thresholds) : positives_(static_cast<std::size_t>(thresholds)), negatives_(positives_.size()) {}

  // `single`: in float32, as Keras does where the predictions are.
  void add(double score, bool label, double weight, bool single) {
    added_ = true;
    if (std::isnan(score)) {
      undefined_ = true;
      return;
    }
    const std::size_t count = positives_.size();
    if (count == 1) {
      if (score > 0.5) (label ? positives_ : negatives_)[0] += weight;
    } else {
      (label ? positives_ : negatives_)[bucket_of_score(std::clamp(score, 0.0, 1.0), count - 1, single)] += weight;
    }
    (label ? all_positives_ : all_negatives_) += weight;
  }

  void merge(const ThresholdBuckets& other) {
    for (std::size_t i = 0; i < positives_.size(); ++i) {
      positives_[i] += other.positives_[i];
      negatives_[i] += other.negatives_[i];
    }
    all_positives_ += other.all_positives_;
    all_negatives_ += other.all_negatives_;
    added_ = added_ || other.added_;
    undefined_ = undefined_ || other.undefined_;
  }

  struct Point {
    double true_positives = 0;
    double false_positives = 0;
    double true_negatives = 0;
    double false_negatives = 0;
  };
  // At each threshold, the highest first.
  std::vector<Point> points() const {
    std::vector<Point> all;
    Point point;
    for (std::size_t i = positives_.size(); i-- > 0;) {
      point.true_positives += positives_[i];
      point.false_positives += negatives_[i];
      point.true_negatives = all_negatives_ - point.false_positives;
      point.false_negatives = all_positives_ - point.true_positives;
      all.push_back(point);
    }
    return all;
  }
  // Something was added, and no score was NaN.
  bool defined() const { return added_ && !undefined_; }

 private:
  std::vector<double> positives_;  // weight in each bucket
  std::vector<double> negatives_;
  double all_positives_ = 0;
  double all_negatives_ = 0;
  bool added_ = false;
  bool undefined_ = false;
};

}  // namespace upkeep::metrics
