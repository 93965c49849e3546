// Keras's PiecewiseConstantDecay: values[0] up to and with update boundaries[0], values[1] up to and with boundaries[1], ..., then the
// last.

#include <algorithm>

#include "base/format.hpp"
#include "base/settings.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

struct PiecewiseConstantDecay {
  std::vector<std::int64_t> boundaries = {1000, 2000};
  std::vector<double> values = {0.001, 0.0005, 0.0001};
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::PiecewiseConstantDecay> = describe<schedules::PiecewiseConstantDecay>(
    "piecewise-constant-decay", "one rate after the other",
    field("boundaries", &schedules::PiecewiseConstantDecay::boundaries, "last updates with each rate but the last, rising", "updates"),
    field("values", &schedules::PiecewiseConstantDecay::values, "the rates, one more than boundaries"));

}  // namespace upkeep

namespace upkeep::schedules {

namespace {

class PiecewiseConstantSchedule : public Schedule {
 public:
  explicit PiecewiseConstantSchedule(PiecewiseConstantDecay options) : options_(std::move(options)) {
    if (options_.values.size() != options_.boundaries.size() + 1)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("{} values for {} boundaries", options_.values.size(), options_.boundaries.size()),
                  "values are one more than boundaries");
    if (!std::ranges::is_sorted(options_.boundaries)) throw Error(ErrorCode::kInvalidArgument, "boundaries do not rise");
  }

  double rate(double, std::int64_t iteration) const override {
    const auto passed = std::ranges::lower_bound(options_.boundaries, iteration) - options_.boundaries.begin();
    return options_.values[static_cast<std::size_t>(passed)];
  }

 private:
  PiecewiseConstantDecay options_;
};

}  // namespace

void add_piecewise_constant_decay(ScheduleCatalog& catalog) {
  const Settings& about = settings<PiecewiseConstantDecay>;
  catalog.add({.name = about.name(),
               .aliases = {"PiecewiseConstantDecay"},
               .help = about.help(),
               .settings = about,
               .make = [](const Json& values, double) {
                 return std::make_unique<PiecewiseConstantSchedule>(parse<PiecewiseConstantDecay>(values));
               }});
}

}  // namespace upkeep::schedules
