#include "analyze/ranked_auc.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "metrics/shared/interval.hpp"
#include "metrics/shared/pairs.hpp"

namespace upkeep {

namespace {

bool is_auc(const NamedSettings& metric) { return metrics::catalog().at(metric.name).name == "auc"; }

// The metric without its sigmoid, which changes no rank, with another setting.
NamedSettings of_ranks(const std::string& metric, const char* setting, const Json& value) {
  NamedSettings named = parse_named(metric);
  named.values.erase("from_logits");
  named.values[setting] = value;
  return named;
}

}  // namespace

Tensor ranked(const Tensor& scores) {
  const Tensor values = scores.cast(DType::kFloat64);
  std::vector<double> sorted(values.data<double>().begin(), values.data<double>().end());
  std::ranges::sort(sorted);
  std::vector<float> places;
  for (const double value : values.data<double>())
    places.push_back(static_cast<float>(std::ranges::upper_bound(sorted, value) - sorted.begin()) / static_cast<float>(sorted.size()));
  return Tensor(values.shape(), std::move(places));
}

bool is_open_auc(const std::string& metric) {
  const NamedSettings named = parse_named(metric);
  const auto says = [&](const char* setting) { return named.values.contains(setting); };
  return is_auc(named) && !says("exact") && !says("thresholds") && !says("num_thresholds") && !says("multi_label");
}

RankedAuc ranked_auc(const std::string& metric) {
  return {.exact = metrics::make(of_ranks(metric, "exact", true)), .by_ranks = metrics::make(of_ranks(metric, "num_thresholds", 200))};
}

Estimate ranked_auc(const std::string& metric, const Tensor& scores, const Tensor& labels, const EstimateOptions& options) {
  const RankedAuc by = ranked_auc(metric);
  const Tensor places = ranked(scores);
  const auto interval = metrics::confidence_interval(by.by_ranks, places, labels, {.level = options.confidence, .seed = options.seed});
  by.by_ranks.metric->add(places, labels);
  by.exact.metric->add(scores, labels);
  Estimate one{.metric = metric, .higher_is_better = true, .value = by.exact.metric->value()};
  const double moved = one.value - by.by_ranks.metric->value();
  one.low = std::min(one.value, interval.low + moved);
  one.high = std::max(one.value, interval.high + moved);
  return one;
}

Tensor of_class_one(const Tensor& predictions, bool logits) {
  const Tensor numbers = predictions.cast(DType::kFloat64);
  std::vector<double> scores;
  for (std::size_t i = 1; i < numbers.data<double>().size(); i += 2)
    scores.push_back(numbers.data<double>()[i] - (logits ? numbers.data<double>()[i - 1] : 0));
  return Tensor({predictions.dim(0), 1}, std::move(scores)).cast(predictions.dtype());
}

std::string auc_definition(const std::string& metric, const Tensor& predictions, const Tensor& targets) {
  const NamedSettings named = parse_named(metric);
  if (!is_auc(named) || named.values.value("multi_label", false)) return "";
  const bool two = metrics::are_two_classes(predictions, targets);
  const bool several = !two && predictions.rank() > 1 && predictions.shape().back() > 1;
  const std::string of = two ? "of class 1" : several ? "of all classes' columns together (multi_label=true: the mean over classes)" : "";
  const bool ranks = (two && is_open_auc(metric)) || named.values.value("exact", false);
  const std::string by =
      ranks ? "by the ranks of all scores" : "by thresholds, as Keras computes it (exact=true: by the ranks of all scores)";
  return of.empty() ? by : of + ", " + by;
}

}  // namespace upkeep
