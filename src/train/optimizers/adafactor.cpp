// Adafactor (Shazeer & Stern 2018), as Keras has it: of the second moments of a weight with two axes or more only the means of rows and
// columns are kept. With rho = min(rate, 1 / sqrt(t)), beta = 1 - t^beta_2_decay and s = g^2 + epsilon_1:
//
//   r = beta * r + (1 - beta) * mean of s over the last axis          c = the same over the last but one
//   v = r / mean(r) * c                                               with one axis or none: v = beta * v + (1 - beta) * s
//   u = g / sqrt(v)
//   w -= max(epsilon_2, rms(w)) * rho * u / max(1, rms(u) / clip_threshold)
//
// relative_step is of no consequence, in Keras too: rho is never more than 1 / sqrt(t).

#include <algorithm>

#include "train/optimizers/common.hpp"
#include "train/optimizers/shared/loops.hpp"

namespace upkeep::optimizers {

struct Adafactor : Common {
  double learning_rate = 0.001;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1.0;
  bool relative_step = true;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adafactor> = optimizers::describe_optimizer<optimizers::Adafactor>(
    "adafactor", "adam-like steps with little memory",
    field("beta_2_decay", &optimizers::Adafactor::beta_2_decay, "power of the updates in the share of the moments that is fresh",
          range(-10.0, 0.0)),
    field("epsilon_1", &optimizers::Adafactor::epsilon_1, "added to the squares of the gradient", range(0.0, 1.0)),
    field("epsilon_2", &optimizers::Adafactor::epsilon_2, "smallest size of a weight to which its steps are in proportion",
          range(0.0, 1.0)),
    field("clip_threshold", &optimizers::Adafactor::clip_threshold, "steps of a larger root mean square are scaled down to it",
          range(0.0, 1e30, Ends::kOpenLeft)),
    field("relative_step", &optimizers::Adafactor::relative_step, "steps are at most 1 / sqrt(t), which they are in any case"));

}  // namespace upkeep

namespace upkeep::optimizers {

namespace {

double root_mean_square(std::span<const float> values) {
  return values.empty() ? 0.0 : std::sqrt(sum_of_squares(values) / static_cast<double>(values.size()));
}

bool is_factored(const Weight& weight) { return weight.shape.size() >= 2; }

Shape without_axis(Shape shape, std::size_t from_the_end) {
  shape.erase(shape.end() - static_cast<std::ptrdiff_t>(from_the_end));
  return shape;
}

class AdafactorOptimizer : public Configured<Adafactor> {
 public:
  using Configured::Configured;

  // Where there is nothing to factor, Keras keeps a zero in place of r and c.
  std::vector<Slot> own_slots() const override {
    return {{.name = "r", .shape = [](const Weight& weight) { return is_factored(weight) ? without_axis(weight.shape, 1) : Shape{}; }},
            {.name = "c", .shape = [](const Weight& weight) { return is_factored(weight) ? without_axis(weight.shape, 2) : Shape{}; }},
            {.name = "velocity"}};
  }

 protected:
  void update(const Buffers& buffers, const Step& step) const override {
    const auto t = static_cast<double>(step.iteration);
    const auto beta = static_cast<float>(1.0 - std::pow(t, options_.beta_2_decay));
    for (std::size_t i = 0; i < buffers.list.size(); ++i) {
      const Weight& weight = buffers.list[i];
      if (weight.rate == 0 || weight.size == 0) continue;
      const std::span<float> values = buffers.weights.subspan(weight.begin, weight.size);
      const std::span<float> gradient = buffers.gradients.subspan(weight.begin, weight.size);
      const Moments moments{.r = buffers.slots[0].of(i), .c = buffers.slots[1].of(i), .v = buffers.slots[2].of(i)};
      if (is_factored(weight)) factored(weight.shape, gradient, moments, beta);
      else plain(gradient, moments.v, beta);
      for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] /= std::sqrt(moments.v[k]);
      const double rho = std::min(step.learning_rate * weight.rate, 1.0 / std::sqrt(t));
      const double alpha = std::max(options_.epsilon_2, root_mean_square(values)) * rho;
      subtract_scaled(values, gradient, static_cast<float>(alpha / std::max(1.0, root_mean_square(gradient) / options_.clip_threshold)));
    }
  }

 private:
  struct Moments {
    std::span<float> r, c, v;
  };

  float square(float g) const { return g * g + static_cast<float>(options_.epsilon_1); }

  void plain(std::span<const float> gradient, std::span<float> v, float beta) const {
    for (std::size_t k = 0; k < v.size(); ++k) v[k] = beta * v[k] + (1.0f - beta) * square(gradient[k]);
  }

  // For each matrix of the last two axes.
  void factored(const Shape& shape, std::span<const float> gradient, const Moments& moments, float beta) const {
    const auto columns = static_cast<std::size_t>(shape.back());
    const auto rows = static_cast<std::size_t>(shape[shape.size() - 2]);
    for (std::size_t matrix = 0; matrix * rows * columns < gradient.size(); ++matrix) {
      const Moments part{.r = moments.r.subspan(matrix * rows, rows),
                         .c = moments.c.subspan(matrix * columns, columns),
                         .v = moments.v.subspan(matrix * rows * columns, rows * columns)};
      factor(gradient.subspan(matrix * rows * columns, rows * columns), part, beta);
    }
  }

  void factor(std::span<const float> gradient, const Moments& moments, float beta) const {
    const std::size_t rows = moments.r.size();
    const std::size_t columns = moments.c.size();
    std::vector<double> column_sums(columns);
    double r_sum = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      double sum = 0;
      for (std::size_t k = 0; k < columns; ++k) {
        const double s = square(gradient[row * columns + k]);
        sum += s;
        column_sums[k] += s;
      }
      moments.r[row] = beta * moments.r[row] + (1.0f - beta) * static_cast<float>(sum / static_cast<double>(columns));
      r_sum += moments.r[row];
    }
    for (std::size_t k = 0; k < columns; ++k)
      moments.c[k] = beta * moments.c[k] + (1.0f - beta) * static_cast<float>(column_sums[k] / static_cast<double>(rows));
    const auto mean = static_cast<float>(r_sum / static_cast<double>(rows));
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t k = 0; k < columns; ++k) moments.v[row * columns + k] = moments.r[row] / mean * moments.c[k];
  }
};

}  // namespace

void add_adafactor(OptimizerCatalog& catalog) { catalog.add(entry<AdafactorOptimizer>({"Adafactor"})); }

}  // namespace upkeep::optimizers
