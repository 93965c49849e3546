// AdamW (Loshchilov & Hutter 2017): Adam with weight decay by default. The decay is apart from the gradient, before the step:
//
//   w -= w * weight_decay * rate,     then Adam's step
//
// As in Keras, biases decay too.

#include "train/optimizers/adam.hpp"

namespace upkeep::optimizers {

struct AdamW {
  double learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> clipnorm;
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::AdamW> = optimizers::describe_adam<optimizers::AdamW>("adamw", "adam with weight decay");

}  // namespace upkeep

namespace upkeep::optimizers {

void add_adamw(OptimizerCatalog& catalog) { catalog.add(entry<AdamOptimizer<AdamW>>({"AdamW"})); }

}  // namespace upkeep::optimizers
