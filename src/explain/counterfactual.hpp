// The nearest rows to which the model answers something else: "what would have to be different".
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "explain/subject.hpp"

namespace upkeep::explain {

struct CounterfactualOptions {
  // What the answer should become: a number of the explained element within [low, high]; where neither is given, another decision: another
  // likeliest class, the other side of a binary output's threshold.
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::vector<std::string> unchangeable = {};  // features
  std::int64_t count = 3;                      // rows, which change different features
  std::int64_t starts = 10;                    // reference rows that changes are taken from
  std::int64_t rows = 1000;                    // reference rows at most, drawn by seed
  std::uint64_t seed = 0;
};

struct Counterfactual {
  Tensors row;                       // [1, ...] of every input
  std::vector<std::size_t> changed;  // features
  double answer = 0;                 // of the explained element
  std::string decision;              // the class; empty of numbers
  double distance = 0;               // to the row: of each changed number its change in standard deviations, 1 of anything else, summed
  double to_reference = 0;           // distance to the nearest reference row
  double usual_to_reference = 0;     // the median of the reference rows' own: a plausible row has no larger one
};

// In the manner of NICE (Brughmans et al. 2024): values are taken from the nearest reference rows that have the wanted answer, one feature
// at a time and the most useful first; then what is not needed is put back, and numbers go back towards the row's own as far as the answer
// stays. So every value lies between the row's and a real one. The nearest first; fewer than asked where there are no more, none where no
// reference row's values lead there. Throws Error{kInvalidArgument}: no reference rows, unknown features, a number without a goal.
std::vector<Counterfactual> counterfactuals(const Subject& subject, const Tensors& row, std::int64_t element, const Tensors& reference,
                                            const CounterfactualOptions& options);
Json to_json(const Counterfactual& counterfactual, const Subject& subject, const Tensors& row);

}  // namespace upkeep::explain
