// One-cycle policy (Smith & Topin 2017), as PyTorch's OneCycleLR has it: up from max / div_factor to the highest rate in the first
// pct_start of the updates, down to max / div_factor / final_div_factor in the rest. With three_phase it first comes down as long as it
// went up, to where it started.
//
//   cos:     end + (start - end) * (1 + cos(pi * share)) / 2               linear:   start + (end - start) * share

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/settings.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

struct OneCycle {
  std::optional<double> max_learning_rate;
  std::int64_t total_steps = 1000;
  double pct_start = 0.3;
  std::string anneal_strategy = "cos";
  double div_factor = 25.0;
  double final_div_factor = 1e4;
  bool three_phase = false;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::OneCycle> = describe<schedules::OneCycle>(
    "one-cycle", "up to the highest rate, then down far below the first",
    field("max_learning_rate", &schedules::OneCycle::max_learning_rate, "highest rate; null: the optimiser's", range(0.0, 1e6)),
    field("total_steps", &schedules::OneCycle::total_steps, "length of the cycle", range(2, 1e15), "updates"),
    field("pct_start", &schedules::OneCycle::pct_start, "share of the updates that go up", range(0.0, 1.0)),
    field("anneal_strategy", &schedules::OneCycle::anneal_strategy, "the way between two rates", one_of({"cos", "linear"})),
    field("div_factor", &schedules::OneCycle::div_factor, "highest rate in units of the first", range(1.0, 1e12)),
    field("final_div_factor", &schedules::OneCycle::final_div_factor, "first rate in units of the last", range(1.0, 1e12)),
    field("three_phase", &schedules::OneCycle::three_phase, "come down to the first rate, then to the last"));

}  // namespace upkeep

namespace upkeep::schedules {

namespace {

class OneCycleSchedule : public Schedule {
 public:
  OneCycleSchedule(const OneCycle& options, double rate) : linear_(options.anneal_strategy == "linear") {
    const double high = options.max_learning_rate.value_or(rate);
    const double first = high / options.div_factor;
    const double last = first / options.final_div_factor;
    const auto total = static_cast<double>(options.total_steps);
    const double up = options.pct_start * total;
    phases_.push_back({.end = up - 1, .from = first, .to = high});
    if (options.three_phase) phases_.push_back({.end = 2 * up - 2, .from = high, .to = first});
    phases_.push_back({.end = total - 1, .from = options.three_phase ? first : high, .to = last});
  }

  double rate(double, std::int64_t iteration) const override {
    const double step = std::min(static_cast<double>(iteration), phases_.back().end);
    double begin = 0;
    for (const Phase& phase : phases_) {
      if (step <= phase.end) return between(phase, phase.end > begin ? (step - begin) / (phase.end - begin) : 1.0);
      begin = phase.end;
    }
    return phases_.back().to;
  }

 private:
  struct Phase {
    double end;  // the update at which `to` is reached
    double from;
    double to;
  };

  double between(const Phase& phase, double share) const {
    if (linear_) return phase.from + (phase.to - phase.from) * share;
    return phase.to + (phase.from - phase.to) / 2 * (1 + std::cos(std::numbers::pi * share));
  }

  bool linear_;
  std::vector<Phase> phases_;
};

}  // namespace

void add_one_cycle(ScheduleCatalog& catalog) {
  const Settings& about = settings<OneCycle>;
  catalog.add({.name = about.name(),
               .aliases = {"OneCycleLR"},
               .help = about.help(),
               .settings = about,
               .make = [](const Json& values, double rate) { return std::make_unique<OneCycleSchedule>(parse<OneCycle>(values), rate); }});
}

}  // namespace upkeep::schedules
