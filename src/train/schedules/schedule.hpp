// Learning-rate schedules, by iteration and by performance.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace upkeep::schedules {

class Schedule {
 public:
  virtual ~Schedule() = default;
  // The rate for update number `iteration` (0 for the first). `rate` is the current one (the optimiser's setting at first).
  virtual double rate(double rate, std::int64_t iteration) const = 0;
  // After each epoch, with its figures ("loss", "val_loss", ...); returns the rate from now on.
  virtual double epoch_end(double rate, const std::map<std::string, double>&) { return rate; }
  // What restore() needs to go on from here, bit for bit.
  virtual Json state() const { return Json::object(); }
  virtual void restore(const Json&) {}
};

struct ScheduleEntry {
  std::string name;                  // "exponential-decay"
  std::vector<std::string> aliases;  // "ExponentialDecay"
  std::string help;
  Settings settings;
  std::function<std::unique_ptr<Schedule>(const Json& settings, double initial_rate)> make;
};
using ScheduleCatalog = Catalog<ScheduleEntry>;
const ScheduleCatalog& catalog();

}  // namespace upkeep::schedules
