// Regularizers: penalties on weights and activities, added to the loss graph.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"

namespace upkeep::regularizers {

struct RegularizerEntry {
  std::string name;                  // "l2"
  std::vector<std::string> aliases;  // "L2"
  std::string help;
  Settings settings;
  std::function<Value(Ops& ops, Value weight, const Json& settings)> penalty;  // a scalar
};
using RegularizerCatalog = Catalog<RegularizerEntry>;
const RegularizerCatalog& catalog();

// From a layer's setting: a name ("l2": Keras's 0.01), "l2:l2=0.1", or {"class_name": "L2", "config": {"l2": 0.1}}.
Value penalty(Ops& ops, Value weight, const Json& regularizer);

}  // namespace upkeep::regularizers
