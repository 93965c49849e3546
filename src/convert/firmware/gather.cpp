// Rows by their number: y[.., i, ..] = x[.., index[i], ..]. A negative index counts from the end; one that is out of range is taken to the
// nearest row, for there is nobody to tell.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// x [outer, rows, inner], index [count] -> y [outer, count, inner]
void write_gather(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::size_t axis = operation.axis("axis", 0, x.rank());
  const std::int64_t rows = x.shape[axis];
  const std::int64_t inner = row_major(x.shape)[axis];
  const std::int64_t count = operation.input(1).count();
  const std::int64_t outer = rows * inner == 0 ? 0 : x.count() / (rows * inner);
  code.loop("o", outer);
  code.loop("i", count);
  code.line(upkeep::format("const std::size_t row = row_of(x1[i], {});", rows));
  code.line(upkeep::format("std::copy_n(x0 + (o * {} + row) * {}, {}, y0 + (o * {} + i) * {});", rows, inner, inner, count, inner));
  code.close(2);
}

// y[i, j] = x[index[i, j], j] for axis 0, and likewise for the others.
void write_gather_elements(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const Shape& shape = operation.output(0).shape;
  const std::size_t axis = operation.axis("axis", 0, x.rank());
  Walk from = walk_of(x.shape);
  const std::int64_t stride = std::exchange(from.strides[axis], 0);
  write_loops(code, shape, {from, walk_of(shape)}, [&](const auto& at) {
    code.line(upkeep::format("y0[{0}] = x0[{1} + row_of(x1[{0}], {2}) * {3}];", at[1], at[0], x.shape[axis], stride));
  });
}

void write_any_gather(Operation& operation, Code& code) {
  return operation.op() == "Gather" ? write_gather(operation, code) : write_gather_elements(operation, code);
}

}  // namespace

void add_gather(OperatorCatalog& catalog) {
  catalog.add({.name = "Gather", .aliases = {"GatherElements"}, .help = "rows or elements by their number", .write = write_any_gather});
}

}  // namespace upkeep::firmware
