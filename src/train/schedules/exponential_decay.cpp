// Keras's ExponentialDecay:   rate(iteration) = initial_learning_rate * decay_rate ^ (iteration / decay_steps)
//
// With staircase the exponent is rounded down, so the rate falls every decay_steps updates. It counts updates, not epochs.

#include <cmath>

#include "train/schedules/by_iteration.hpp"

namespace upkeep::schedules {

struct ExponentialDecay {
  std::optional<double> initial_learning_rate;
  std::int64_t decay_steps = 1000;
  double decay_rate = 0.96;
  bool staircase = false;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::ExponentialDecay> = describe<schedules::ExponentialDecay>(
    "exponential-decay", "initial rate * decay_rate ^ (iteration / decay_steps)",
    schedules::initial_rate_field<schedules::ExponentialDecay>(),
    field("decay_steps", &schedules::ExponentialDecay::decay_steps, "updates in which the rate falls by decay_rate", range(1, 1e15),
          "updates"),
    field("decay_rate", &schedules::ExponentialDecay::decay_rate, "factor per decay_steps", range(0.0, 10.0, Ends::kOpenLeft)),
    field("staircase", &schedules::ExponentialDecay::staircase, "fall in steps instead of steadily"));

}  // namespace upkeep

namespace upkeep::schedules {

static float exponential_decay(const ExponentialDecay& options, float initial, float iteration) {
  const float exponent = iteration / static_cast<float>(options.decay_steps);
  return initial * std::pow(static_cast<float>(options.decay_rate), options.staircase ? std::floor(exponent) : exponent);
}

void add_exponential_decay(ScheduleCatalog& catalog) {
  catalog.add(by_iteration<ExponentialDecay, exponential_decay>({"ExponentialDecay"}));
}

}  // namespace upkeep::schedules
