// Expand repeats axes of size 1; Tile repeats all of an axis.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_expand(Operation& operation, Code& code) {
  const Shape& shape = operation.output(0).shape;
  write_loops(code, shape, {broadcast_walk(operation.input(0).shape, shape), walk_of(shape)},
              [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}];", at[1], at[0])); });
}

// An axis of n elements repeated r times is two axes, [r, n], of which x has the second.
void write_tile(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::vector<std::int64_t> strides = row_major(x.shape);
  const std::vector<std::int64_t> repeats = operation.ints(1);
  Shape dims;
  Walk from;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    dims.insert(dims.end(), {repeats.at(i), x.shape[i]});
    from.strides.insert(from.strides.end(), {0, strides[i]});
  }
  write_loops(code, dims, {from, walk_of(dims)}, [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}];", at[1], at[0])); });
}

void write_expand_or_tile(Operation& operation, Code& code) {
  return operation.op() == "Tile" ? write_tile(operation, code) : write_expand(operation, code);
}

}  // namespace

void add_expand(OperatorCatalog& catalog) {
  catalog.add({.name = "Expand", .aliases = {"Tile"}, .help = "repeats along axes", .write = write_expand_or_tile});
}

}  // namespace upkeep::firmware
