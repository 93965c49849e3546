// Dropout: the mask is of booleans since 10; since 12 the ratio is an input, a further input says whether
// the model is training, and the mask is of ones where it is not.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void mask_of_type(Step& step, DType dtype) {
  if (!step.has_output(1)) return;
  const std::string mask = step.node.outputs[1];
  const std::string inner = step.under(1);
  step.after("Cast", {inner}, mask, {{"to", static_cast<std::int64_t>(dtype), {}}});
}

static void mask_of_numbers(Step& step) { mask_of_type(step, step.has_output(1) ? step.known_dtype(0) : DType::kBool); }
static void mask_of_booleans(Step& step) { mask_of_type(step, DType::kBool); }

static void ratio_to_input(Step& step) {
  if (!step.has_attribute("ratio")) return;
  step.set_input(1, step.constant(Tensor::scalar(step.attribute<float>("ratio", 0.5F))));
  step.erase("ratio");
}

// Where nothing is dropped, the mask is of ones since 12; before, nothing is said of it. Not(b xor b) is true for every b.
static void mask_of_ones(Step& step) {
  if (!step.has_output(1)) return;
  const std::string x = step.input(0), mask = step.node.outputs[1];
  step.node.outputs.resize(1);
  const std::string any = step.before("Cast", {x}, {{"to", static_cast<std::int64_t>(DType::kBool), {}}});
  step.after("Not", {step.before("Xor", {any, any})}, mask);
}

static void ratio_to_attribute(Step& step) {
  const bool known = !step.has(2) || step.constant_input(2);
  if (!known || (step.has(2) && step.integers(2, "modes") != std::vector<std::int64_t>{0}))
    step.refuse("it cannot be told there that the model is training");
  if (const Tensor* ratio = step.constant_input(1);
      ratio && ratio->size() == 1) {  // one that is computed says nothing where nothing is dropped
    const Tensor number = ratio->cast(DType::kFloat32);
    step.set("ratio", number.floats()[0]);
  }
  step.erase("seed");
  step.node.inputs.resize(1);
  mask_of_ones(step);
}

void add_dropout(AdapterCatalog& catalog) {
  catalog.add({.name = "dropout",
               .help = "Dropout: its mask is of booleans since 10, ratio and training are inputs since 12",
               .changes = {{{"Dropout"}, 10, mask_of_numbers, mask_of_booleans}, {{"Dropout"}, 12, ratio_to_input, ratio_to_attribute}}});
}

}  // namespace upkeep::opsets
