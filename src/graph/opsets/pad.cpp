// Pad: pads and value are inputs since 11, axes can be chosen since 18, the mode "wrap" came with 19.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void pads_to_inputs(Step& step) {
  const auto value = step.attribute<float>("value", 0);
  const bool constant = step.attribute<std::string>("mode", "constant") == "constant";
  step.set_input(1, step.ints(step.attribute<std::vector<std::int64_t>>("pads", {})));
  if (constant && value != 0) step.set_input(2, step.filled({}, value, step.known_dtype(0)));
  step.erase("pads");
  step.erase("value");
}

static void pads_to_attributes(Step& step) {
  step.set("pads", step.integers(1, "pads"));
  if (step.has(2)) {
    const std::vector<float> value = step.floats(2, "value");
    if (value.size() != 1) step.refuse("its value is one number there");
    step.set("value", value[0]);
  }
  step.node.inputs.resize(1);
}

// Before 18, there is a number for each side of every axis.
static void pad_every_axis(Step& step) {
  if (!step.has(3)) return;
  const std::int64_t rank = step.known_rank(0);
  const auto axes_given = step.integers(3, "axes"), pads = step.integers(1, "pads");
  auto axes = axes_given;
  count_from_front(step, axes, rank);
  if (pads.size() != 2 * axes.size())
    step.refuse("it has " + std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) + " axes");
  std::vector<std::int64_t> all(static_cast<std::size_t>(2 * rank), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] < 0 || axes[i] >= rank) step.refuse("it has no axis " + std::to_string(axes_given[i]));
    all[static_cast<std::size_t>(axes[i])] = pads[i];
    all[static_cast<std::size_t>(axes[i] + rank)] = pads[i + axes.size()];
  }
  step.set_input(1, step.ints(all));
  step.set_input(3, "");
}

static void no_wrapping(Step& step) {
  if (step.attribute<std::string>("mode", "constant") == "wrap") step.refuse("it has no mode \"wrap\" there");
}

void add_pad(AdapterCatalog& catalog) {
  catalog.add({.name = "pad",
               .help = "Pad: pads and value are inputs since 11, axes can be chosen since 18, mode \"wrap\" since 19",
               .changes = {{{"Pad"}, 11, pads_to_inputs, pads_to_attributes},
                           {{"Pad"}, 18, nullptr, pad_every_axis},
                           {{"Pad"}, 19, nullptr, no_wrapping}}});
}

}  // namespace upkeep::opsets
