// Softmax, LogSoftmax, Hardmax: over everything from the axis on, 1 by default, before 13; over the axis alone, the last by default, since.
//   up:    y = Reshape(Softmax(Flatten(x, axis), axis = -1), Shape(x))
//   down:  y = Transpose(Softmax(Transpose(x), axis = last))
// Neither is needed where all sizes behind the axis are 1.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static bool ends_with_axis(const Step& step, std::int64_t axis) {
  const std::optional<Dims> dims = step.dims(0);
  if (!dims) return axis == -1;
  for (auto i = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(dims->size()) : axis) + 1; i < dims->size(); ++i)
    if ((*dims)[i].value != 1) return false;
  return true;
}

static void over_one_axis(Step& step) {
  const auto axis = step.attribute<std::int64_t>("axis", 1);
  if (ends_with_axis(step, axis)) return step.set("axis", axis);
  const std::string shape = step.before("Shape", {step.input(0)});
  step.set_input(0, step.before("Flatten", {step.input(0)}, {{"axis", axis, {}}}));
  step.set("axis", std::int64_t{-1});
  const std::string output = step.node.outputs[0];
  const std::string flat = step.under(0);
  step.after("Reshape", {flat, shape}, output);
}

static void over_the_rest(Step& step) {
  std::vector<std::int64_t> axis{step.attribute<std::int64_t>("axis", -1)};
  if (ends_with_axis(step, axis[0])) return step.set("axis", axis[0]);
  const std::int64_t rank = step.known_rank(0);
  count_from_front(step, axis, rank);
  if (axis[0] < 0 || axis[0] >= rank) step.refuse("it has no axis " + std::to_string(axis[0]));
  std::vector<std::int64_t> swapped = iota_axes(rank);
  std::swap(swapped[static_cast<std::size_t>(axis[0])], swapped.back());
  step.set_input(0, step.before("Transpose", {step.input(0)}, {{"perm", swapped, {}}}));
  step.set("axis", rank - 1);
  const std::string output = step.node.outputs[0];
  const std::string turned = step.under(0);
  step.after("Transpose", {turned}, output, {{"perm", swapped, {}}});
}

void add_softmax(AdapterCatalog& catalog) {
  catalog.add({.name = "softmax",
               .help = "Softmax, LogSoftmax, Hardmax: over everything from the axis on before 13, over the axis alone since",
               .changes = {{{"Softmax", "LogSoftmax", "Hardmax"}, 13, over_one_axis, over_the_rest}}});
}

}  // namespace upkeep::opsets
