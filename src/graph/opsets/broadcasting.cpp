// Max, Min, Mean and Sum broadcast since 8, which also brought Expand; Pow takes a power of another type since 12.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static bool same_size(const Dim& a, const Dim& b) { return a == b && (a.known() || !a.symbol.empty()); }

static bool all_of_one_shape(const Step& step) {
  const std::optional<Dims> first = step.dims(0);
  for (std::size_t i = 1; i < step.node.inputs.size(); ++i) {
    const std::optional<Dims> other = step.dims(i);
    if (!first || !other || !std::ranges::equal(*first, *other, same_size)) return false;
  }
  return true;
}

// The shape that all inputs are broadcast to. Refuses where sizes are not known.
static Dims broadcast_shape(const Step& step) {
  Dims made;
  for (std::size_t i = 0; i < step.node.inputs.size(); ++i) {
    const std::optional<Dims> dims = step.dims(i);
    if (!dims) step.refuse("it does not broadcast there, and the shape of \"" + step.input(i) + "\" is not known");
    if (dims->size() > made.size()) made.insert(made.begin(), dims->size() - made.size(), Dim(1));
    const std::size_t first = made.size() - dims->size();
    for (std::size_t k = 0; k < dims->size(); ++k) {
      Dim& into = made[first + k];
      if ((*dims)[k].value == 1 || same_size((*dims)[k], into)) continue;
      if (into.value != 1) step.refuse("it does not broadcast there, and sizes of \"" + step.input(i) + "\" are not known");
      into = (*dims)[k];
    }
  }
  return made;
}

// max(a, b) of tensors that are repeated to one shape first.
static void repeat_to_one_shape(Step& step) {
  const Dims shape = broadcast_shape(step);
  for (std::size_t i = 0; i < step.node.inputs.size(); ++i) {
    const Dims dims = *step.dims(i);
    const std::size_t missing = shape.size() - dims.size();
    std::vector<std::int64_t> repeats(shape.size(), 1);
    for (std::size_t k = 0; k < shape.size(); ++k) {
      if (k >= missing && dims[k - missing].value != 1) continue;
      if (!shape[k].known()) step.refuse("it does not broadcast there, and sizes of \"" + step.input(i) + "\" are not known");
      repeats[k] = shape[k].value;
    }
    std::string value = step.input(i);
    if (missing > 0) value = step.before("Unsqueeze", {value}, {{"axes", iota_axes(static_cast<std::int64_t>(missing)), {}}});
    if (std::ranges::any_of(repeats, [](std::int64_t one) { return one != 1; })) value = step.before("Tile", {value, step.ints(repeats)});
    step.node.inputs[i] = value;
  }
}

// a + b + c = (a + b) + c: Add broadcasts since 7.
static void sum_in_steps(Step& step) {
  const std::vector<std::string> terms = step.node.inputs;
  const bool mean = step.node.op == "Mean";
  const DType dtype = mean ? step.known_dtype(0) : DType::kUndefined;
  std::string total = terms[0];
  for (std::size_t i = 1; i + (mean ? 0 : 1) < terms.size(); ++i) total = step.before("Add", {total, terms[i]});
  if (mean) step.become("Div", {total, step.filled({}, static_cast<double>(terms.size()), dtype)});
  else step.become("Add", {total, terms.back()});
}

static void without_broadcasting(Step& step) {
  if (step.node.inputs.size() < 2 || all_of_one_shape(step)) return;
  if (step.node.op == "Sum" || step.node.op == "Mean") sum_in_steps(step);
  else repeat_to_one_shape(step);
}

// x broadcast to a shape = x * ones of that shape.
static void expand_by_product(Step& step) {
  if (!step.constant_input(1)) step.refuse("it came with set 8, and its sizes are computed by the graph");
  const auto shape = step.integers(1, "sizes");
  if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 0; }) || element_count(shape) > 1'000'000)
    step.refuse("it came with set 8, and a constant of its sizes is too large");
  const DType dtype = step.known_dtype(0);
  step.become("Mul", {step.input(0), step.filled(shape, 1, dtype)});
}

static void power_of_one_type(Step& step) {
  if (step.dtype(0) == step.dtype(1)) return;
  const DType base = step.known_dtype(0);
  step.known_dtype(1);
  step.set_input(1, step.before("Cast", {step.input(1)}, {{"to", static_cast<std::int64_t>(base), {}}}));
}

void add_broadcasting(AdapterCatalog& catalog) {
  catalog.add({.name = "broadcasting",
               .help = "Max, Min, Mean, Sum broadcast since 8, which brought Expand; Pow takes powers of another type since 12",
               .changes = {{{"Max", "Min", "Mean", "Sum"}, 8, nullptr, without_broadcasting},
                           {{"Expand"}, 8, nullptr, expand_by_product},
                           {{"Pow"}, 12, nullptr, power_of_one_type}}});
}

}  // namespace upkeep::opsets
