// Expected gradients (Erion et al. 2021), by samples: integrated gradients over all rows of the background, each sample at one row and one
// place on the way.
//
//   EG_i = E over x' and a of (x_i - x'_i) * d F(x' + a (x - x')) / d x_i
//
// With `until_error`, samples are added until the largest standard error is below it or the budget ends.

#include <algorithm>
#include <cmath>

#include "explain/methods/shared/by_gradient.hpp"

namespace upkeep::explain::methods {

struct ExpectedGradients {
  std::int64_t samples = 200;
  std::int64_t most_samples = 100000;
};

}  // namespace upkeep::explain::methods

template <>
inline const upkeep::Settings upkeep::settings<upkeep::explain::methods::ExpectedGradients> =
    upkeep::describe<upkeep::explain::methods::ExpectedGradients>(
        "expected-gradients", "gradients at random places between the background and the row",
        upkeep::field("samples", &upkeep::explain::methods::ExpectedGradients::samples, "in one round", upkeep::range(2, 1e6)),
        upkeep::field("most_samples", &upkeep::explain::methods::ExpectedGradients::most_samples, "in all, where an error is asked for",
                      upkeep::range(2, 1e8)));

namespace upkeep::explain::methods {

namespace {

std::int64_t drawn_row(const std::vector<double>& weights, double at) {
  double sum = 0;
  for (std::size_t row = 0; row + 1 < weights.size(); ++row)
    if (at < (sum += weights[row])) return static_cast<std::int64_t>(row);
  return static_cast<std::int64_t>(weights.size()) - 1;
}

class Samples {
 public:
  Samples(const Question& question, const Background& background)
      : question_(question),
        weights_(background.weights),
        path_(question, background),
        random_(question.seed, stream_id("expected-gradients")),
        sums_(question.subject.features().size()),
        squares_(sums_.size()) {}

  void add(std::int64_t count) {
    std::vector<Point> points;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t row = drawn_row(weights_, random_.uniform());
      points.push_back({row, random_.uniform()});
    }
    const Gradients::Answer answer = path_.gradients().at(path_.at(points), question_.element);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t from = points[static_cast<std::size_t>(i)].background;
      if (!differences_.contains(from)) differences_.emplace(from, path_.difference(from));
      const Numbers one = product(gradient_of(answer, i), differences_.at(from));
      for (const auto& [name, values] : one) {
        std::vector<double>& into = elements_[name];
        into.resize(values.size());
        for (std::size_t k = 0; k < values.size(); ++k) into[k] += values[k];
      }
      const std::vector<double> features = by_feature(question_, path_.gradients(), one);
      for (std::size_t k = 0; k < features.size(); ++k) sums_[k] += features[k], squares_[k] += features[k] * features[k];
    }
    count_ += count;
  }

  std::int64_t count() const { return count_; }
  std::vector<double> standard_errors() const {
    std::vector<double> errors;
    const auto n = static_cast<double>(count_);
    for (std::size_t i = 0; i < sums_.size(); ++i)
      errors.push_back(std::sqrt(std::max(0.0, squares_[i] / n - std::pow(sums_[i] / n, 2)) / (n - 1)));
    return errors;
  }
  Numbers mean() const {
    Numbers made = elements_;
    for (auto& [name, values] : made)
      for (double& value : values) value /= static_cast<double>(count_);
    return made;
  }
  const Path& path() const { return path_; }

 private:
  const Question& question_;
  std::vector<double> weights_;
  Path path_;
  Random random_;
  std::map<std::int64_t, Numbers> differences_;
  Numbers elements_;
  std::vector<double> sums_, squares_;
  std::int64_t count_ = 0;
};

// Of the ends of all ways: the base, and the answer.
std::pair<double, double> ends_of(const Question& question, const Background& background, const Path& path) {
  std::vector<Point> points;
  for (std::int64_t row = 0; row < background.size(); ++row) points.push_back({row, 0});
  points.push_back({0, 1});
  const std::vector<double> answers = path.gradients().at(path.at(points), question.element).answers;
  double base = 0;
  for (std::size_t row = 0; row < background.weights.size(); ++row) base += background.weights[row] * answers[row];
  return {base, answers.back()};
}

Attribution expected_gradients(const Question& question, const Json& settings) {
  const auto options = parse<ExpectedGradients>(settings);
  const std::int64_t most = question.subject.options().most_evaluations;
  Attribution made;
  const Background background = background_or_zeros(question, made.notes);
  Samples samples(question, background);
  std::tie(made.base, made.answer) = ends_of(question, background, samples.path());
  samples.add(options.samples);
  made.standard_errors = samples.standard_errors();
  while (question.until_error > 0 && std::ranges::max(made.standard_errors) > question.until_error &&
         samples.count() + options.samples <= options.most_samples &&
         (most == 0 || question.subject.evaluations() + options.samples <= most)) {
    samples.add(options.samples);
    made.standard_errors = samples.standard_errors();
  }
  made.figures["samples"] = static_cast<double>(samples.count());
  attribute(made, question, samples.path().gradients(), samples.mean());
  return made;
}

}  // namespace

void add_expected_gradients(MethodCatalog& catalog) {
  catalog.add({.name = "expected-gradients",
               .aliases = {"gradient-shap"},
               .help = "integrated gradients over the whole background, by samples with standard errors",
               .settings = settings<ExpectedGradients>,
               .by_gradient = true,
               .needs_background = true,
               .additive = true,
               .sampled = true,
               .explain = expected_gradients});
}

}  // namespace upkeep::explain::methods
