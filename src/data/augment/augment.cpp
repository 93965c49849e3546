#include "data/augment/augment.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/format.hpp"
#include "data/augment/common.hpp"

namespace upkeep::augment {

std::string to_string(const ImageShape& shape) { return upkeep::format("{} x {} x {}", shape.height, shape.width, shape.channels); }

void Augmenter::mix(Sample&, const Sample&, Random&) const {}

Error wrong_setting(const std::string& setting, std::string message, std::string hint) {
  return Error(ErrorCode::kInvalidArgument, std::move(message), std::move(hint)).in(setting);
}

namespace {

Interval interval_of(const std::vector<double>& factor, const std::string& setting, double least) {
  if (factor.size() == 1) return {std::max(-std::abs(factor[0]), least), std::abs(factor[0])};
  if (factor.size() == 2) return {std::min(factor[0], factor[1]), std::max(factor[0], factor[1])};
  throw wrong_setting(setting, upkeep::format("{} numbers", factor.size()), "give one, or two as [low, high]");
}

}  // namespace

Interval symmetric(const std::vector<double>& factor, const std::string& setting) { return interval_of(factor, setting, -1e30); }
Interval from_zero(const std::vector<double>& factor, const std::string& setting) { return interval_of(factor, setting, 0); }

void expect_value_range(const std::vector<double>& given) {
  if (given.empty() || (given.size() == 2 && given[0] < given[1])) return;
  throw wrong_setting("value_range", "this is no range", "give [low, high], such as [0, 255] or [0, 1]");
}

Interval value_range(const std::vector<double>& given, const DataFacts& facts) {
  return given.empty() ? Interval{facts.low, facts.high} : Interval{given[0], given[1]};
}

bool happens(const Interval& probability, Random& random) {
  const double chance = probability.draw(random);
  return random.uniform() < chance;
}

}  // namespace upkeep::augment
