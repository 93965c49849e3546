// Constraints: what the values of a weight are brought back to after each update. Keras's names, defaults and formulas.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::constraints {

// Changes the values, row-major, in place.
using Constraint = std::function<void(const Shape& shape, std::span<float> values)>;

struct ConstraintEntry {
  std::string name;                  // "max_norm"
  std::vector<std::string> aliases;  // "MaxNorm"
  std::string help;
  Settings settings;
  std::function<Constraint(const Json& settings)> make;
};
using ConstraintCatalog = Catalog<ConstraintEntry>;
const ConstraintCatalog& catalog();

// From a layer's setting: "max_norm", "max_norm:max_value=3", or {"class_name": "MaxNorm", "config": {"max_value": 3, "axis": 0}}.
// Throws Error{kInvalidArgument}: no such constraint or setting. Calling it throws when the weight has no such axis.
Constraint make(const Json& constraint);

}  // namespace upkeep::constraints
