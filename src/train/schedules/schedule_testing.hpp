// Short ways to write the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

// A few roundings in float32, of the rate itself and of the numbers near 1 that it is made of.
inline void expect_rates(const std::string& name, const Json& settings, const std::vector<std::pair<std::int64_t, double>>& rates,
                         double tolerance = 5e-7) {
  const auto schedule = catalog().at(name).make(settings, 0.1);
  for (const auto& [iteration, rate] : rates)
    EXPECT_NEAR(schedule->rate(0.1, iteration), rate, tolerance * rate + 1.2e-8) << name << " at " << iteration;
}

}  // namespace upkeep::schedules
