// Coefficient of determination (Keras: R2Score), per column of the targets [N, K]:
//   R2 = 1 - sum w (t - y)^2 / sum w (t - mean)^2
// Means and squared deviations are merged as Chan, Golub and LeVeque (1983) do, so that a large mean costs no digits.
// As in Keras, a column of equal targets gives 0 unless it is predicted exactly, which is undefined (NaN).

#include <cmath>
#include <limits>
#include <vector>

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

namespace {

struct R2Settings {
  std::string class_aggregation = "uniform_average";
  std::int64_t num_regressors = 0;
  bool operator==(const R2Settings&) const = default;
};

struct Moments {
  double weight = 0;
  double mean = 0;
  double deviation = 0;  // sum of w (t - mean)^2
  double residual = 0;   // sum of w (t - y)^2

  void merge(const Moments& other) {
    if (other.weight == 0) return;
    const double total = weight + other.weight;
    const double step = other.mean - mean;
    deviation += other.deviation + step * step * weight * (other.weight / total);
    mean += step * (other.weight / total);
    residual += other.residual;
    weight = total;
  }
  double score() const { return deviation == 0 && residual > 0 && std::isfinite(residual) ? 0.0 : 1 - residual / deviation; }
};

Moments column_moments(const Pairs& pairs, std::size_t column) {
  Moments moments;
  for (std::size_t row = 0; row < pairs.rows; ++row) {
    moments.weight += pairs.weight(row);
    moments.mean += pairs.weight(row) * pairs.target(row)[column];
  }
  if (moments.weight == 0) return {};
  moments.mean /= moments.weight;
  for (std::size_t row = 0; row < pairs.rows; ++row) {
    const auto target = pairs.target(row)[column];
    const double error = target - pairs.prediction(row)[column];
    moments.deviation += pairs.weight(row) * (target - moments.mean) * (target - moments.mean);
    moments.residual += pairs.weight(row) * error * error;
  }
  return moments;
}

class R2 final : public Metric {
 public:
  explicit R2(R2Settings settings) : settings_(std::move(settings)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    const Pairs pairs = same_shape(predictions, targets, weights);
    if (predictions.rank() > 2)
      throw Error(ErrorCode::kInvalidArgument, "r2 needs predictions [N, K], not " + to_string(predictions.shape()));
    if (pairs.rows == 0) return;
    expect_columns(pairs.prediction_width);
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].merge(column_moments(pairs, i));
    samples_ += static_cast<double>(pairs.rows * pairs.prediction_width);
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<R2>(other);
    expect_same_settings(same.settings_ == settings_);
    if (same.columns_.empty()) return;
    expect_columns(same.columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].merge(same.columns_[i]);
    samples_ += same.samples_;
  }

  double value() const override {
    const double score = settings_.class_aggregation == "uniform_average" ? uniform() : weighted();
    // Keras counts every element as a sample here, and falls back to the plain score when there are too few.
    const auto regressors = static_cast<double>(settings_.num_regressors);
    if (settings_.num_regressors == 0 || regressors >= samples_ - 1) return score;
    return 1 - (1 - score) * (samples_ - 1) / (samples_ - regressors - 1);
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<R2>(settings_); }

 private:
  void expect_columns(std::size_t count) {
    if (columns_.empty()) columns_.resize(count);
    if (columns_.size() != count)
      throw Error(ErrorCode::kInvalidArgument, "r2 got " + std::to_string(count) + " columns after " + std::to_string(columns_.size()));
  }
  double uniform() const {
    double sum = 0;
    for (const Moments& column : columns_) sum += column.score();
    return sum / static_cast<double>(columns_.size());  // 0 / 0, NaN, when nothing was added
  }
  double weighted() const {
    double sum = 0;
    double weights = 0;
    for (const Moments& column : columns_) {
      sum += column.deviation * column.score();
      weights += column.deviation;
    }
    return sum / weights;
  }

  R2Settings settings_;
  std::vector<Moments> columns_;
  double samples_ = 0;
};

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::R2Settings> = describe<metrics::R2Settings>(
    "r2", "coefficient of determination",
    field("class_aggregation", &metrics::R2Settings::class_aggregation, "how the columns of the targets are averaged",
          one_of({"uniform_average", "variance_weighted_average"})),
    field("num_regressors", &metrics::R2Settings::num_regressors, "independent regressors, for the adjusted score; 0 for the plain one",
          range(0, 1e9)));

}  // namespace upkeep

namespace upkeep::metrics {

void add_r2(MetricCatalog& catalog) {
  catalog.add({.name = "r2",
               .aliases = {"R2", "r2_score", "R2Score"},
               .help = "coefficient of determination: 1 is perfect, 0 is no better than the mean",
               .settings = settings<R2Settings>,
               .higher_is_better = true,
               .make = [](const Json& values) { return std::make_unique<R2>(parse<R2Settings>(values)); },
               .heeds_masks = false});
}

}  // namespace upkeep::metrics
