// Intersection over union of predicted and true classes, TP / (TP + FP + FN), and its mean over the classes that occur at all (Keras: IoU,
// MeanIoU, BinaryIoU, OneHotIoU, OneHotMeanIoU). Classes are counted at each position; those outside [0, num_classes), and targets of
// ignore_class, do not count.
//
//   mean_iou, iou                    predictions and targets are class indices; with sparse_y_true, sparse_y_pred = false they are vectors
//   one_hot_mean_iou, one_hot_iou    targets are vectors, and predictions too
//   binary_iou                       predictions at or above the threshold are of class 1
//
// Keras takes weights as whole numbers; here they may be fractions.

#include <concepts>
#include <limits>
#include <numeric>
#include <vector>

#include "metrics/argmax.hpp"
#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

namespace {

struct MeanIou {
  std::int64_t num_classes = 2;
  std::optional<std::int64_t> ignore_class;
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  bool operator==(const MeanIou&) const = default;
};

struct Iou : MeanIou {
  std::vector<std::int64_t> target_class_ids = {0};
  bool operator==(const Iou&) const = default;
};

struct OneHotMeanIou : MeanIou {
  OneHotMeanIou() { sparse_y_true = sparse_y_pred = false; }
};

struct OneHotIou : Iou {
  OneHotIou() { sparse_y_true = sparse_y_pred = false; }
};

struct BinaryIou {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
};

// What all of them come to.
struct IouRule : Iou {
  std::optional<double> threshold;
  bool operator==(const IouRule&) const = default;
};

// A class index at each position.
std::vector<double> class_ids(const Tensor& tensor, bool sparse) {
  const Tensor numbers = tensor.cast(DType::kFloat64);
  const std::span<const double> values = numbers.data<double>();
  if (sparse) return {values.begin(), values.end()};
  const auto classes = static_cast<std::size_t>(tensor.shape().back());
  std::vector<double> ids;
  for (std::size_t at = 0; classes > 0 && at < values.size(); at += classes)
    ids.push_back(static_cast<double>(argmax(values.subspan(at, classes))));
  return ids;
}

// Kind: a type for each metric, so that different ones do not merge.
template <typename Kind>
class IntersectionOverUnion final : public Metric {
 public:
  explicit IntersectionOverUnion(IouRule rule)
      : rule_(std::move(rule)), confusion_(static_cast<std::size_t>(rule_.num_classes * rule_.num_classes)) {
    for (const std::int64_t id : rule_.target_class_ids)
      if (id < 0 || id >= rule_.num_classes)
        throw Error(ErrorCode::kInvalidArgument,
                    "target class " + std::to_string(id) + " of " + std::to_string(rule_.num_classes) + " classes");
  }

  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    if (predictions.rank() == 0 || targets.rank() == 0 || predictions.dim(0) != targets.dim(0))
      throw Error(ErrorCode::kInvalidArgument,
                  "predictions " + to_string(predictions.shape()) + " and targets " + to_string(targets.shape()) + " do not go together");
    const std::vector<double> predicted = class_ids(predictions, rule_.sparse_y_pred);
    const std::vector<double> labels = class_ids(targets, rule_.sparse_y_true);
    const auto rows = static_cast<std::size_t>(predictions.dim(0));
    if (predicted.size() != labels.size())
      throw Error(ErrorCode::kInvalidArgument,
                  std::to_string(predicted.size()) + " predicted classes for " + std::to_string(labels.size()) + " targets",
                  "say with sparse_y_true and sparse_y_pred which of them are vectors of classes");
    if (!weights.empty() && weights.size() != rows)
      throw Error(ErrorCode::kInvalidArgument, std::to_string(weights.size()) + " weights for " + std::to_string(rows) + " rows");
    const bool single = size_bits(predictions.dtype()) <= 32;
    const double wanted = rule_.threshold.value_or(0), threshold = single ? static_cast<double>(static_cast<float>(wanted)) : wanted;
    for (std::size_t i = 0; i < labels.size(); ++i)
      count(rule_.threshold ? (predicted[i] >= threshold ? 1.0 : 0.0) : predicted[i], labels[i],
            weights.empty() ? 1.0 : double{weights[i / (labels.size() / rows)]});
    added_ = added_ || !labels.empty();
  }

  void merge(const Metric& other) override {
    const auto& same = same_kind<IntersectionOverUnion>(other);
    expect_same_settings(same.rule_ == rule_);
    for (std::size_t i = 0; i < confusion_.size(); ++i) confusion_[i] += same.confusion_[i];
    added_ = added_ || same.added_;
  }

  // With Keras's 1e-7 beside both divisors.
  double value() const override {
    if (!added_) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    double present = 0;
    for (const std::int64_t id : rule_.target_class_ids) {
      const double both = at(id, id);
      double any = -both;
      for (std::int64_t other = 0; other < rule_.num_classes; ++other) any += at(id, other) + at(other, id);
      if (any <= 1e-9) continue;
      sum += both / (any + 1e-7);
      present += 1;
    }
    return sum / (present + 1e-7);
  }

