// How many elements are predicted right or wrong (Keras: TruePositives, TrueNegatives, FalsePositives, FalseNegatives), by weight.

#include <limits>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

namespace {

struct CountSettings {
  double threshold = 0.5;
  bool operator==(const CountSettings&) const = default;
};

template <bool kLabel, bool kPredicted>
class CountOf final : public Metric {
 public:
  explicit CountOf(CountSettings settings = {}) : settings_(settings) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    const Pairs pairs = with_yes_or_no(predictions, targets, weights);
    const double threshold = pairs.bound(settings_.threshold);
    for (std::size_t row = 0; row < pairs.rows; ++row)
      for (std::size_t i = 0; i < pairs.prediction_width; ++i)
        if ((pairs.target(row)[i] != 0) == kLabel && (pairs.prediction(row)[i] > threshold) == kPredicted) count_ += pairs.weight(row);
    added_ = added_ || !pairs.predictions.empty();
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<CountOf>(other);
    expect_same_settings(same.settings_ == settings_);
    count_ += same.count_;
    added_ = added_ || same.added_;
  }

  double value() const override { return added_ ? count_ : std::numeric_limits<double>::quiet_NaN(); }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<CountOf>(settings_); }

 private:
  CountSettings settings_;
  double count_ = 0;
  bool added_ = false;
};

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::CountSettings> = describe<metrics::CountSettings>(
    "count", "which elements count", field("threshold", &metrics::CountSettings::threshold, "predictions above it are positive"));

}  // namespace upkeep

namespace upkeep::metrics {

namespace {

template <bool kLabel, bool kPredicted>
MetricEntry count_entry(MetricEntry entry) {
  entry.settings = settings<CountSettings>;
  entry.higher_is_better = kLabel == kPredicted;
  entry.heeds_masks = false;
  entry.judges = Judges::kDecisions;
  entry.make = [](const Json& values) { return std::make_unique<CountOf<kLabel, kPredicted>>(parse<CountSettings>(values)); };
  return entry;
}

}  // namespace

void add_true_positives(MetricCatalog& catalog) {
  catalog.add(count_entry<true, true>({.name = "true_positives", .aliases = {"TruePositives"}, .help = "positives predicted so"}));
  catalog.add(count_entry<false, false>({.name = "true_negatives", .aliases = {"TrueNegatives"}, .help = "negatives predicted so"}));
  catalog.add(count_entry<false, true>({.name = "false_positives", .aliases = {"FalsePositives"}, .help = "negatives predicted positive"}));
  catalog.add(count_entry<true, false>({.name = "false_negatives", .aliases = {"FalseNegatives"}, .help = "positives predicted negative"}));
}

}  // namespace upkeep::metrics
