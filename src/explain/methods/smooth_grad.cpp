// The mean gradient over rows with noise (Smilkov et al. 2017), which a saliency map of a network with kinks needs:
//
//   1/n sum_k d F(x + e_k) / d x,     e_k ~ N(0, noise * range)
//
// The range is that of each element over the background's rows, where there are two or more; else that of the row's elements.

#include <algorithm>
#include <cmath>

#include "explain/methods/shared/by_gradient.hpp"

namespace upkeep::explain::methods {

struct SmoothGrad {
  std::int64_t samples = 50;
  double noise = 0.15;
  bool absolute = false;
};

}  // namespace upkeep::explain::methods

template <>
inline const upkeep::Settings upkeep::settings<upkeep::explain::methods::SmoothGrad> =
    upkeep::describe<upkeep::explain::methods::SmoothGrad>(
        "smooth-grad", "mean gradient over rows with noise",
        upkeep::field("samples", &upkeep::explain::methods::SmoothGrad::samples, "rows with noise", upkeep::range(2, 100000)),
        upkeep::field("noise", &upkeep::explain::methods::SmoothGrad::noise, "standard deviation, as a share of the range",
                      upkeep::range(0, 10)),
        upkeep::field("absolute", &upkeep::explain::methods::SmoothGrad::absolute, "magnitude of the mean without its sign"));

namespace upkeep::explain::methods {

namespace {

double spread_of(const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  return high > low ? high - low : std::abs(high);
}

// By element of each value.
Numbers ranges_of(const Path& path, const Background& background) {
  Numbers ranges = path.row();
  if (background.size() < 2) {
    for (auto& [name, values] : ranges) std::ranges::fill(values, spread_of(values));
    return ranges;
  }
  Numbers low = path.background(0);
  Numbers high = low;
  for (std::int64_t row = 1; row < background.size(); ++row)
    for (const auto& [name, values] : path.background(row))
      for (std::size_t i = 0; i < values.size(); ++i) {
        low.at(name)[i] = std::min(low.at(name)[i], values[i]);
        high.at(name)[i] = std::max(high.at(name)[i], values[i]);
      }
  for (auto& [name, values] : ranges)
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = high.at(name)[i] - low.at(name)[i];
  return ranges;
}

Attribution smooth_grad(const Question& question, const Json& settings) {
  const auto options = parse<SmoothGrad>(settings);
  const Path path(question, question.background);
  const Numbers ranges = ranges_of(path, question.background);
  Random random(question.seed, stream_id("smooth-grad"));
  const Tensors rows = path.changed(options.samples, [&](std::int64_t, const std::string& name, std::vector<double>& numbers) {
    const std::vector<double>& range = ranges.at(name);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += options.noise * range[i] * random.normal();
  });
  const Gradients::Answer answer = path.gradients().at(rows, question.element);
  const auto count = static_cast<double>(options.samples);
  Numbers mean;
  std::vector<double> squares(question.subject.features().size()), sums(squares.size());
  for (std::int64_t row = 0; row < options.samples; ++row) {
    add_gradient(mean, answer, row, 1 / count);
    const std::vector<double> one = by_feature(question, path.gradients(), gradient_of(answer, row));
    for (std::size_t i = 0; i < one.size(); ++i) sums[i] += one[i], squares[i] += one[i] * one[i];
  }
  if (options.absolute)
    for (auto& [name, values] : mean)
      for (double& value : values) value = std::abs(value);
  Attribution made{.answer = question.subject.answers(question.row, question.element)[0],
                   .notes = {"Values are units of the answer per unit of the input."}};
  for (std::size_t i = 0; i < sums.size(); ++i)
    made.standard_errors.push_back(std::sqrt(std::max(0.0, squares[i] / count - std::pow(sums[i] / count, 2)) / (count - 1)));
  attribute(made, question, path.gradients(), mean);
  return made;
}

}  // namespace

void add_smooth_grad(MethodCatalog& catalog) {
  catalog.add({.name = "smooth-grad",
               .aliases = {"smoothgrad"},
               .help = "mean gradient over rows with noise, in one run",
               .settings = settings<SmoothGrad>,
               .by_gradient = true,
               .sampled = true,
               .explain = smooth_grad});
}

}  // namespace upkeep::explain::methods
