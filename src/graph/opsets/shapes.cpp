// Reshape takes zeros as sizes since 14, Shape gives a part since 15, DepthToSpace has a second order of channels since 11, Trilu came
// with 14.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void zeros_copy_sizes(Step& step) {
  if (step.attribute<std::int64_t>("allowzero", 0) == 0) return step.erase("allowzero");
  if (!step.constant_input(1) || std::ranges::contains(step.integers(1, "sizes"), 0))
    step.refuse("a size of 0 copies the input's size there, and \"" + step.input(1) + "\" is not known to have none");
  step.erase("allowzero");
}

// Shape(x, start, end)  ==>  Slice(Shape(x), start, end)
static void part_of_shape(Step& step) {
  const auto start = step.attribute<std::int64_t>("start", 0);
  const bool ends = step.has_attribute("end");
  const auto end = step.attribute<std::int64_t>("end", 0);
  step.erase("start");
  step.erase("end");
  if (start == 0 && !ends) return;
  const std::string part = step.node.outputs[0];
  const std::string whole = step.under(0);
  step.after("Slice", {whole, step.ints({start}), step.ints({ends ? end : std::numeric_limits<std::int64_t>::max()})}, part);
}

// [N, C * b * b, H, W] -> [N, C, b, b, H, W] -> [N, C, H, b, W, b] -> [N, C, H * b, W * b]
static void columns_before_rows(Step& step) {
  if (step.attribute<std::string>("mode", "DCR") == "DCR") return step.erase("mode");
  const std::optional<Dims> dims = step.dims(0);
  const auto block = step.attribute<std::int64_t>("blocksize", 0);
  if (!dims || dims->size() != 4 || block < 1 || !(*dims)[1].known() || !(*dims)[2].known() || !(*dims)[3].known())
    step.refuse("it has no mode \"CRD\" there, and the sizes of \"" + step.input(0) + "\" are not known");
  const std::int64_t channels = (*dims)[1].value / (block * block), height = (*dims)[2].value, width = (*dims)[3].value;
  const std::string parted = step.before("Reshape", {step.input(0), step.ints({-1, channels, block, block, height, width})});
  const std::string turned = step.before("Transpose", {parted}, {{"perm", std::vector<std::int64_t>{0, 1, 4, 2, 5, 3}, {}}});
  step.become("Reshape", {turned, step.ints({-1, channels, height * block, width * block})});
}

// Trilu(x, k)  ==>  Where(a triangle of booleans, x, 0)
static void triangle_by_where(Step& step) {
  const std::optional<Dims> dims = step.dims(0);
  if (!dims || dims->size() < 2 || !(*dims)[dims->size() - 2].known() || !dims->back().known())
    step.refuse("it came with set 14, and the sizes of \"" + step.input(0) + "\" are not known");
  const std::int64_t rows = (*dims)[dims->size() - 2].value, columns = dims->back().value;
  const auto diagonal =
      step.has(1) && step.constant_input(1) ? step.integers(1, "diagonals") : std::vector<std::int64_t>(step.has(1) ? 0 : 1);
  if (diagonal.size() != 1) step.refuse("it came with set 14, and \"" + step.input(1) + "\" is computed by the graph");
  const bool upper = step.attribute<std::int64_t>("upper", 1) != 0;
  if (rows * columns > 1'000'000) step.refuse("it came with set 14, and its triangle is too large for a constant");
  std::vector<bool> kept;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column)
      kept.push_back(upper ? column - row >= diagonal[0] : column - row <= diagonal[0]);
  const std::string triangle = step.constant(Tensor({rows, columns}, kept));
  step.become("Where", {triangle, step.input(0), step.filled({}, 0, step.known_dtype(0))});
}

void add_shapes(AdapterCatalog& catalog) {
  catalog.add({.name = "shapes",
               .help = "Reshape takes zeros since 14, Shape gives a part since 15, DepthToSpace has modes since 11, Trilu came with 14",
               .changes = {{{"Reshape"}, 14, nullptr, zeros_copy_sizes},
                           {{"Shape"}, 15, nullptr, part_of_shape},
                           {{"DepthToSpace"}, 11, nullptr, columns_before_rows},
                           {{"Trilu"}, 14, nullptr, triangle_by_where}}});
}

}  // namespace upkeep::opsets
