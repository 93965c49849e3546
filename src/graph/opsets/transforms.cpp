// DFT: the axis is an input since 20, and the last but one by default; before, it is an attribute, and 1.
// Gemm: C is optional since 11. Scan: sequences of a batch, with their lengths, before 9.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void transform_axis_to_input(Step& step) {
  step.set_input(2, step.constant(Tensor::scalar(step.attribute<std::int64_t>("axis", 1))));
  step.erase("axis");
}

static void transform_axis_to_attribute(Step& step) {
  std::vector<std::int64_t> axis = step.has(2) ? step.integers(2, "axes") : std::vector<std::int64_t>{-2};
  if (axis.size() != 1) step.refuse("its axis is one number");
  step.set("axis", axis[0]);
  step.set_input(2, "");
}

static void add_zeros(Step& step) {
  if (!step.has(2)) step.set_input(2, step.filled({1}, 0, step.known_dtype(0)));
}

static void another_scan(Step& step) { step.refuse("it runs over batches of sequences before set 9, and over one since"); }

void add_transforms(AdapterCatalog& catalog) {
  catalog.add({.name = "transforms",
               .help = "DFT: its axis is an input since 20; Gemm: C is optional since 11; Scan: over batches before 9",
               .changes = {{{"DFT"}, 20, transform_axis_to_input, transform_axis_to_attribute},
                           {{"Gemm"}, 11, nullptr, add_zeros},
                           {{"Scan"}, 9, another_scan, another_scan}}});
}

}  // namespace upkeep::opsets
