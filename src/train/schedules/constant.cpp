// The rate stays what it is, or what the setting says: the policy to compare others with.

#include <optional>

#include "base/settings.hpp"
#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

struct Constant {
  std::optional<double> learning_rate;
};

}  // namespace upkeep::schedules

namespace upkeep {

template <>
inline const Settings settings<schedules::Constant> =
    describe<schedules::Constant>("constant", "one rate throughout",
                                  field("learning_rate", &schedules::Constant::learning_rate, "null: the optimiser's", range(0.0, 1e6)));

}  // namespace upkeep

namespace upkeep::schedules {

namespace {

class ConstantSchedule : public Schedule {
 public:
  explicit ConstantSchedule(const Constant& options) : options_(options) {}
  double rate(double rate, std::int64_t) const override { return options_.learning_rate.value_or(rate); }

 private:
  Constant options_;
};

}  // namespace

void add_constant(ScheduleCatalog& catalog) {
  const Settings& about = settings<Constant>;
  catalog.add({.name = about.name(), .aliases = {}, .help = about.help(), .settings = about, .make = [](const Json& values, double) {
                 return std::make_unique<ConstantSchedule>(parse<Constant>(values));
               }});
}

}  // namespace upkeep::schedules
