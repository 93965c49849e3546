// Area under the ROC or the precision-recall curve (Keras: AUC).
//
// By buckets, as Keras does: with T thresholds, a prediction p in [0, 1] falls into bucket max(ceil(p (T - 1)) - 1, 0), and the curve has T
// points. With thresholds of one's own, t_1 <= t_2 <= ..., bucket i holds t_i < p <= t_i+1; both ends are there by themselves. Exactly, on
// request, from all scores: ROC by ranks (Mann-Whitney: the chance that a positive scores above a negative, equals
// count half), precision-recall as average precision, sum (R_n - R_n-1) P_n over the distinct scores (as scikit-learn). That keeps every
// score in memory.
//
// Of two classes that are given by index it is the curve of class 1; of more, and of one-hot targets, that of all columns together.
//
// Where a class is missing the curve does not exist: NaN (Keras gives 0).

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/format.hpp"
#include "metrics/shared/pairs.hpp"
#include "metrics/thresholds.hpp"

namespace upkeep::metrics {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct AucSettings {
  std::int64_t num_thresholds = 200;
  std::vector<double> thresholds;
  std::string curve = "ROC";
  std::string summation_method = "interpolation";
  bool from_logits = false;
  bool exact = false;
  bool multi_label = false;
  std::vector<double> label_weights;
  bool operator==(const AucSettings&) const = default;
};

// The sigmoid of float32 in float32, as Keras has it.
double score_of(double prediction, const AucSettings& settings, bool single) {
  if (!settings.from_logits) return prediction;
  return single ? static_cast<double>(1.0F / (1.0F + std::exp(-static_cast<float>(prediction)))) : 1 / (1 + std::exp(-prediction));
}

Pairs scored(const Tensor& predictions, const Tensor& targets, std::span<const float> weights, const AucSettings& settings) {
  return with_yes_or_no(predictions, targets, weights, settings.from_logits ? Scores::kLogits : Scores::kProbabilities);
}

// Calls visit(score, label, weight) for each element.
template <typename Visit>
void each_score(const Pairs& pairs, const AucSettings& settings, const Visit& visit) {
  for (std::size_t row = 0; row < pairs.rows; ++row)
    for (std::size_t i = 0; i < pairs.prediction_width; ++i)
      visit(score_of(pairs.prediction(row)[i], settings, pairs.single), pairs.target(row)[i] != 0, pairs.weight(row));
}

double ratio(double a, double b) { return b == 0 ? 0.0 : a / b; }

class BucketAuc final : public Metric {
 public:
  explicit BucketAuc(AucSettings settings)
      : settings_(std::move(settings)),
        thresholds_(settings_.thresholds.begin(), settings_.thresholds.end()),
        positives_(thresholds_.empty() ? static_cast<std::size_t>(settings_.num_thresholds) : thresholds_.size() + 2),
        negatives_(positives_.size()) {
    std::ranges::sort(thresholds_);
  }

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    const Pairs pairs = scored(predictions, targets, weights, settings_);
    each_score(pairs, settings_, [&](double score, bool label, double weight) {
      if (std::isnan(score)) {
        undefined_ = true;
        return;
      }
      (label ? positives_ : negatives_)[bucket_of(std::clamp(score, 0.0, 1.0), pairs)] += weight;
    });
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<BucketAuc>(other);
    expect_same_settings(same.settings_ == settings_);
    undefined_ = undefined_ || same.undefined_;
    for (std::size_t i = 0; i < positives_.size(); ++i) {
      positives_[i] += same.positives_[i];
      negatives_[i] += same.negatives_[i];
    }
  }

  double value() const override {
    const Curve curve{.true_positives = from_the_top(positives_), .false_positives = from_the_top(negatives_)};
    const bool roc = settings_.curve == "ROC";
    if (undefined_ || curve.true_positives[0] == 0 || (roc && curve.false_positives[0] == 0)) return kUndefined;
    return !roc && settings_.summation_method == "interpolation" ? interpolated_precision(curve) : summed(curve, roc);
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<BucketAuc>(settings_); }

 private:
  std::size_t bucket_of(double score, const Pairs& pairs) const {
    if (thresholds_.empty()) return bucket_of_score(score, static_cast<std::size_t>(settings_.num_thresholds - 1), pairs.single);
    const auto bound = [&](double threshold) { return pairs.bound(threshold); };
    return static_cast<std::size_t>(std::ranges::lower_bound(thresholds_, score, {}, bound) - thresholds_.begin());
  }

  struct Curve {  // at each threshold, the lowest first
    std::vector<double> true_positives;
    std::vector<double> false_positives;
  };

