// F-beta: (1 + beta^2) * precision * recall / (beta^2 * precision + recall), each with 1e-7 added to what it is divided by (Keras:
// FBetaScore; F1Score with beta 1). Without a threshold the largest prediction of a row is the positive one (all of equals, and none that
// is 0).
//
//   macro     the mean over the classes            weighted   by how often each class is true
//   micro     of all elements together
//
// Keras's default is no average but a number for each class. A metric here is one number, so the default is macro.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

namespace {

struct F1Settings {
  std::string average = "macro";
  std::optional<double> threshold;
  bool operator==(const F1Settings&) const = default;
};

struct FBetaSettings : F1Settings {
  double beta = 1.0;
  bool operator==(const FBetaSettings&) const = default;
};

struct ClassCounts {
  double true_positives = 0;
  double false_positives = 0;
  double false_negatives = 0;
  double labels = 0;

  void add(const ClassCounts& other) {
    true_positives += other.true_positives;
    false_positives += other.false_positives;
    false_negatives += other.false_negatives;
    labels += other.labels;
  }
  double score(double beta) const {
    const double precision = true_positives / (true_positives + false_positives + kSmall);
    const double recall = true_positives / (true_positives + false_negatives + kSmall);
    return precision * recall / (beta * beta * precision + recall + kSmall) * (1 + beta * beta);
  }
  static constexpr double kSmall = 1e-7;
};

template <typename T>
class FScore final : public Metric {
 public:
  explicit FScore(FBetaSettings settings) : settings_(std::move(settings)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    const Pairs pairs = with_labels(predictions, targets, weights);
    if (predictions.rank() > 2)
      throw Error(ErrorCode::kInvalidArgument, "an F score needs predictions [N, K], not " + to_string(predictions.shape()));
    if (pairs.rows == 0) return;
    expect_classes(pairs.prediction_width);
    for (std::size_t row = 0; row < pairs.rows; ++row) count(pairs, row);
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<FScore>(other);
    expect_same_settings(same.settings_ == settings_);
    if (same.classes_.empty()) return;
    expect_classes(same.classes_.size());
    for (std::size_t i = 0; i < classes_.size(); ++i) classes_[i].add(same.classes_[i]);
  }

  double value() const override {
    if (classes_.empty()) return std::numeric_limits<double>::quiet_NaN();
    ClassCounts all;
    double sum = 0;
    double weighted = 0;
    for (const ClassCounts& one : classes_) {
      all.add(one);
      sum += one.score(settings_.beta);
      weighted += one.score(settings_.beta) * one.labels;
    }
    if (settings_.average == "micro") return all.score(settings_.beta);
    return settings_.average == "macro" ? sum / static_cast<double>(classes_.size()) : weighted / (all.labels + ClassCounts::kSmall);
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<FScore>(settings_); }

 private:
  void expect_classes(std::size_t count) {
    if (classes_.empty()) classes_.resize(count);
    if (classes_.size() != count)
      throw Error(ErrorCode::kInvalidArgument,
                  "an F score got " + std::to_string(count) + " classes after " + std::to_string(classes_.size()));
  }

  void count(const Pairs& pairs, std::size_t row) {
    const std::span<const double> prediction = pairs.prediction(row), target = pairs.target(row);
    const double weight = pairs.weight(row), threshold = pairs.bound(settings_.threshold.value_or(0));
    const double largest = *std::ranges::max_element(prediction);
    for (std::size_t i = 0; i < prediction.size(); ++i) {
      const bool predicted = settings_.threshold ? prediction[i] > threshold : prediction[i] >= largest && std::abs(prediction[i]) > 1e-9;
      const double label = target[i];
      classes_[i].add({.true_positives = predicted ? weight * label : 0.0,
                       .false_positives = predicted ? weight * (1 - label) : 0.0,
                       .false_negatives = predicted ? 0.0 : weight * label,
                       .labels = weight * label});
    }
  }

  FBetaSettings settings_;
  std::vector<ClassCounts> classes_;
};

template <typename T, typename... Own>
Settings describe_f_score(std::string name, Own... own) {
  return describe<T>(std::move(name), "harmonic mean of precision and recall", std::move(own)...,
                     field("average", static_cast<std::string T::*>(&T::average), "how the classes become one number",
                           one_of({"macro", "micro", "weighted"})),
                     field("threshold", static_cast<std::optional<double> T::*>(&T::threshold),
                           "predictions above it are positive; null: the largest of a row", range(0.0, 1.0, Ends::kOpenLeft)));
}

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::F1Settings> = metrics::describe_f_score<metrics::F1Settings>("f1_score");
template <>
inline const Settings settings<metrics::FBetaSettings> = metrics::describe_f_score<metrics::FBetaSettings>(
    "fbeta_score",
    field("beta", &metrics::FBetaSettings::beta, "weight of recall in units of precision's", range(0.0, 1e6, Ends::kOpenLeft)));

}  // namespace upkeep

namespace upkeep::metrics {

void add_f1_score(MetricCatalog& catalog) {
  catalog.add({.name = "f1_score",
               .aliases = {"F1Score"},
               .help = "harmonic mean of precision and recall",
               .settings = settings<F1Settings>,
               .higher_is_better = true,
               .make =
                   [](const Json& values) {
                     FBetaSettings chosen;
                     static_cast<F1Settings&>(chosen) = parse<F1Settings>(values);
                     return std::make_unique<FScore<F1Settings>>(std::move(chosen));
                   },
               .heeds_masks = false,
               .judges = Judges::kDecisions});
  catalog.add({.name = "fbeta_score",
               .aliases = {"FBetaScore"},
               .help = "mean of precision and recall, recall weighing beta^2 times as much",
               .settings = settings<FBetaSettings>,
               .higher_is_better = true,
               .make = [](const Json& values) { return std::make_unique<FScore<FBetaSettings>>(parse<FBetaSettings>(values)); },
               .heeds_masks = false,
               .judges = Judges::kDecisions});
}

}  // namespace upkeep::metrics
