// The step that the relatives of Adam share.
#pragma once

#include "train/optimizers/common.hpp"

namespace upkeep::optimizers {

// What the relatives of Adam have in common.
struct Moments : Common {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
};

struct Adam : Moments {
  bool amsgrad = false;
};

// base^exponent by squaring: only multiplications, so the same on every machine.
float power(float base, std::int64_t exponent);

struct AdamStep {
  float alpha;             // rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
  float fresh_1, fresh_2;  // 1 - beta_1, 1 - beta_2
  float epsilon;
};
AdamStep adam_step(double beta_1, double beta_2, double epsilon, float rate, std::int64_t iteration);
// Slots: momentum, velocity, and with AMSGrad velocity_hat.
void adam_update(const Elements& elements, const AdamStep& step);

// T has the fields of Adam.
template <typename T>
class AdamOptimizer : public Elementwise<T> {
 public:
  using Elementwise<T>::Elementwise;

  std::vector<Slot> own_slots() const override {
    std::vector<Slot> slots = {{.name = "momentum"}, {.name = "velocity"}};
    if (this->options_.amsgrad) slots.push_back({.name = "velocity_hat", .group = 1});
    return slots;
  }

 protected:
  void step(const Elements& elements, std::int64_t iteration) const override {
    adam_update(elements, adam_step(this->options_.beta_1, this->options_.beta_2, this->options_.epsilon, elements.rate, iteration));
  }
};

// T is derived from Moments.
template <typename T, typename... Own>
Settings describe_moments(std::string name, std::string help, Own... own) {
  const Range share = range(0.0, 1.0, Ends::kOpenRight);
  return describe_optimizer<T>(
      std::move(name), std::move(help), inherited<T>("beta_1", &T::beta_1, "share of the first moment kept", share),
      inherited<T>("beta_2", &T::beta_2, "share of the second moment kept", share),
      inherited<T>("epsilon", &T::epsilon, "added to the root of the second moment", range(0.0, 1.0)), std::move(own)...);
}

template <typename T>
Settings describe_adam(std::string name, std::string help) {
  return describe_moments<T>(std::move(name), std::move(help),
                             inherited<T>("amsgrad", &T::amsgrad, "divide by the largest second moment so far (Reddi et al. 2018)"));
}

}  // namespace upkeep::optimizers