  static std::vector<double> from_the_top(const std::vector<double>& buckets) {
    std::vector<double> sums = buckets;
    for (std::size_t i = sums.size() - 1; i-- > 0;) sums[i] += sums[i + 1];
    return sums;
  }

  double height(double left, double right) const {
    if (settings_.summation_method == "minoring") return std::min(left, right);
    if (settings_.summation_method == "majoring") return std::max(left, right);
    return (left + right) / 2;
  }

  double summed(const Curve& curve, bool roc) const {
    const double positives = curve.true_positives[0];
    const double negatives = curve.false_positives[0];
    const auto recall = [&](std::size_t i) { return curve.true_positives[i] / positives; };
    const auto x = [&](std::size_t i) { return roc ? curve.false_positives[i] / negatives : recall(i); };
    const auto y = [&](std::size_t i) {
      return roc ? recall(i) : ratio(curve.true_positives[i], curve.true_positives[i] + curve.false_positives[i]);
    };
    double area = 0;
    for (std::size_t i = 0; i + 1 < curve.true_positives.size(); ++i) area += (x(i) - x(i + 1)) * height(y(i), y(i + 1));
    return area;
  }

  // Davis and Goadrich (2006), section 4: true and predicted positives grow linearly between thresholds, precision does not. With P = TP +
  // FP, slope = dTP / dP and intercept = TP_b - slope P_b, a step adds slope (dTP + intercept log(P_a / P_b)) / positives.
  static double interpolated_precision(const Curve& curve) {
    double area = 0;
    for (std::size_t i = 0; i + 1 < curve.true_positives.size(); ++i) {
      const double gained = curve.true_positives[i] - curve.true_positives[i + 1];
      const double predicted = curve.true_positives[i] + curve.false_positives[i];
      const double before = curve.true_positives[i + 1] + curve.false_positives[i + 1];
      const double slope = ratio(gained, std::max(predicted - before, 0.0));
      const double intercept = curve.true_positives[i + 1] - slope * before;
      const double growth = predicted > 0 && before > 0 ? predicted / before : 1.0;
      area += slope * (gained + intercept * std::log(growth)) / curve.true_positives[0];
    }
    return area;
  }

  AucSettings settings_;
  std::vector<double> thresholds_;  // in order; empty: evenly spread
  std::vector<double> positives_;   // weight in each bucket
  std::vector<double> negatives_;
  bool undefined_ = false;  // a prediction was NaN
};

class ExactAuc final : public Metric {
 public:
  explicit ExactAuc(AucSettings settings) : settings_(std::move(settings)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    each_score(scored(predictions, targets, weights, settings_), settings_,
               [&](double score, bool label, double weight) { scores_.push_back({score, label ? weight : 0.0, label ? 0.0 : weight}); });
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<ExactAuc>(other);
    expect_same_settings(same.settings_ == settings_);
    scores_.insert(scores_.end(), same.scores_.begin(), same.scores_.end());
  }

  double value() const override {
    if (std::ranges::any_of(scores_, [](const Scored& one) { return std::isnan(one.score); })) return kUndefined;
    const std::vector<Scored> groups = distinct_scores();
    double positives = 0;
    double negatives = 0;
    for (const Scored& group : groups) {
      positives += group.positives;
      negatives += group.negatives;
    }
    if (positives == 0 || (settings_.curve == "ROC" && negatives == 0)) return kUndefined;
    return settings_.curve == "ROC" ? rank_area(groups) / (positives * negatives) : average_precision(groups) / positives;
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<ExactAuc>(settings_); }

 private:
  struct Scored {
    double score = 0;
    double positives = 0;  // weights
    double negatives = 0;
  };

  std::vector<Scored> distinct_scores() const {  // the highest first
    std::vector<Scored> sorted = scores_;
    std::ranges::stable_sort(sorted, std::greater<>(), &Scored::score);
    std::vector<Scored> groups;
    for (const Scored& one : sorted) {
      if (groups.empty() || groups.back().score != one.score) groups.push_back({.score = one.score});
      groups.back().positives += one.positives;
      groups.back().negatives += one.negatives;
    }
    return groups;
  }

  static double rank_area(const std::vector<Scored>& groups) {
    double above = 0;  // positives that scored higher
    double area = 0;
    for (const Scored& group : groups) {
      area += group.negatives * (above + group.positives / 2);
      above += group.positives;
    }
    return area;
  }

  static double average_precision(const std::vector<Scored>& groups) {
    double hits = 0;
    double predicted = 0;
    double area = 0;
    for (const Scored& group : groups) {
      hits += group.positives;
      predicted += group.positives + group.negatives;
      area += group.positives * ratio(hits, predicted);
    }
    return area;
  }

  AucSettings settings_;
  std::vector<Scored> scores_;
};

std::unique_ptr<Metric> make_auc(AucSettings settings);

