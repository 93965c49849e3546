// Lower the rate when a figure stops improving: Keras's ReduceLROnPlateau.
//
// An epoch improves when its figure beats the best by more than min_delta (absolute). After `patience` epochs without improvement the rate
// is multiplied by `factor` (not below min_lr), and for `cooldown` epochs nothing is counted; the best is still updated.

#include <algorithm>
#include <optional>

#include "base/settings.hpp"
#include "train/monitor.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

struct ReduceOnPlateau {
  std::optional<std::string> monitor;
  double factor = 0.1;
  std::int64_t patience = 10;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0.0;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::ReduceOnPlateau> = describe<schedules::ReduceOnPlateau>(
    "reduce-on-plateau", "lower the rate when a figure stops improving",
    field("monitor", &schedules::ReduceOnPlateau::monitor, "figure to watch; null: val_loss, or loss where nothing is held out"),
    field("factor", &schedules::ReduceOnPlateau::factor, "multiplier of the rate", range(0.0, 1.0, Ends::kOpenRight)),
    field("patience", &schedules::ReduceOnPlateau::patience, "time without improvement before acting", range(0, 1e9), "epochs"),
    field("mode", &schedules::ReduceOnPlateau::mode, "what counts as better; auto: by the figure's name", one_of({"auto", "min", "max"})),
    field("min_delta", &schedules::ReduceOnPlateau::min_delta, "a smaller change is no improvement; absolute", range(0.0, 1e30)),
    field("cooldown", &schedules::ReduceOnPlateau::cooldown, "time after acting in which nothing is counted", range(0, 1e9), "epochs"),
    field("min_lr", &schedules::ReduceOnPlateau::min_lr, "lowest rate", range(0.0, 1e6)));

}  // namespace upkeep

namespace upkeep::schedules {

namespace {

class ReduceOnPlateauSchedule : public Schedule {
 public:
  explicit ReduceOnPlateauSchedule(const ReduceOnPlateau& options)
      : options_(options), monitor_(options.monitor, options.mode, options.min_delta) {}

  double rate(double rate, std::int64_t) const override { return rate; }

  double epoch_end(double rate, const std::map<std::string, double>& figures) override {
    const double current = in_context("schedule reduce-on-plateau", [&] { return monitor_.current(figures); });
    if (cooldown_ > 0) {
      --cooldown_;
      wait_ = 0;
    }
    if (monitor_.update(current)) {
      wait_ = 0;
      return rate;
    }
    if (cooldown_ > 0 || ++wait_ < options_.patience || rate <= options_.min_lr) return rate;
    cooldown_ = options_.cooldown;
    wait_ = 0;
    return std::max(rate * options_.factor, options_.min_lr);
  }

  Json state() const override { return {{"best", monitor_.state()}, {"wait", wait_}, {"cooldown", cooldown_}}; }

  void restore(const Json& state) override {
    monitor_.restore(state.at("best"));
    wait_ = state.at("wait").get<std::int64_t>();
    cooldown_ = state.at("cooldown").get<std::int64_t>();
  }

 private:
  ReduceOnPlateau options_;
  Monitor monitor_;
  std::int64_t wait_ = 0;
  std::int64_t cooldown_ = 0;
};

}  // namespace

void add_reduce_on_plateau(ScheduleCatalog& catalog) {
  const Settings& about = settings<ReduceOnPlateau>;
  catalog.add(
      {.name = about.name(),
       .aliases = {"ReduceLROnPlateau"},
       .help = about.help(),
       .settings = about,
       .make = [](const Json& values, double) { return std::make_unique<ReduceOnPlateauSchedule>(parse<ReduceOnPlateau>(values)); }});
}

}  // namespace upkeep::schedules
