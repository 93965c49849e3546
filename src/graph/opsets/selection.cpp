// TopK: k is an input since 10; since 11 the smallest are found too, and may come unsorted.
//   TopK(x, largest = 0)  ==>  -TopK(-x)
// Scatter is called ScatterElements since 11; both Scatters reduce by "max" and "min" since 18.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void k_to_input(Step& step) {
  step.set_input(1, step.ints({step.attribute<std::int64_t>("k", 0)}));
  step.erase("k");
}

static void k_to_attribute(Step& step) {
  const auto k = step.integers(1, "numbers");
  if (k.size() != 1) step.refuse("k is one number");
  step.set("k", k[0]);
  step.node.inputs.resize(1);
}

static void only_the_largest(Step& step) {
  const bool largest = step.attribute<std::int64_t>("largest", 1) != 0;
  step.erase("largest");
  step.erase("sorted");  // "unsorted" allows any order
  if (largest) return;
  step.set_input(0, step.before("Neg", {step.input(0)}));
  if (!step.has_output(0)) return;
  const std::string values = step.node.outputs[0];
  const std::string negative = step.under(0);
  step.after("Neg", {negative}, values);
}

static void scatter_by_its_new_name(Step& step) { step.node.op = "ScatterElements"; }

static void scatter_by_its_old_name(Step& step) {
  std::vector<std::int64_t> axis{step.attribute<std::int64_t>("axis", 0)};
  count_from_front(step, axis, step.rank(0));
  step.set("axis", axis[0]);
  step.node.op = "Scatter";
}

static void no_extremes(Step& step) {
  const auto reduction = step.attribute<std::string>("reduction", "none");
  if (reduction == "max" || reduction == "min") step.refuse("it has no reduction \"" + reduction + "\" there");
}

void add_selection(AdapterCatalog& catalog) {
  catalog.add(
      {.name = "selection",
       .help = "TopK: k is an input since 10, the smallest since 11; Scatter is ScatterElements since 11, with max and min since 18",
       .changes = {{{"TopK"}, 10, k_to_input, k_to_attribute},
                   {{"TopK"}, 11, nullptr, only_the_largest},
                   {{"Scatter"}, 11, scatter_by_its_new_name, nullptr},
                   {{"ScatterElements"}, 11, nullptr, scatter_by_its_old_name},
                   {{"ScatterElements", "ScatterND"}, 18, nullptr, no_extremes}}});
}

}  // namespace upkeep::opsets
