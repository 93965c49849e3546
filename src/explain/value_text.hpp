// What a row has in a feature, for people.
#pragma once

#include <string>

#include "base/json.hpp"
#include "explain/features.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::explain {

// Of one row of all inputs. A scalar as it is ("25.3", "paris", "missing"); else how many elements the feature has, and their mean.
std::string value_text(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature);
// A number or a text of a scalar feature, null where it is missing and of features of several elements.
Json value_json(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature);
// The number of a scalar feature, the mean of the elements of others; NaN of texts.
double value_number(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature);

// "+0.5032", "-12.4", "0": four significant digits.
std::string signed_number(double value);

}  // namespace upkeep::explain
