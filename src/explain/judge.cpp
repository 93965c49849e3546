#include "explain/judge.hpp"

#include "base/format.hpp"
#include "metrics/metric.hpp"

namespace upkeep::explain {

static std::string usual_metric(const OutputSignature& output) {
  if (output.answer == Answer::kClasses) return "sparse_categorical_accuracy";
  if (output.answer == Answer::kBinary) return upkeep::format("binary_accuracy:threshold={}", output.threshold);
  return "mse";
}

std::function<double(const std::vector<double>&)> loss_beside(const Subject& subject, const Tensor& targets, const std::string& metric) {
  if (subject.options().scale != Scale::kOutput)
    throw Error(ErrorCode::kInvalidArgument, "metrics judge answers, not their logits", "explain on the scale of the output");
  if (targets.size() == 0)
    throw Error(ErrorCode::kInvalidArgument, "an effect that judges answers needs the column with the truth", "name the target");
  const metrics::NamedMetric made = metrics::make(parse_named(metric.empty() ? usual_metric(subject.output()) : metric));
  const std::shared_ptr<metrics::Metric> judge = made.metric->fresh();
  const double sign = made.higher_is_better ? -1 : 1;
  return [judge, sign, targets, elements = subject.elements()](const std::vector<double>& answers) {
    const std::vector<float> floats(answers.begin(), answers.end());
    const std::unique_ptr<metrics::Metric> fresh = judge->fresh();
    fresh->add(Tensor({std::ssize(floats) / elements, elements}, floats), targets);
    return sign * fresh->value();
  };
}

}  // namespace upkeep::explain
