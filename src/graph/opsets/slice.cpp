// Slice: begins, ends and axes are inputs since 10, with steps; axes counted from the back since 11.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void slice_to_inputs(Step& step) {
  std::size_t at = 1;
  for (const char* name : {"starts", "ends", "axes"}) {
    if (step.has_attribute(name)) step.set_input(at, step.ints(step.attribute<std::vector<std::int64_t>>(name, {})));
    step.erase(name);
    ++at;
  }
}

static void slice_to_attributes(Step& step) {
  if (step.has(4))
    for (const std::int64_t stride : step.integers(4, "steps"))
      if (stride != 1) step.refuse("it has no steps there");
  step.set("starts", step.integers(1, "starts"));
  step.set("ends", step.integers(2, "ends"));
  if (step.has(3)) step.set("axes", step.integers(3, "axes"));
  step.node.inputs.resize(1);
}

static void slice_axes_from_front(Step& step) {
  if (!step.constant_input(3)) return;
  auto axes = step.integers(3, "axes");
  if (std::ranges::all_of(axes, [](std::int64_t axis) { return axis >= 0; })) return;
  count_from_front(step, axes, step.rank(0));
  const Tensor made({static_cast<std::int64_t>(axes.size())}, axes);
  step.set_input(3, step.constant(made.cast(step.constant_input(3)->dtype())));
}

void add_slice(AdapterCatalog& catalog) {
  catalog.add({.name = "slice",
               .help = "Slice: begins, ends and axes are inputs since 10, with steps; axes counted from the back since 11",
               .changes = {{{"Slice"}, 10, slice_to_inputs, slice_to_attributes}, {{"Slice"}, 11, nullptr, slice_axes_from_front}}});
}

}  // namespace upkeep::opsets
