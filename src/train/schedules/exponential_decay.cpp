// Keras's ExponentialDecay:   rate(iteration) = initial_learning_rate * decay_rate ^ (iteration / decay_steps)
//
// With staircase the exponent is rounded down, so the rate falls every decay_steps updates. It counts updates, not epochs.

#include <cmath>
#include <optional>

#include "base/settings.hpp"
#include "train/schedules/schedule.hpp"

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
    field("initial_learning_rate", &schedules::ExponentialDecay::initial_learning_rate, "null: the optimiser's", range(0.0, 1e6)),
    field("decay_steps", &schedules::ExponentialDecay::decay_steps, "updates in which the rate falls by decay_rate", range(1, 1e15),
          "updates"),
    field("decay_rate", &schedules::ExponentialDecay::decay_rate, "factor per decay_steps", range(0.0, 10.0, Ends::kOpenLeft)),
    field("staircase", &schedules::ExponentialDecay::staircase, "fall in steps instead of steadily"));

}  // namespace upkeep

namespace upkeep::schedules {

namespace {

class ExponentialDecaySchedule : public Schedule {
 public:
  ExponentialDecaySchedule(const ExponentialDecay& options, double initial_rate)
      : options_(options), initial_(options.initial_learning_rate.value_or(initial_rate)) {}

  double rate(double, std::int64_t iteration) const override {
    const double exponent = static_cast<double>(iteration) / static_cast<double>(options_.decay_steps);
    return initial_ * std::pow(options_.decay_rate, options_.staircase ? std::floor(exponent) : exponent);
  }

 private:
  ExponentialDecay options_;
  double initial_;
};

}  // namespace

void add_exponential_decay(ScheduleCatalog& catalog) {
  const Settings& about = settings<ExponentialDecay>;
  catalog.add({.name = about.name(),
               .aliases = {"ExponentialDecay"},
               .help = about.help(),
               .settings = about,
               .make = [](const Json& values, double initial_rate) {
                 return std::make_unique<ExponentialDecaySchedule>(parse<ExponentialDecay>(values), initial_rate);
               }});
}

}  // namespace upkeep::schedules
