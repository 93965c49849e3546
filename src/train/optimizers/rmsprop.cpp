// RMSprop (Tieleman & Hinton 2012), as Keras has it: epsilon stands inside the root.
//
//   v = rho * v + (1 - rho) * g^2                 centered: a = rho * a + (1 - rho) * g, and v - a^2 for v below
//   step = rate * g / sqrt(v + epsilon)
//   w -= step                                     or, with momentum,  m = momentum * m + step,  w -= m

#include "train/optimizers/common.hpp"

namespace upkeep::optimizers {

struct RmsProp {
  double learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay;
  std::optional<double> clipnorm;
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::RmsProp> = optimizers::describe_optimizer<optimizers::RmsProp>(
    "rmsprop", "steps scaled by the running size of the gradient",
    field("rho", &optimizers::RmsProp::rho, "share of the running size kept", range(0.0, 1.0)),
    field("momentum", &optimizers::RmsProp::momentum, "share of the last step kept", range(0.0, 1.0)),
    field("epsilon", &optimizers::RmsProp::epsilon, "added to the second moment, inside the root", range(0.0, 1.0)),
    field("centered", &optimizers::RmsProp::centered, "scale by the variance instead of the second moment"));

}  // namespace upkeep

namespace upkeep::optimizers {

namespace {

class RmsPropOptimizer : public Configured<RmsProp> {
 public:
  using Configured::Configured;

  std::vector<std::string> slots() const override {
    std::vector<std::string> names = {"velocity"};
    if (options_.momentum > 0) names.push_back("momentum");
    if (options_.centered) names.push_back("average_gradient");
    return names;
  }

  void update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const Step& step) const override {
    decay_weights(weights, step);
    float* const momentum = options_.momentum > 0 ? slots[1] : nullptr;
    float* const average = options_.centered ? slots.back() : nullptr;
    const auto loop = momentum ? (average ? run<true, true> : run<true, false>) : (average ? run<false, true> : run<false, false>);
    loop(options_, weights, gradients.data(), {slots[0], momentum, average}, static_cast<float>(step.learning_rate));
  }

 private:
  struct Slots {
    float* velocity;
    float* momentum;
    float* average;
  };

  template <bool kMomentum, bool kCentered>
  static void run(const RmsProp& options, std::span<float> weights, const float* __restrict g, const Slots& slots, float rate) {
    float* __restrict w = weights.data();
    float* __restrict v = slots.velocity;
    float* __restrict m = slots.momentum;
    float* __restrict a = slots.average;
    const auto rho = static_cast<float>(options.rho), fresh = static_cast<float>(1.0 - options.rho);
    const auto epsilon = static_cast<float>(options.epsilon), momentum = static_cast<float>(options.momentum);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      v[i] = rho * v[i] + fresh * (g[i] * g[i]);
      float moment = v[i];
      if constexpr (kCentered) {
        a[i] = rho * a[i] + fresh * g[i];
        moment -= a[i] * a[i];
      }
      float move = rate * g[i] / std::sqrt(moment + epsilon);
      if constexpr (kMomentum) move = m[i] = momentum * m[i] + move;
      w[i] -= move;
    }
  }
};

}  // namespace

void add_rmsprop(OptimizerCatalog& catalog) { catalog.add(entry<RmsPropOptimizer>({"RMSprop"})); }

}  // namespace upkeep::optimizers