  std::unique_ptr<Metric> fresh() const override { return std::make_unique<IntersectionOverUnion>(rule_); }

 private:
  double at(std::int64_t label, std::int64_t predicted) const {
    return confusion_[static_cast<std::size_t>(label * rule_.num_classes + predicted)];
  }

  void count(double predicted, double label, double weight) {
    const auto outside = [this](double id) { return !(id >= 0 && id < static_cast<double>(rule_.num_classes)); };
    if (outside(predicted) || outside(label)) return;
    const auto true_class = static_cast<std::int64_t>(label);
    if (rule_.ignore_class && true_class == *rule_.ignore_class) return;
    confusion_[static_cast<std::size_t>(true_class * rule_.num_classes + static_cast<std::int64_t>(predicted))] += weight;
  }

  IouRule rule_;
  std::vector<double> confusion_;  // weights, [label][predicted]
  bool added_ = false;
};

template <typename T>
IouRule iou_rule(const T& options) {
  IouRule rule;
  if constexpr (std::derived_from<T, MeanIou>) static_cast<MeanIou&>(rule) = options;
  if constexpr (std::derived_from<T, Iou> || std::same_as<T, BinaryIou>) {
    rule.target_class_ids = options.target_class_ids;
  } else {
    rule.target_class_ids.resize(static_cast<std::size_t>(rule.num_classes));
    std::iota(rule.target_class_ids.begin(), rule.target_class_ids.end(), std::int64_t{0});
  }
  if constexpr (std::same_as<T, BinaryIou>) rule.threshold = options.threshold;
  return rule;
}

constexpr const char* kIdsHelp = "classes whose mean is taken";

template <typename T, typename... Own>
Settings describe_iou(std::string name, Own... own) {
  return describe<T>(std::move(name), "intersection over union",
                     field("num_classes", static_cast<std::int64_t T::*>(&T::num_classes), "classes", range(1, 1e5)), std::move(own)...,
                     field("ignore_class", static_cast<std::optional<std::int64_t> T::*>(&T::ignore_class),
                           "targets of this class do not count; null: all do"),
                     field("sparse_y_true", static_cast<bool T::*>(&T::sparse_y_true), "targets are class indices, not vectors"),
                     field("sparse_y_pred", static_cast<bool T::*>(&T::sparse_y_pred), "predictions are class indices, not vectors"));
}

}  // namespace

}  // namespace upkeep::metrics

namespace upkeep {

template <>
inline const Settings settings<metrics::MeanIou> = metrics::describe_iou<metrics::MeanIou>("mean_iou");
template <>
inline const Settings settings<metrics::Iou> =
    metrics::describe_iou<metrics::Iou>("iou", field("target_class_ids", &metrics::Iou::target_class_ids, metrics::kIdsHelp));
template <>
inline const Settings settings<metrics::OneHotMeanIou> = metrics::describe_iou<metrics::OneHotMeanIou>("one_hot_mean_iou");
template <>
inline const Settings settings<metrics::OneHotIou> = metrics::describe_iou<metrics::OneHotIou>(
    "one_hot_iou",
    field("target_class_ids", static_cast<std::vector<std::int64_t> metrics::OneHotIou::*>(&metrics::OneHotIou::target_class_ids),
          metrics::kIdsHelp));
template <>
inline const Settings settings<metrics::BinaryIou> = describe<metrics::BinaryIou>(
    "binary_iou", "intersection over union", field("target_class_ids", &metrics::BinaryIou::target_class_ids, metrics::kIdsHelp),
    field("threshold", &metrics::BinaryIou::threshold, "predictions at or above it are of class 1"));

}  // namespace upkeep

namespace upkeep::metrics {

namespace {

template <typename T>
MetricEntry iou_entry(std::string keras_class, std::string help) {
  return {.name = settings<T>.name(),
          .aliases = {std::move(keras_class)},
          .help = std::move(help),
          .settings = settings<T>,
          .higher_is_better = true,
          .make = [](const Json& values) { return std::make_unique<IntersectionOverUnion<T>>(iou_rule(parse<T>(values))); },
          .heeds_masks = false,
          .judges = std::same_as<T, BinaryIou> ? Judges::kDecisions : Judges::kClassIndices,
          .by_class = std::same_as<T, OneHotMeanIou> || std::same_as<T, OneHotIou>};
}

}  // namespace

void add_mean_iou(MetricCatalog& catalog) {
  catalog.add(iou_entry<MeanIou>("MeanIoU", "mean intersection over union of all classes"));
  catalog.add(iou_entry<Iou>("IoU", "intersection over union of some classes"));
  catalog.add(iou_entry<OneHotMeanIou>("OneHotMeanIoU", "mean intersection over union of all classes, given as vectors"));
  catalog.add(iou_entry<OneHotIou>("OneHotIoU", "intersection over union of some classes, given as vectors"));
  catalog.add(iou_entry<BinaryIou>("BinaryIoU", "intersection over union of yes-or-no answers"));
}

}  // namespace upkeep::metrics
