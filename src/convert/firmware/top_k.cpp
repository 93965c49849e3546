// The k largest (or smallest) along an axis with their places, in order; of equal ones the first.
//
// By k passes over the axis: each finds the best of those that come after the last one found. No memory, and k is small.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_top_k(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::int64_t k = operation.ints(1).at(0);
  const std::size_t axis = operation.axis("axis", -1, x.rank());
  const char* better = operation.attribute<std::int64_t>("largest", 1) != 0 ? ">" : "<";
  const std::int64_t size = x.shape[axis];
  const std::int64_t stride = row_major(x.shape)[axis];
  Shape taken = x.shape;
  taken[axis] = k;
  Shape others = x.shape;
  others[axis] = 1;
  if (k == 0) return;
  write_loops(code, others, {walk_of(x.shape), walk_of(taken)}, [&](const auto& at) {
    code.line(upkeep::format("std::size_t last = {};", size));
    code.loop("t", k);
    code.line(upkeep::format("std::size_t best = {};", size));
    code.loop("c", size);
    code.line(upkeep::format("const {} v = x0[{} + c * {}];", type_name(x.dtype), at[0], stride));
    code.line(upkeep::format("const {0} before = last < {1} ? x0[{2} + last * {3}] : v;", type_name(x.dtype), size, at[0], stride));
    code.line(upkeep::format("const bool open = last == {} || before {} v || (before == v && c > last);", size, better));
    code.line(upkeep::format("if (open && (best == {} || v {} x0[{} + best * {}])) best = c;", size, better, at[0], stride));
    code.close();
    code.line(upkeep::format("if (best == {}) best = t;", size));  // numbers that are none compare with nothing
    if (operation.output(0)) code.line(upkeep::format("y0[{0} + t * {1}] = x0[{2} + best * {1}];", at[1], stride, at[0]));
    if (operation.output(1)) code.line(upkeep::format("y1[{} + t * {}] = static_cast<std::int64_t>(best);", at[1], stride));
    code.line("last = best;");
    code.close();
  });
}

}  // namespace

void add_top_k(OperatorCatalog& catalog) {
  catalog.add({.name = "TopK", .aliases = {}, .help = "the largest or smallest along an axis, with their places", .write = write_top_k});
}

}  // namespace upkeep::firmware
