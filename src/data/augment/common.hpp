// What the augmenters have in common: settings that are an interval, a base over described settings, catalog entries.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/settings.hpp"
#include "data/augment/augment.hpp"

namespace upkeep::augment {

struct Interval {
  double low = 0;
  double high = 0;
  double draw(Random& random) const { return low == high ? low : random.uniform(low, high); }
};

// Keras's factors: one number f stands for [-f, f] (symmetric) or [0, f] (from zero); two are the ends. Throws Error{kInvalidArgument} for
// other counts; the frame names the setting.
Interval symmetric(const std::vector<double>& factor, const std::string& setting);
Interval from_zero(const std::vector<double>& factor, const std::string& setting);

// Keras's value_range; where none is given, from the smallest to the largest value of the data.
Interval value_range(const std::vector<double>& given, const DataFacts& facts);
void expect_value_range(const std::vector<double>& given);  // none, or two in order
inline constexpr const char* kValueRangeHelp = "smallest and largest value of a pixel (default: those of the data)";

// One with this probability, drawn from an interval for each sample, as Keras's random erasing does it.
bool happens(const Interval& probability, Random& random);

// A setting that names itself in what is thrown.
Error wrong_setting(const std::string& setting, std::string message, std::string hint);

template <typename T>
class Configured : public Augmenter {
 public:
  using Options = T;
  explicit Configured(const T& options) : options_(options) {}

 protected:
  const T options_;
};

template <typename A>
AugmenterEntry entry(std::vector<std::string> aliases = {}) {
  const Settings& about = settings<typename A::Options>;
  return {.name = about.name(), .aliases = std::move(aliases), .help = about.help(), .settings = about, .make = [](const Json& values) {
            return std::make_unique<A>(parse<typename A::Options>(values));
          }};
}

}  // namespace upkeep::augment
