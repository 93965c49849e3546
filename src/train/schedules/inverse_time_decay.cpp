// Keras's InverseTimeDecay:   rate(iteration) = initial_learning_rate / (1 + decay_rate * iteration / decay_steps)
//
// With staircase the quotient is rounded down.

#include <cmath>

#include "train/schedules/by_iteration.hpp"

namespace upkeep::schedules {

struct InverseTimeDecay {
  std::optional<double> initial_learning_rate;
  std::int64_t decay_steps = 1000;
  double decay_rate = 0.5;
  bool staircase = false;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::InverseTimeDecay> = describe<schedules::InverseTimeDecay>(
    "inverse-time-decay", "initial rate / (1 + decay_rate * iteration / decay_steps)",
    schedules::initial_rate_field<schedules::InverseTimeDecay>(),
    field("decay_steps", &schedules::InverseTimeDecay::decay_steps, "unit of the time", range(1, 1e15), "updates"),
    field("decay_rate", &schedules::InverseTimeDecay::decay_rate, "how fast it falls", range(0.0, 1e6)),
    field("staircase", &schedules::InverseTimeDecay::staircase, "fall in steps instead of steadily"));

}  // namespace upkeep

namespace upkeep::schedules {

static float inverse_time_decay(const InverseTimeDecay& options, float initial, float iteration) {
  const float time = iteration / static_cast<float>(options.decay_steps);
  return initial / (1.0f + static_cast<float>(options.decay_rate) * (options.staircase ? std::floor(time) : time));
}

void add_inverse_time_decay(ScheduleCatalog& catalog) {
  catalog.add(by_iteration<InverseTimeDecay, inverse_time_decay>({"InverseTimeDecay"}));
}

}  // namespace upkeep::schedules
