// The loop that Adam and AdamW share.
#pragma once

#include "train/optimizers/common.hpp"

namespace upkeep::optimizers {

struct Adam {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay;
  std::optional<double> clipnorm;
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
};

// T has the fields of Adam; weight_decay may be a plain number.
template <typename T>
class AdamOptimizer : public Configured<T> {
 public:
  using Configured<T>::Configured;
  std::vector<std::string> slots() const override;
  std::size_t interleaved_slots() const override { return 2; }
  void update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const Step& step) const override;
};

struct AdamStep {
  float alpha;             // rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
  float fresh_1, fresh_2;  // 1 - beta_1, 1 - beta_2
  float epsilon;
};
AdamStep adam_step(double beta_1, double beta_2, double epsilon, const Step& step);
void adam_update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const AdamStep& step);

template <typename T>
std::vector<std::string> AdamOptimizer<T>::slots() const {
  std::vector<std::string> names = {"momentum", "velocity"};
  if (this->options_.amsgrad) names.push_back("velocity_hat");
  return names;
}

template <typename T>
void AdamOptimizer<T>::update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots,
                              const Step& step) const {
  this->decay_weights(weights, step);
  adam_update(weights, gradients, slots, adam_step(this->options_.beta_1, this->options_.beta_2, this->options_.epsilon, step));
}

template <typename T>
Settings describe_adam(std::string name, std::string help) {
  return describe_optimizer<T>(std::move(name), std::move(help),
                               field("beta_1", &T::beta_1, "share of the first moment kept", range(0.0, 1.0, Ends::kOpenRight)),
                               field("beta_2", &T::beta_2, "share of the second moment kept", range(0.0, 1.0, Ends::kOpenRight)),
                               field("epsilon", &T::epsilon, "added to the root of the second moment", range(0.0, 1.0)),
                               field("amsgrad", &T::amsgrad, "divide by the largest second moment so far (Reddi et al. 2018)"));
}

}  // namespace upkeep::optimizers
