// The rate rises in a line for the first updates, then stays:   rate * (start_factor + (1 - start_factor) * min(iteration / warmup_steps,
// 1))
//
// Warm-up with a decay behind it is cosine-decay with warmup_target.

#include <algorithm>

#include "train/schedules/by_iteration.hpp"

namespace upkeep::schedules {

struct LinearWarmup {
  std::optional<double> initial_learning_rate;
  std::int64_t warmup_steps = 1000;
  double start_factor = 0.0;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::LinearWarmup> = describe<schedules::LinearWarmup>(
    "linear-warmup", "up in a line, then constant",
    field("learning_rate", &schedules::LinearWarmup::initial_learning_rate, "rate after the warm-up; null: the optimiser's",
          range(0.0, 1e6)),
    field("warmup_steps", &schedules::LinearWarmup::warmup_steps, "length of the warm-up", range(1, 1e15), "updates"),
    field("start_factor", &schedules::LinearWarmup::start_factor, "first rate, as a share", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::schedules {

static float linear_warmup(const LinearWarmup& options, float rate, float iteration) {
  const auto start = static_cast<float>(options.start_factor);
  return rate * (start + (1.0f - start) * std::min(iteration / static_cast<float>(options.warmup_steps), 1.0f));
}

void add_linear_warmup(ScheduleCatalog& catalog) { catalog.add(by_iteration<LinearWarmup, linear_warmup>({"LinearLR"})); }

}  // namespace upkeep::schedules
