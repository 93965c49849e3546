// Integrated gradients (Sundararajan, Taly & Yan 2017): what each element adds on the straight way from a row of the background to the row.
//
//   IG_i = (x_i - x'_i) * integral from 0 to 1 of d F(x' + a (x - x')) / d x_i da        sum_i IG_i = F(x) - F(x')
//
// The integral is Gauss-Legendre's sum, exact for polynomials of degree 2 n - 1. The number of steps doubles until the sum of the values
// differs from F(x) - F(x') by no more than the error that is allowed. Of several background rows the weighted mean is taken (the
// deterministic form of expected gradients); rows whose own sum is right already are not run again.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/format.hpp"
#include "explain/methods/shared/by_gradient.hpp"

namespace upkeep::explain::methods {

struct IntegratedGradients {
  std::int64_t steps = 16;
  std::int64_t most_steps = 512;
  double error = 0.01;
};

}  // namespace upkeep::explain::methods

template <>
inline const upkeep::Settings upkeep::settings<upkeep::explain::methods::IntegratedGradients> =
    upkeep::describe<upkeep::explain::methods::IntegratedGradients>(
        "integrated-gradients", "gradients along the way from the background to the row",
        upkeep::field("steps", &upkeep::explain::methods::IntegratedGradients::steps,
                      "of each way at first; they double while the error is too large", upkeep::range(1, 100000)),
        upkeep::field("most_steps", &upkeep::explain::methods::IntegratedGradients::most_steps, "of each way", upkeep::range(1, 100000)),
        upkeep::field("error", &upkeep::explain::methods::IntegratedGradients::error,
                      "allowed between the sum of the values and answer - base, as a share of it", upkeep::range(0, 1)));

namespace upkeep::explain::methods {

namespace {

struct Abscissa {
  double at = 0, weight = 0;
};

// On [0, 1]: roots of the Legendre polynomial by Newton's method.
std::vector<Abscissa> gauss_legendre(std::int64_t n) {
  std::vector<Abscissa> made(static_cast<std::size_t>(n));
  const auto degree = static_cast<double>(n);
  for (std::size_t i = 0; i < made.size(); ++i) {
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (degree + 0.5));
    double slope = 1;
    for (int step = 0; step < 100; ++step) {
      double p = 1, before = 0;
      for (double k = 1; k <= degree; ++k) before = std::exchange(p, ((2 * k - 1) * x * p - (k - 1) * before) / k);
      slope = degree * (x * p - before) / (x * x - 1);
      const double change = p / slope;
      x -= change;
      if (std::abs(change) < 1e-15) break;
    }
    made[i] = {(1 - x) / 2, 1 / ((1 - x * x) * slope * slope)};
  }
  return made;
}

class Integral {
 public:
  Integral(const Question& question, const Background& background)
      : question_(question), weights_(background.weights), path_(question, background), sums_(weights_.size()), shares_(weights_.size()) {}

  // All ways whose own sum is further off than `bound`, or all at first.
  void refine(std::int64_t steps, double bound) {
    std::vector<Point> points;
    std::vector<std::int64_t> again;
    for (std::int64_t way = 0; way < ways(); ++way)
      if (answers_.empty() || !(std::abs(error_of(way)) <= bound)) again.push_back(way);
    const std::vector<Abscissa> abscissas = gauss_legendre(steps);
    for (const std::int64_t way : again)
      for (const Abscissa& abscissa : abscissas) points.push_back({way, abscissa.at});
    const bool first = answers_.empty();
    if (first) {
      for (std::int64_t way = 0; way < ways(); ++way) points.push_back({way, 0});
      points.push_back({0, 1});
    }
    const Gradients::Answer answer = path_.gradients().at(path_.at(points), question_.element);
    if (first) answers_.assign(answer.answers.end() - ways() - 1, answer.answers.end());
    std::int64_t row = 0;
    for (const std::int64_t way : again) {
      Numbers mean;
      for (const Abscissa& abscissa : abscissas) add_gradient(mean, answer, row++, abscissa.weight);
      const auto place = static_cast<std::size_t>(way);
      shares_[place] = product(mean, path_.difference(way));
      sums_[place] = total(shares_[place]);
    }
  }

  std::int64_t ways() const { return static_cast<std::int64_t>(weights_.size()); }
  double answer() const { return answers_.back(); }
  double base() const {
    double sum = 0;
    for (std::size_t way = 0; way < weights_.size(); ++way) sum += weights_[way] * answers_[way];
    return sum;
  }
  double error() const {
    double sum = 0;
    for (std::int64_t way = 0; way < ways(); ++way) sum += weights_[static_cast<std::size_t>(way)] * error_of(way);
    return std::abs(sum);
  }
  std::int64_t ways_beyond(double bound) const {
    std::int64_t count = 0;
    for (std::int64_t way = 0; way < ways(); ++way) count += !(std::abs(error_of(way)) <= bound);
    return count;
  }
  Numbers shares() const {
    Numbers mean;
    for (std::size_t way = 0; way < shares_.size(); ++way)
      for (const auto& [name, values] : shares_[way]) {
        std::vector<double>& into = mean[name];
        into.resize(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) into[i] += weights_[way] * values[i];
      }
    return mean;
  }
  const Gradients& gradients() const { return path_.gradients(); }

 private:
  double error_of(std::int64_t way) const {
    const auto place = static_cast<std::size_t>(way);
    return sums_[place] - (answers_.back() - answers_[place]);
  }

  const Question& question_;
  std::vector<double> weights_;
  Path path_;
  std::vector<double> sums_;
  std::vector<Numbers> shares_;
  std::vector<double> answers_;  // of the background's rows, then of the row
};

bool within_budget(const Subject& subject, std::int64_t rows) {
  const std::int64_t most = subject.options().most_evaluations;
  return most == 0 || subject.evaluations() + rows <= most;
}

Attribution integrated_gradients(const Question& question, const Json& settings) {
  const auto options = parse<IntegratedGradients>(settings);
  Attribution made;
  Integral integral(question, background_or_zeros(question, made.notes));
  std::int64_t steps = std::min(options.steps, options.most_steps);
  integral.refine(steps, 0);
  made.answer = integral.answer();
  made.base = integral.base();
  const double rounding = 1e-6 * (std::abs(made.answer) + std::abs(made.base));
  const double bound =
      std::max(question.until_error > 0 ? question.until_error : options.error * std::abs(made.answer - made.base), rounding);
  while (integral.error() > bound && 2 * steps <= options.most_steps &&
         within_budget(question.subject, 2 * steps * integral.ways_beyond(bound))) {
    steps *= 2;
    integral.refine(steps, bound);
  }
  made.figures["steps"] = static_cast<double>(steps);
  if (integral.error() > bound)
    made.notes.push_back(upkeep::format("The sum of the values is still off by {:.3g} after {} steps.", integral.error(), steps));
  attribute(made, question, integral.gradients(), integral.shares());
  return made;
}

}  // namespace

void add_integrated_gradients(MethodCatalog& catalog) {
  catalog.add({.name = "integrated-gradients",
               .aliases = {"ig"},
               .help = "what each feature adds on the straight way from the background to the row",
               .settings = settings<IntegratedGradients>,
               .by_gradient = true,
               .additive = true,
               .explain = integrated_gradients});
}

}  // namespace upkeep::explain::methods
