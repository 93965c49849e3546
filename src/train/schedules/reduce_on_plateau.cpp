// Lower the rate when a figure stops improving: Keras's ReduceLROnPlateau.
//
// An epoch improves when its figure beats the best by more than min_delta (absolute). After `patience` epochs without improvement the rate
// is multiplied by `factor` (not below min_lr), and for `cooldown` epochs nothing is counted; the best is still updated.

#include <cmath>
#include <optional>

#include "base/settings.hpp"
#include "metrics/metric.hpp"
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

// JSON has no infinity and no NaN; a figure may be either.
Json exact(double value) { return std::isfinite(value) ? Json(value) : Json(std::to_string(value)); }
double exact(const Json& value) { return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>(); }

class ReduceOnPlateauSchedule : public Schedule {
 public:
  explicit ReduceOnPlateauSchedule(const ReduceOnPlateau& options) : options_(options) {
    if (options_.monitor) higher_is_better();
  }

  double rate(double rate, std::int64_t) const override { return rate; }

  double epoch_end(double rate, const std::map<std::string, double>& figures) override {
    if (!options_.monitor) options_.monitor = figures.contains("val_loss") ? "val_loss" : "loss";
    const double current = figure(figures);
    if (cooldown_ > 0) {
      --cooldown_;
      wait_ = 0;
    }
    if (improves(current)) {
      best_ = current;
      wait_ = 0;
      return rate;
    }
    if (cooldown_ > 0 || ++wait_ < options_.patience || rate <= options_.min_lr) return rate;
    cooldown_ = options_.cooldown;
    wait_ = 0;
    return std::max(rate * options_.factor, options_.min_lr);
  }

  Json state() const override { return {{"best", best_ ? exact(*best_) : Json(nullptr)}, {"wait", wait_}, {"cooldown", cooldown_}}; }

  void restore(const Json& state) override {
    best_ = state.at("best").is_null() ? std::nullopt : std::optional(exact(state.at("best")));
    wait_ = state.at("wait").get<std::int64_t>();
    cooldown_ = state.at("cooldown").get<std::int64_t>();
  }

 private:
  double figure(const std::map<std::string, double>& figures) const {
    const auto found = figures.find(*options_.monitor);
    if (found != figures.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [name, value] : figures) names.push_back(name);
    throw unknown_name("figure to monitor", *options_.monitor, names).in("schedule reduce-on-plateau");
  }

  bool improves(double current) const {
    if (!best_) return true;
    return higher_is_better() ? current - options_.min_delta > *best_ : current + options_.min_delta < *best_;
  }

  bool higher_is_better() const {
    if (options_.mode != "auto") return options_.mode == "max";
    const std::string_view monitor = *options_.monitor;
    const std::string_view name = monitor.starts_with("val_") ? monitor.substr(4) : monitor;
    if (name == "loss") return false;
    if (const metrics::MetricEntry* metric = metrics::catalog().find(name)) return metric->higher_is_better;
    throw Error(ErrorCode::kInvalidArgument, "cannot tell whether more or less of \"" + *options_.monitor + "\" is better",
                "set mode to min or max")
        .in("schedule reduce-on-plateau");
  }

  ReduceOnPlateau options_;
  std::optional<double> best_;
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
