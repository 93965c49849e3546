// Cyclic learning rates (Smith 2015), as PyTorch's CyclicLR has them: a zigzag between two rates, step_size_up updates up, step_size_down
// down.
//
//   triangular    every tooth is as high            triangular2   half as high as the one before
//   exp_range     height * gamma^iteration

#include <cmath>

#include "base/settings.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

struct Cyclic {
  std::optional<double> base_learning_rate;
  double max_learning_rate = 0.01;
  std::int64_t step_size_up = 2000;
  std::optional<std::int64_t> step_size_down;
  std::string mode = "triangular";
  double gamma = 1.0;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::Cyclic> = describe<schedules::Cyclic>(
    "cyclic", "a zigzag between two rates",
    field("base_learning_rate", &schedules::Cyclic::base_learning_rate, "lowest rate; null: the optimiser's", range(0.0, 1e6)),
    field("max_learning_rate", &schedules::Cyclic::max_learning_rate, "highest rate", range(0.0, 1e6)),
    field("step_size_up", &schedules::Cyclic::step_size_up, "way up", range(1, 1e15), "updates"),
    field("step_size_down", &schedules::Cyclic::step_size_down, "way down; null: as long as up", range(1, 1e15), "updates"),
    field("mode", &schedules::Cyclic::mode, "height of the teeth", one_of({"triangular", "triangular2", "exp_range"})),
    field("gamma", &schedules::Cyclic::gamma, "factor of the height per update, in mode exp_range", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::schedules {

namespace {

class CyclicSchedule : public Schedule {
 public:
  CyclicSchedule(const Cyclic& options, double rate) : options_(options), base_(options.base_learning_rate.value_or(rate)) {}

  double rate(double, std::int64_t iteration) const override {
    const std::int64_t up = options_.step_size_up, down = options_.step_size_down.value_or(up);
    const std::int64_t cycle = iteration / (up + down), at = iteration % (up + down);
    const double share =
        at <= up ? static_cast<double>(at) / static_cast<double>(up) : static_cast<double>(up + down - at) / static_cast<double>(down);
    return base_ + (options_.max_learning_rate - base_) * share * height(cycle, iteration);
  }

 private:
  double height(std::int64_t cycle, std::int64_t iteration) const {
    if (options_.mode == "triangular2") return std::pow(0.5, static_cast<double>(cycle));
    return options_.mode == "exp_range" ? std::pow(options_.gamma, static_cast<double>(iteration)) : 1.0;
  }

  Cyclic options_;
  double base_;
};

}  // namespace

void add_cyclic(ScheduleCatalog& catalog) {
  const Settings& about = settings<Cyclic>;
  catalog.add(
      {.name = about.name(), .aliases = {"CyclicLR"}, .help = about.help(), .settings = about, .make = [](const Json& values, double rate) {
         return std::make_unique<CyclicSchedule>(parse<Cyclic>(values), rate);
       }});
}

}  // namespace upkeep::schedules
