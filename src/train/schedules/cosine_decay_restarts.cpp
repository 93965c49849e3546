// Keras's CosineDecayRestarts (Loshchilov & Hutter 2016): waves of a cosine, the i-th first_decay_steps * t_mul^i long and m_mul^i high.
// With f = iteration / first_decay_steps, the wave is
//
//   t_mul = 1:   i = floor(f),                                       at f - i
//   otherwise:   i = floor(log(1 - f (1 - t_mul)) / log(t_mul)),     at (f - (1 - t_mul^i) / (1 - t_mul)) / t_mul^i
//   rate = initial * ((1 - alpha) * m_mul^i * (1 + cos(pi * at)) / 2 + alpha)

#include <cmath>
#include <numbers>

#include "train/schedules/by_iteration.hpp"

namespace upkeep::schedules {

struct CosineDecayRestarts {
  std::optional<double> initial_learning_rate;
  std::int64_t first_decay_steps = 1000;
  double t_mul = 2.0;
  double m_mul = 1.0;
  double alpha = 0.0;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::CosineDecayRestarts> = describe<schedules::CosineDecayRestarts>(
    "cosine-decay-restarts", "waves of a cosine, one longer than the other",
    schedules::initial_rate_field<schedules::CosineDecayRestarts>(),
    field("first_decay_steps", &schedules::CosineDecayRestarts::first_decay_steps, "length of the first wave", range(1, 1e15), "updates"),
    field("t_mul", &schedules::CosineDecayRestarts::t_mul, "length of a wave in lengths of the one before", range(1.0, 1e6)),
    field("m_mul", &schedules::CosineDecayRestarts::m_mul, "height of a wave in heights of the one before", range(0.0, 1e6)),
    field("alpha", &schedules::CosineDecayRestarts::alpha, "lowest rate, as a share of the highest", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::schedules {

static float cosine_decay_restarts(const CosineDecayRestarts& options, float initial, float iteration) {
  const auto t_mul = static_cast<float>(options.t_mul);
  const auto alpha = static_cast<float>(options.alpha);
  float at = iteration / static_cast<float>(options.first_decay_steps);
  float restarts = std::floor(at);
  if (t_mul == 1.0f) {
    at -= restarts;
  } else {
    restarts = std::floor(std::log(1.0f - at * (1.0f - t_mul)) / std::log(t_mul));
    const float length = std::pow(t_mul, restarts);
    at = (at - (1.0f - length) / (1.0f - t_mul)) / length;
  }
  const float height = 0.5f * std::pow(static_cast<float>(options.m_mul), restarts);
  const float wave = height * (1.0f + std::cos(std::numbers::pi_v<float> * at));
  return initial * ((1.0f - alpha) * wave + alpha);
}

void add_cosine_decay_restarts(ScheduleCatalog& catalog) {
  catalog.add(by_iteration<CosineDecayRestarts, cosine_decay_restarts>({"CosineDecayRestarts"}));
}

}  // namespace upkeep::schedules
