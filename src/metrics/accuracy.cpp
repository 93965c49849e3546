// "accuracy" is one of three; the shapes of the first batch say which, by Keras's rule (compile_utils.get_metric):
//   predictions [..., 1]                         binary_accuracy, threshold 0.5
//   targets of lower rank, or [..., 1]           sparse_categorical_accuracy
//   otherwise                                    categorical_accuracy
// Predictions [N] are taken as [N, 1].

#include "metrics/shared/pairs.hpp"

namespace upkeep::metrics {

namespace {

const char* chosen(const Tensor& predictions, const Tensor& targets) {
  if (predictions.rank() < 2 || predictions.shape().back() == 1) return "binary_accuracy";
  if (targets.rank() < predictions.rank() || targets.shape().back() == 1) return "sparse_categorical_accuracy";
  return "categorical_accuracy";
}

class Accuracy final : public Metric {
 public:
  void add(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) override {
    if (!one_) one_ = catalog().at(chosen(predictions, targets)).make(Json::object());
    one_->add(predictions, targets, weights);
  }
  void merge(const Metric& other) override {
    const auto& same = same_kind<Accuracy>(other);
    if (!same.one_) return;
    if (!one_) one_ = same.one_->fresh();
    one_->merge(*same.one_);
  }
  double value() const override { return one_ ? one_->value() : std::numeric_limits<double>::quiet_NaN(); }
  std::unique_ptr<Metric> fresh() const override { return std::make_unique<Accuracy>(); }
  std::optional<Proportion> proportion() const override { return one_ ? one_->proportion() : Proportion{}; }

 private:
  std::unique_ptr<Metric> one_;  // of the three
};

}  // namespace

void add_accuracy(MetricCatalog& catalog) {
  catalog.add({.name = "accuracy",
               .aliases = {"acc", "Accuracy"},
               .help = "share of right answers: binary, categorical or sparse categorical, as the shapes say",
               .higher_is_better = true,
               .make =
                   [](const Json& settings) {
                     Settings("accuracy", "", {}).apply(nullptr, settings);
                     return std::make_unique<Accuracy>();
                   },
               .judges = Judges::kDecisions});
}

}  // namespace upkeep::metrics
