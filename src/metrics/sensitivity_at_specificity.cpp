// The best of one rate, where another is at least what is asked, over evenly spread thresholds (Keras's classes of these names):
//
//   sensitivity_at_specificity   TP / (TP + FN) where TN / (TN + FP) >= specificity
//   specificity_at_sensitivity   the other way round
//   precision_at_recall          TP / (TP + FP) where TP / (TP + FN) >= recall
//   recall_at_precision          the other way round
//
// A rate of nothing is 0, and so is the best where no threshold does.

#include <limits>

#include "metrics/thresholds.hpp"

namespace upkeep::metrics {

namespace {

struct AtRate {
  double at_least = 0.5;
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id;
  bool operator==(const AtRate&) const = default;
};

// One struct for each metric, because each calls its bound by another name.
struct AtSpecificity : AtRate {};
struct AtSensitivity : AtRate {};
struct AtRecall : AtRate {};
struct AtPrecision : AtRate {};

double rate_of(double hits, double misses) { return hits + misses == 0 ? 0.0 : hits / (hits + misses); }
double sensitivity(const ThresholdBuckets::Point& p) { return rate_of(p.true_positives, p.false_negatives); }
double specificity(const ThresholdBuckets::Point& p) { return rate_of(p.true_negatives, p.false_positives); }
double precision_of(const ThresholdBuckets::Point& p) { return rate_of(p.true_positives, p.false_positives); }

using RateOf = double (*)(const ThresholdBuckets::Point&);

template <RateOf kBound, RateOf kBest>
class BestAtRate final : public Metric {
 public:
  explicit BestAtRate(AtRate settings) : settings_(settings), buckets_(settings.num_thresholds) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    const Pairs pairs = settings_.class_id ? with_labels(predictions, targets, weights) : with_yes_or_no(predictions, targets, weights);
    if (settings_.class_id && static_cast<std::size_t>(*settings_.class_id) >= pairs.classes)
      throw Error(ErrorCode::kInvalidArgument,
                  "class_id " + std::to_string(*settings_.class_id) + " of " + std::to_string(pairs.classes) + " classes");
    for (std::size_t row = 0; row < pairs.rows; ++row)
      for (std::size_t i = 0; i < pairs.prediction_width; ++i)
        if (!settings_.class_id || i % pairs.classes == static_cast<std::size_t>(*settings_.class_id))
          buckets_.add(pairs.prediction(row)[i], pairs.target(row)[i] != 0, pairs.weight(row), pairs.single);
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<BestAtRate>(other);
    expect_same_settings(same.settings_ == settings_);
    buckets_.merge(same.buckets_);
  }

  double value() const override {
    if (!buckets_.defined()) return std::numeric_limits<double>::quiet_NaN();
    double best = 0;
    for (const ThresholdBuckets::Point& point : buckets_.points())
      if (kBound(point) >= settings_.at_least) best = std::max(best, kBest(point));
    return best;
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<BestAtRate>(settings_); }

 private:
  AtRate settings_;
  ThresholdBuckets buckets_;
};

template <typename T>
Settings describe_at_rate(const std::string& name, const std::string& bound) {
  return describe<T>(
      name, "the best rate where another is at least what is asked",
      field(bound, static_cast<double T::*>(&T::at_least), "lowest " + bound + " that will do", range(0.0, 1.0)),
      field("num_thresholds", static_cast<std::int64_t T::*>(&T::num_thresholds), "how many thresholds are tried", range(1, 1e6)),
      field("class_id", static_cast<std::optional<std::int64_t> T::*>(&T::class_id), "only this class counts; null: all", range(0, 1e9)));
}

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::AtSpecificity> =
    metrics::describe_at_rate<metrics::AtSpecificity>("sensitivity_at_specificity", "specificity");
template <>
inline const Settings settings<metrics::AtSensitivity> =
    metrics::describe_at_rate<metrics::AtSensitivity>("specificity_at_sensitivity", "sensitivity");
template <>
inline const Settings settings<metrics::AtRecall> = metrics::describe_at_rate<metrics::AtRecall>("precision_at_recall", "recall");
template <>
inline const Settings settings<metrics::AtPrecision> = metrics::describe_at_rate<metrics::AtPrecision>("recall_at_precision", "precision");

}  // namespace upkeep

namespace upkeep::metrics {

namespace {

template <typename T, RateOf kBound, RateOf kBest>
MetricEntry at_rate_entry(std::string keras_class, std::string help) {
  return {.name = settings<T>.name(),
          .aliases = {std::move(keras_class)},
          .help = std::move(help),
          .settings = settings<T>,
          .higher_is_better = true,
          .make = [](const Json& values) { return std::make_unique<BestAtRate<kBound, kBest>>(parse<T>(values)); },
          .heeds_masks = false,
          .judges = Judges::kScores};
}

}  // namespace

void add_sensitivity_at_specificity(MetricCatalog& catalog) {
  catalog.add(at_rate_entry<AtSpecificity, specificity, sensitivity>("SensitivityAtSpecificity",
                                                                     "best true positive rate where few negatives are predicted positive"));
  catalog.add(at_rate_entry<AtSensitivity, sensitivity, specificity>("SpecificityAtSensitivity",
                                                                     "best true negative rate where most positives are found"));
  catalog.add(at_rate_entry<AtRecall, sensitivity, precision_of>("PrecisionAtRecall", "best precision where most positives are found"));
  catalog.add(at_rate_entry<AtPrecision, precision_of, sensitivity>("RecallAtPrecision", "best recall where most answers are right"));
}

}  // namespace upkeep::metrics
