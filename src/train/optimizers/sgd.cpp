// Stochastic gradient descent, with momentum and Nesterov's look-ahead (Sutskever et al. 2013), as Keras has it:
//
//   momentum 0:  w -= rate * g
//   otherwise:   m = momentum * m - rate * g
//                w += m                          or, with nesterov,  w += momentum * m - rate * g
//
// The rate is inside m: after a change of the rate, old steps keep their old size.

#include "train/optimizers/common.hpp"

namespace upkeep::optimizers {

struct Sgd {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  std::optional<double> weight_decay;
  std::optional<double> clipnorm;
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Sgd> = optimizers::describe_optimizer<optimizers::Sgd>(
    "sgd", "gradient descent, with momentum if asked",
    field("momentum", &optimizers::Sgd::momentum, "share of the last step kept", range(0.0, 1.0)),
    field("nesterov", &optimizers::Sgd::nesterov, "look one step of momentum ahead"));

}  // namespace upkeep

namespace upkeep::optimizers {

namespace {

class SgdOptimizer : public Configured<Sgd> {
 public:
  using Configured::Configured;

  std::vector<std::string> slots() const override {
    return options_.momentum == 0.0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum"};
  }

  void update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const Step& step) const override {
    decay_weights(weights, step);
    const auto rate = static_cast<float>(step.learning_rate);
    if (options_.momentum == 0.0) plain(weights.data(), gradients.data(), weights.size(), rate);
    else if (options_.nesterov) ahead(weights.data(), gradients.data(), slots[0], weights.size(), rate);
    else heavy(weights.data(), gradients.data(), slots[0], weights.size(), rate);
  }

 private:
  static void plain(float* __restrict w, const float* __restrict g, std::size_t count, float rate) {
    for (std::size_t i = 0; i < count; ++i) w[i] -= g[i] * rate;
  }

  void heavy(float* __restrict w, const float* __restrict g, float* __restrict m, std::size_t count, float rate) const {
    const auto momentum = static_cast<float>(options_.momentum);
    for (std::size_t i = 0; i < count; ++i) {
      m[i] = m[i] * momentum - g[i] * rate;
      w[i] += m[i];
    }
  }

  void ahead(float* __restrict w, const float* __restrict g, float* __restrict m, std::size_t count, float rate) const {
    const auto momentum = static_cast<float>(options_.momentum);
    for (std::size_t i = 0; i < count; ++i) {
      m[i] = m[i] * momentum - g[i] * rate;
      w[i] += m[i] * momentum - g[i] * rate;
    }
  }
};

}  // namespace

void add_sgd(OptimizerCatalog& catalog) { catalog.add(entry<SgdOptimizer>({"SGD"})); }

}  // namespace upkeep::optimizers
