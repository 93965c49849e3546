// Facts for the tests of checks.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks::testing_checks {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

inline std::vector<double> normal(std::size_t count, std::uint64_t seed, double mean = 20, double deviation = 5) {
  Random random(seed, stream_id("checks"));
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(mean + deviation * random.normal());
  return values;
}

inline Values numbers(std::vector<double> reference, std::vector<double> current) {
  return {.name = "a", .sides = {.reference_numbers = std::move(reference), .current_numbers = std::move(current)}};
}

inline Values words(std::vector<std::string> reference, std::vector<std::string> current) {
  return {.name = "a",
          .sides = {.kind = FeatureKind::kCategory, .reference_words = std::move(reference), .current_words = std::move(current)}};
}

// `count` words, taken in turn.
inline std::vector<std::string> cycled(std::size_t count, const std::vector<std::string>& some) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(some[i % some.size()]);
  return all;
}

inline std::vector<double> changed(std::vector<double> values, double factor, double offset) {
  for (double& value : values) value = factor * value + offset;
  return values;
}

inline Judged judged_numbers(const std::vector<double>& answers, const std::vector<double>& labels) {
  const Shape shape{static_cast<std::int64_t>(answers.size()), 1};
  Judged judged{.predictions = Tensor(shape, std::vector<float>(answers.begin(), answers.end())),
                .targets = Tensor(shape, std::vector<float>(labels.begin(), labels.end()))};
  judged.rows.resize(answers.size());
  return judged;
}

// The verdict of the only finding.
inline Finding ask(const std::string& check, const Facts& facts) { return catalog().at(check).run(facts, Json::object()).at(0); }

}  // namespace upkeep::checks::testing_checks
