// Adagrad (Duchi, Hazan & Singer 2011), as Keras has it: epsilon stands inside the root, and the sum starts at 0.1.
//
//   sum += g^2                 w -= rate * g / sqrt(sum + epsilon)

#include "train/optimizers/common.hpp"

namespace upkeep::optimizers {

struct Adagrad {
  double learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay;
  std::optional<double> clipnorm;
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adagrad> = optimizers::describe_optimizer<optimizers::Adagrad>(
    "adagrad", "steps scaled by all gradients so far",
    field("initial_accumulator_value", &optimizers::Adagrad::initial_accumulator_value, "start of the sum of squares", range(0.0, 1e6)),
    field("epsilon", &optimizers::Adagrad::epsilon, "added to the sum, inside the root", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::optimizers {

namespace {

class AdagradOptimizer : public Configured<Adagrad> {
 public:
  using Configured::Configured;

  std::vector<std::string> slots() const override { return {"accumulator"}; }
  float slot_start(std::size_t) const override { return static_cast<float>(options_.initial_accumulator_value); }

  void update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const Step& step) const override {
    decay_weights(weights, step);
    run(weights.data(), gradients.data(), slots[0], weights.size(), static_cast<float>(step.learning_rate));
  }

 private:
  void run(float* __restrict w, const float* __restrict g, float* __restrict sum, std::size_t count, float rate) const {
    const auto epsilon = static_cast<float>(options_.epsilon);
    for (std::size_t i = 0; i < count; ++i) {
      sum[i] += g[i] * g[i];
      w[i] -= rate * g[i] / std::sqrt(sum[i] + epsilon);
    }
  }
};

}  // namespace

void add_adagrad(OptimizerCatalog& catalog) { catalog.add(entry<AdagradOptimizer>({"Adagrad"})); }

}  // namespace upkeep::optimizers
