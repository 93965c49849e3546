// Keras's CosineDecay (Loshchilov & Hutter 2016), with d = initial_learning_rate:
//
//   rate(iteration) = d * ((1 - alpha) * (1 + cos(pi * min(iteration, decay_steps) / decay_steps)) / 2 + alpha)
//
// With warmup_target, the rate first goes in a line from the initial one to the target in warmup_steps; then d is the target, and the
// iteration counts from there.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "train/schedules/by_iteration.hpp"

namespace upkeep::schedules {

struct CosineDecay {
  std::optional<double> initial_learning_rate;
  std::int64_t decay_steps = 1000;
  double alpha = 0.0;
  std::optional<double> warmup_target;
  std::int64_t warmup_steps = 0;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::CosineDecay> = describe<schedules::CosineDecay>(
    "cosine-decay", "half a wave of a cosine, after a warm-up if asked", schedules::initial_rate_field<schedules::CosineDecay>(),
    field("decay_steps", &schedules::CosineDecay::decay_steps, "length of the wave", range(1, 1e15), "updates"),
    field("alpha", &schedules::CosineDecay::alpha, "lowest rate, as a share of the highest", range(0.0, 1.0)),
    field("warmup_target", &schedules::CosineDecay::warmup_target, "rate at the end of the warm-up; null: no warm-up", range(0.0, 1e6)),
    field("warmup_steps", &schedules::CosineDecay::warmup_steps, "length of the warm-up", range(0, 1e15), "updates"));

}  // namespace upkeep

namespace upkeep::schedules {

static float half_wave(const CosineDecay& options, float from, float iteration) {
  const auto steps = static_cast<float>(options.decay_steps);
  const auto alpha = static_cast<float>(options.alpha);
  const float wave = 0.5f * (1.0f + std::cos(std::numbers::pi_v<float> * (std::min(iteration, steps) / steps)));
  return from * (static_cast<float>(1.0 - options.alpha) * wave + alpha);
}

static float cosine_decay(const CosineDecay& options, float initial, float iteration) {
  if (!options.warmup_target) return half_wave(options, initial, iteration);
  const auto target = static_cast<float>(*options.warmup_target);
  const auto warmup = static_cast<float>(options.warmup_steps);
  if (iteration < warmup) return (target - initial) * (iteration / warmup) + initial;
  return half_wave(options, target, iteration - warmup);
}

void add_cosine_decay(ScheduleCatalog& catalog) { catalog.add(by_iteration<CosineDecay, cosine_decay>({"CosineDecay"})); }

}  // namespace upkeep::schedules
