#include "explain/honesty.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "explain/coalitions.hpp"
#include "explain/row_numbers.hpp"
#include "graph/element_types.hpp"

namespace upkeep::explain {

namespace {

constexpr int kPerturbations = 50;     // of which infidelity is the mean
constexpr std::uint64_t kRepeats = 3;  // under other seeds, and under changes of the row
constexpr double kChange = 0.02;       // of the background's standard deviation

std::vector<double> sizes(const std::vector<double>& values) {
  std::vector<double> made;
  for (const double value : values) made.push_back(std::abs(value));
  return made;
}

// Spearman's; 1 where neither has an order, NaN where one of them has.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = ranks(a), y = ranks(b);
  const double middle = (static_cast<double>(x.size()) - 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
    xy += (x[i] - middle) * (y[i] - middle);
  }
  return xx == 0 && yy == 0 ? 1 : xy / std::sqrt(xx * yy);
}

// Yeh et al. 2019, of perturbations that put features in from the background: the mean of (sum of their attributions - what the answer
// loses)^2.
double infidelity_of(const Question& question, const Attribution& attribution) {
  Random random(question.seed, stream_id("infidelity"));
  std::vector<Coalition> kept(kPerturbations, Coalition(attribution.values.size(), true));
  for (Coalition& one : kept)
    for (std::size_t i = 0; i < one.size(); ++i) one[i] = random.next() % 2 == 0;
  const std::vector<double> left = coalition_values(question, kept);
  double sum = 0;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    double gone = 0;
    for (std::size_t i = 0; i < kept[k].size(); ++i)
      if (!kept[k][i]) gone += attribution.values[i];
    const double error = gone - (attribution.answer - left[k]);
    sum += error * error;
  }
  return sum / kPerturbations;
}

// Each element's standard deviation over the background's rows.
std::vector<double> deviations(const Tensor& rows) {
  const auto width = static_cast<std::size_t>(rows.size() / rows.dim(0));
  const auto count = static_cast<double>(rows.dim(0));
  const Tensor numbers = rows.cast(DType::kFloat64);
  std::vector<double> mean(width), square(width);
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows.size()); ++i) {
    mean[i % width] += numbers.data<double>()[i] / count;
    square[i % width] += numbers.data<double>()[i] * numbers.data<double>()[i] / count;
  }
  for (std::size_t i = 0; i < width; ++i) square[i] = std::sqrt(std::max(0.0, square[i] - mean[i] * mean[i]));
  return square;
}

// The row with noise on its floating numbers; texts and whole numbers stay.
Tensors changed(const Question& question, Random& random) {
  Tensors made = question.row;
  for (auto& [name, values] : made) {
    if (values.rank() == 0 || !is_floating(values.dtype())) continue;
    const std::vector<double> spread = deviations(question.background.rows.at(name));
    const Tensor numbers = values.cast(DType::kFloat64);
    std::vector<double> moved(numbers.data<double>().begin(), numbers.data<double>().end());
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += kChange * spread[i] * random.normal();
    values = Tensor(values.shape(), std::move(moved)).cast(values.dtype());
  }
  return made;
}

double norm(const std::vector<double>& values) { return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0)); }

void measure_stability(const MethodEntry& method, const Json& settings, const Question& question, const Attribution& attribution,
                       Honesty& honesty) {
  const std::vector<double> own = sizes(attribution.values);
  double over_seeds = 0, over_changes = 0, sensitivity = 0;
  Random random(question.seed, stream_id("small changes"));
  for (std::uint64_t repeat = 1; repeat <= kRepeats; ++repeat) {
    Question other = question;
    other.seed = question.seed + repeat;
    over_seeds += method.sampled ? rank_correlation(own, sizes(method.explain(other, settings).values)) : 1;
    const Tensors row = changed(question, random);
    const Question near{.subject = question.subject,
                        .row = row,
                        .element = question.element,
                        .background = question.background,
                        .seed = question.seed,
                        .until_error = question.until_error};
    std::vector<double> moved = method.explain(near, settings).values;
    over_changes += rank_correlation(own, sizes(moved));
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] -= attribution.values[i];
    sensitivity = std::max(sensitivity, norm(moved) / norm(attribution.values));
  }
  honesty.stability_over_seeds = over_seeds / static_cast<double>(kRepeats);
  honesty.stability_over_changes = over_changes / static_cast<double>(kRepeats);
  honesty.sensitivity = sensitivity;
}

}  // namespace

Honesty measured(const MethodEntry& method, const Json& settings, const Question& question, const Attribution& attribution,
                 const HonestyOptions& options) {
  Honesty honesty;
  if (method.additive)
    honesty.additivity_error =
        std::abs(std::accumulate(attribution.values.begin(), attribution.values.end(), attribution.base) - attribution.answer);
  if (!attribution.standard_errors.empty()) honesty.largest_standard_error = std::ranges::max(attribution.standard_errors);
  if (question.until_error > 0) {
    if (method.sampled) honesty.reached = honesty.largest_standard_error <= question.until_error;
    else if (method.additive) honesty.reached = honesty.additivity_error <= question.until_error;
  }
  if ((options.infidelity || options.stability) && question.background.size() == 0)
    throw Error(ErrorCode::kInvalidArgument, "infidelity and stability are measured beside background rows, and none were given",
                "give rows like those that the model was trained on");
  if (options.infidelity) honesty.infidelity = infidelity_of(question, attribution);
  if (options.stability) measure_stability(method, settings, question, attribution, honesty);
  return honesty;
}

}  // namespace upkeep::explain
