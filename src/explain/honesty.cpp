#include "explain/honesty.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace upkeep::explain {

Honesty measured(const MethodEntry& method, const Json&, const Question& question, const Attribution& attribution, const HonestyOptions&) {
  Honesty honesty;
  if (method.additive)
    honesty.additivity_error =
        std::abs(std::accumulate(attribution.values.begin(), attribution.values.end(), attribution.base) - attribution.answer);
  if (!attribution.standard_errors.empty()) honesty.largest_standard_error = std::ranges::max(attribution.standard_errors);
  if (question.until_error > 0) {
    if (method.sampled) honesty.reached = honesty.largest_standard_error <= question.until_error;
    else if (method.additive) honesty.reached = honesty.additivity_error <= question.until_error;
  }
  return honesty;
}

}  // namespace upkeep::explain