// One curve for each column of [N, K], and the mean of their areas.
class MultiLabelAuc final : public Metric {
 public:
  explicit MultiLabelAuc(AucSettings settings) : settings_(std::move(settings)) {}

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    const Pairs pairs = same_shape(predictions, targets, weights);
    if (predictions.rank() > 2)
      throw Error(ErrorCode::kInvalidArgument, "auc of many labels needs predictions [N, K], not " + to_string(predictions.shape()));
    if (pairs.rows == 0) return;
    expect_labels(pairs.prediction_width);
    for (std::size_t label = 0; label < labels_.size(); ++label)
      labels_[label]->add(column(pairs, pairs.predictions, label, predictions.dtype()),
                          column(pairs, pairs.targets, label, DType::kFloat64), weights);
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<MultiLabelAuc>(other);
    expect_same_settings(same.settings_ == settings_);
    if (same.labels_.empty()) return;
    expect_labels(same.labels_.size());
    for (std::size_t label = 0; label < labels_.size(); ++label) labels_[label]->merge(*same.labels_[label]);
  }

  double value() const override {
    double sum = 0;
    double weights = 0;
    for (std::size_t label = 0; label < labels_.size(); ++label) {
      const double weight = settings_.label_weights.empty() ? 1.0 : settings_.label_weights[label];
      sum += weight * labels_[label]->value();
      weights += weight;
    }
    return sum / weights;  // 0 / 0, NaN, when nothing was added
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<MultiLabelAuc>(settings_); }

 private:
  void expect_labels(std::size_t count) {
    if (!settings_.label_weights.empty() && settings_.label_weights.size() != count)
      throw Error(ErrorCode::kInvalidArgument,
                  std::to_string(settings_.label_weights.size()) + " label_weights for " + std::to_string(count) + " labels");
    if (labels_.empty()) {
      AucSettings one = settings_;
      one.multi_label = false;
      for (std::size_t i = 0; i < count; ++i) labels_.push_back(make_auc(one));
    }
    if (labels_.size() != count)
      throw Error(ErrorCode::kInvalidArgument, "auc got " + std::to_string(count) + " labels after " + std::to_string(labels_.size()));
  }

  static Tensor column(const Pairs& pairs, std::span<const double> values, std::size_t label, DType dtype) {
    std::vector<double> one;
    for (std::size_t row = 0; row < pairs.rows; ++row) one.push_back(values[row * pairs.prediction_width + label]);
    return Tensor({static_cast<std::int64_t>(pairs.rows), 1}, std::move(one)).cast(dtype);
  }

  AucSettings settings_;
  std::vector<std::unique_ptr<Metric>> labels_;
};

std::unique_ptr<Metric> make_auc(AucSettings settings) {
  for (const double threshold : settings.thresholds)
    if (!(threshold >= 0 && threshold <= 1))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("auc.thresholds: {} is not in [0, 1]", threshold));
  if (settings.multi_label) return std::make_unique<MultiLabelAuc>(std::move(settings));
  if (settings.exact) return std::make_unique<ExactAuc>(std::move(settings));
  return std::make_unique<BucketAuc>(std::move(settings));
}

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::AucSettings> = describe<metrics::AucSettings>(
    "auc", "area under a curve of decisions",
    field("num_thresholds", &metrics::AucSettings::num_thresholds, "points of the curve", range(2, 1e6)),
    field("thresholds", &metrics::AucSettings::thresholds,
          "the curve's points between both ends, from 0 to 1; empty: num_thresholds of them, evenly spread"),
    field("curve", &metrics::AucSettings::curve, "receiver operating characteristic, or precision-recall", one_of({"ROC", "PR"})),
    field("summation_method", &metrics::AucSettings::summation_method, "between the points",
          one_of({"interpolation", "minoring", "majoring"})),
    field("from_logits", &metrics::AucSettings::from_logits, "predictions are logits: their sigmoid counts"),
    field("exact", &metrics::AucSettings::exact, "from the ranks of all scores (kept in memory) instead of thresholds"),
    field("multi_label", &metrics::AucSettings::multi_label, "a curve for each column, and the mean of their areas"),
    field("label_weights", &metrics::AucSettings::label_weights, "weights of the columns in that mean; empty: all 1"));

}  // namespace upkeep

namespace upkeep::metrics {

void add_auc(MetricCatalog& catalog) {
  catalog.add({.name = "auc",
               .aliases = {"AUC"},
               .help = "area under the ROC curve (or PR); 0.5 is chance",
               .settings = settings<AucSettings>,
               .higher_is_better = true,
               .make = [](const Json& values) { return make_auc(parse<AucSettings>(values)); },
               .heeds_masks = false,
               .judges = Judges::kScores});
}

}  // namespace upkeep::metrics
