// Split: sizes are an input since 13; since 18 a split without sizes says in how many parts, and the last one may be smaller.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void split_sizes_to_input(Step& step) {
  const auto sizes = step.attribute<std::vector<std::int64_t>>("split", {});
  step.erase("split");
  if (!sizes.empty()) step.set_input(1, step.ints(sizes));
}

static void split_sizes_to_attribute(Step& step) {
  if (!step.has(1)) return;
  step.set("split", step.integers(1, "sizes"));
  step.node.inputs.resize(1);
}

static void say_how_many_parts(Step& step) {
  if (!step.has(1)) step.set("num_outputs", static_cast<std::int64_t>(step.node.outputs.size()));
}

static void say_sizes_of_unequal_parts(Step& step) {
  if (!step.has_attribute("num_outputs")) return;
  const auto parts = step.attribute<std::int64_t>("num_outputs", 1);
  const auto dims = step.dims(0);
  std::vector<std::int64_t> axis{step.attribute<std::int64_t>("axis", 0)};
  count_from_front(step, axis, step.rank(0));
  if (!dims || axis[0] < 0 || axis[0] >= static_cast<std::int64_t>(dims->size()) || !(*dims)[static_cast<std::size_t>(axis[0])].known())
    step.refuse("parts without sizes are equal there, and the size of \"" + step.input(0) + "\" is not known");
  const std::int64_t whole = (*dims)[static_cast<std::size_t>(axis[0])].value;
  step.erase("num_outputs");
  if (parts < 1) step.refuse("it has no parts");
  if (whole % parts == 0) return;
  const std::int64_t size = (whole + parts - 1) / parts;
  std::vector<std::int64_t> sizes;
  for (std::int64_t left = whole; std::ssize(sizes) < parts; left -= sizes.back()) sizes.push_back(std::min(size, left));
  step.set_input(1, step.ints(sizes));
}

void add_split(AdapterCatalog& catalog) {
  catalog.add({.name = "split",
               .help = "Split: sizes are an input since 13; since 18 the number of parts is said, and the last one may be smaller",
               .changes = {{{"Split"}, 13, split_sizes_to_input, split_sizes_to_attribute},
                           {{"Split"}, 18, say_how_many_parts, say_sizes_of_unequal_parts}}});
}

}  // namespace upkeep::opsets
