// AdamW (Loshchilov & Hutter 2017): Adam with weight decay by default. The decay is apart from the gradient, before the step:
//
//   w -= w * weight_decay * rate,     then Adam's step
//
// As in Keras, biases decay too, unless exclude_from_weight_decay names them.

#include "train/optimizers/adam.hpp"

namespace upkeep::optimizers {

struct AdamW : Adam {
  AdamW() { weight_decay = 0.004; }
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::AdamW> = optimizers::describe_adam<optimizers::AdamW>("adamw", "adam with weight decay");

}  // namespace upkeep

namespace upkeep::optimizers {

void add_adamw(OptimizerCatalog& catalog) { catalog.add(entry<AdamOptimizer<AdamW>>({"AdamW"})); }

}  // namespace upkeep::optimizers
