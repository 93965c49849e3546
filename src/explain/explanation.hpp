// Explanations: what a method says of one row's answer, and what shows how far that can be trusted.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "explain/background.hpp"
#include "explain/subject.hpp"

namespace upkeep::explain {

// What a method says.
struct Attribution {
  std::vector<double> values;                  // by feature, in units of the answer
  std::vector<double> standard_errors;         // by feature; empty: nothing was sampled
  double answer = 0;                           // of the row
  double base = 0;                             // what the values start from: of additive methods, base + sum of values = answer
  Tensors elements = {};                       // of methods by gradients, and of images: by input, float32 of the row's shape [1, ...]
  std::map<std::string, double> figures = {};  // "steps", "r2"
  std::vector<std::string> notes = {};
};

// How far it can be trusted. NaN: not measured.
struct Honesty {
  double additivity_error = std::numeric_limits<double>::quiet_NaN();  // |base + sum of values - answer|, of additive methods
  double largest_standard_error = std::numeric_limits<double>::quiet_NaN();
  double infidelity = std::numeric_limits<double>::quiet_NaN();              // Yeh et al. 2019, of perturbations towards background rows
  double stability_over_seeds = std::numeric_limits<double>::quiet_NaN();    // mean rank correlation (Spearman) of |values|
  double stability_over_changes = std::numeric_limits<double>::quiet_NaN();  // the same under small changes of the row
  double sensitivity = std::numeric_limits<double>::quiet_NaN();             // largest |change of the values| / |values| under them
  std::int64_t evaluations = 0;                                              // rows that the model answered for this explanation
  double milliseconds = 0;
  bool reached = true;  // what `until` asked for
};

struct Explanation {
  std::string method;
  Json settings;             // of the method, all of them
  std::int64_t row = 0;      // of the table, from 0
  std::int64_t element = 0;  // of the output
  Attribution attribution;
  Honesty honesty;
};
// `rows`: the table's, for the values that the features have.
Json to_json(const Explanation& explanation, const Subject& subject, const Tensors& rows);

}  // namespace upkeep::explain
