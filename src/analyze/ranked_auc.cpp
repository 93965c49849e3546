#include "analyze/ranked_auc.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "metrics/metric.hpp"
#include "metrics/pairs.hpp"

namespace upkeep {

namespace {

bool is_auc(const NamedSettings& metric) { return metrics::catalog().at(metric.name).name == "auc"; }

// Each value's place among all, in (0, 1]; equal values have the same.
Tensor ranked(const Tensor& scores) {
  const Tensor values = scores.cast(DType::kFloat32);
  std::vector<float> sorted(values.floats().begin(), values.floats().end());
  std::ranges::sort(sorted);
  std::vector<float> places;
  for (const float value : values.floats())
    places.push_back(static_cast<float>(std::ranges::upper_bound(sorted, value) - sorted.begin()) / static_cast<float>(sorted.size()));
  return Tensor(values.shape(), std::move(places));
}

std::string without_logits(const NamedSettings& metric) {
  std::string text = metric.name;
  for (const auto& [name, value] : metric.values.items())
    if (name != "from_logits")
      text += upkeep::format("{}{}={}", text == metric.name ? ':' : ',', name, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

}  // namespace

bool is_open_auc(const std::string& metric) {
  const NamedSettings named = parse_named(metric);
  const auto says = [&](const char* setting) { return named.values.contains(setting); };
  return is_auc(named) && !says("exact") && !says("thresholds") && !says("num_thresholds") && !says("multi_label");
}

Estimate ranked_auc(const std::string& metric, const Tensor& scores, const Tensor& labels, const EstimateOptions& options) {
  const std::string plain = without_logits(parse_named(metric));  // a sigmoid changes no rank
  Estimate one = estimate({plain}, ranked(scores), labels, {.confidence = options.confidence, .seed = options.seed}).front();
  const auto exact = metrics::make(parse_named(plain + (plain.contains(':') ? "," : ":") + "exact=true"));
  exact.metric->add(scores, labels);
  const double buckets = one.value;
  one.metric = metric;
  one.value = exact.metric->value();
  one.low = std::min(one.value, one.low + one.value - buckets);
  one.high = std::max(one.value, one.high + one.value - buckets);
  return one;
}

Tensor of_class_one(const Tensor& predictions) {
  const Tensor numbers = predictions.cast(DType::kFloat64);
  std::vector<double> scores;
  for (std::size_t i = 1; i < numbers.data<double>().size(); i += 2) scores.push_back(numbers.data<double>()[i]);
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
