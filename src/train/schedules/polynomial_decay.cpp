// Keras's PolynomialDecay:   rate(iteration) = (initial - end) * (1 - min(iteration, decay_steps) / decay_steps) ^ power + end
//
// With cycle, decay_steps is in place of that the smallest multiple of it that is not below the iteration: the rate jumps up again after
// each.

#include <algorithm>
#include <cmath>

#include "train/schedules/by_iteration.hpp"

namespace upkeep::schedules {

struct PolynomialDecay {
  std::optional<double> initial_learning_rate;
  std::int64_t decay_steps = 1000;
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::PolynomialDecay> = describe<schedules::PolynomialDecay>(
    "polynomial-decay", "from the initial rate to the end's, in a line (power 1) or a curve",
    schedules::initial_rate_field<schedules::PolynomialDecay>(),
    field("decay_steps", &schedules::PolynomialDecay::decay_steps, "when the end is reached", range(1, 1e15), "updates"),
    field("end_learning_rate", &schedules::PolynomialDecay::end_learning_rate, "lowest rate", range(0.0, 1e6)),
    field("power", &schedules::PolynomialDecay::power, "of the share that is left", range(0.0, 100.0)),
    field("cycle", &schedules::PolynomialDecay::cycle, "begin again, lower, when the end is reached"));

}  // namespace upkeep

namespace upkeep::schedules {

static float polynomial_decay(const PolynomialDecay& options, float initial, float iteration) {
  auto steps = static_cast<float>(options.decay_steps);
  const auto end = static_cast<float>(options.end_learning_rate);
  if (options.cycle) steps *= iteration == 0 ? 1.0f : std::ceil(iteration / steps);
  else iteration = std::min(iteration, steps);
  return (initial - end) * std::pow(1.0f - iteration / steps, static_cast<float>(options.power)) + end;
}

void add_polynomial_decay(ScheduleCatalog& catalog) { catalog.add(by_iteration<PolynomialDecay, polynomial_decay>({"PolynomialDecay"})); }

}  // namespace upkeep::schedules
