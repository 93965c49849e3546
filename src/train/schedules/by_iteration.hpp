// Schedules that are a formula of the iteration, computed in float32 as Keras does.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/settings.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

// T: described settings with `std::optional<double> initial_learning_rate`; without a value, the optimiser's rate is the initial one.
template <typename T, float (*kFormula)(const T& options, float initial, float iteration)>
class ByIteration : public Schedule {
 public:
  ByIteration(T options, double initial_rate) : options_(std::move(options)) {
    initial_ = static_cast<float>(options_.initial_learning_rate.value_or(initial_rate));
  }
  double rate(double, std::int64_t iteration) const override {
    return static_cast<double>(kFormula(options_, initial_, static_cast<float>(iteration)));
  }

 private:
  T options_;
  float initial_;
};

template <typename T, float (*kFormula)(const T& options, float initial, float iteration)>
ScheduleEntry by_iteration(std::vector<std::string> aliases) {
  const Settings& about = settings<T>;
  return {.name = about.name(),
          .aliases = std::move(aliases),
          .help = about.help(),
          .settings = about,
          .make = [](const Json& values, double initial_rate) {
            return std::make_unique<ByIteration<T, kFormula>>(parse<T>(values), initial_rate);
          }};
}

template <typename T>
Field initial_rate_field() {
  return field("initial_learning_rate", &T::initial_learning_rate, "null: the optimiser's", range(0.0, 1e6));
}

}  // namespace upkeep::schedules
