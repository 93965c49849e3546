// The mean and the sum of the predictions themselves, whatever the targets are (Keras: Mean, Sum).

#include <limits>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

namespace {

template <bool kMean>
class PredictionTotal final : public Metric {
 public:
  void add(const Tensor& predictions, const Tensor&, std::span<const float> weights) override {
    const Pairs pairs = same_shape(predictions, predictions, weights);
    for (std::size_t row = 0; row < pairs.rows; ++row) {
      for (const double value : pairs.prediction(row)) total_ += pairs.weight(row) * value;
      weight_ += pairs.weight(row) * static_cast<double>(pairs.prediction_width);
    }
    added_ = added_ || !pairs.predictions.empty();
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<PredictionTotal>(other);
    total_ += same.total_;
    weight_ += same.weight_;
    added_ = added_ || same.added_;
  }

  double value() const override {
    if (!added_) return std::numeric_limits<double>::quiet_NaN();
    return kMean ? total_ / weight_ : total_;
  }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<PredictionTotal>(); }

 private:
  double total_ = 0;
  double weight_ = 0;
  bool added_ = false;
};

template <bool kMean>
MetricEntry total_entry(MetricEntry entry) {
  entry.make = [name = entry.name](const Json& settings) {
    Settings(name, "", {}).apply(nullptr, settings);
    return std::make_unique<PredictionTotal<kMean>>();
  };
  return entry;
}

}  // namespace

void add_mean_prediction(MetricCatalog& catalog) {
  catalog.add(total_entry<true>({.name = "mean", .aliases = {"Mean"}, .help = "mean of the predictions"}));
  catalog.add(total_entry<false>({.name = "sum", .aliases = {"Sum"}, .help = "sum of the predictions"}));
}

}  // namespace upkeep::metrics
