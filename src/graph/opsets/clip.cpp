// Clip: bounds are inputs since 11.
//   bounds that are computed:  Clip(x, a, b)  ==>  Min(Max(x, a), b)

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void bounds_to_inputs(Step& step) {
  std::size_t at = 1;
  for (const char* name : {"min", "max"}) {
    if (step.has_attribute(name)) step.set_input(at, step.filled({}, step.attribute<float>(name, 0), step.known_dtype(0)));
    step.erase(name);
    ++at;
  }
}

static void bounds_to_attributes(Step& step) {
  const bool computed = (step.has(1) && !step.constant_input(1)) || (step.has(2) && !step.constant_input(2));
  const std::string x = step.input(0), low = step.input(1), high = step.input(2);
  if (computed && low.empty()) return step.become("Min", {x, high});
  if (computed && high.empty()) return step.become("Max", {x, low});
  if (computed) return step.become("Min", {step.before("Max", {x, low}), high});
  std::size_t at = 1;
  for (const char* name : {"min", "max"}) {
    if (step.has(at)) {
      const std::vector<float> bound = step.floats(at, "bounds");
      if (bound.size() != 1) step.refuse("its bounds are single numbers");
      step.set(name, bound[0]);
    }
    ++at;
  }
  step.node.inputs.resize(1);
}

void add_clip(AdapterCatalog& catalog) {
  catalog.add(
      {.name = "clip", .help = "Clip: bounds are inputs since 11", .changes = {{{"Clip"}, 11, bounds_to_inputs, bounds_to_attributes}}});
}

}  // namespace upkeep::opsets
