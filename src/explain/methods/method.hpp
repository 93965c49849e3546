// Methods that say how much each feature of one row contributed to the model's answer. One file per method.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "explain/explanation.hpp"

namespace upkeep::explain {

// One answer to explain.
struct Question {
  const Subject& subject;
  const Tensors& row;            // [1, ...] of every input
  std::int64_t element = 0;      // of the output
  const Background& background;  // empty where the method needs none and none was given
  std::uint64_t seed = 0;
  double until_error = 0;  // sampled methods go on until the largest standard error is below this, or the budget is used up;
                           // gradient methods until the additivity error is; 0: as their settings say
};

struct MethodEntry {
  std::string name;  // "kernel-shap"
  std::vector<std::string> aliases;
  std::string help;
  Settings settings;
  bool by_gradient = false;  // needs the gradient of the model
  bool needs_background = false;
  bool additive = false;  // base + sum of values = answer
  bool sampled = false;   // by seed
  std::function<Attribution(const Question& question, const Json& settings)> explain;
};

}  // namespace upkeep::explain

namespace upkeep::explain::methods {
using MethodCatalog = Catalog<MethodEntry>;
const MethodCatalog& catalog();
}  // namespace upkeep::explain::methods
