// x[start:end:step] along some axes, by NumPy's rules; a step may go backwards.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// The first element that is taken. The number of them is known from the output.
std::int64_t first_taken(std::int64_t start, std::int64_t size, std::int64_t step) {
  if (start < 0) start += size;
  return step > 0 ? std::clamp<std::int64_t>(start, 0, size) : std::clamp<std::int64_t>(start, 0, size - 1);
}

void write_slice(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::vector<std::int64_t> starts = operation.ints(1);
  Walk from = walk_of(x.shape);
  const std::vector<std::int64_t> strides = from.strides;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = operation.input(3) ? front_axis(operation.ints(3).at(i), x.rank()) : i;
    const std::int64_t step = operation.input(4) ? operation.ints(4).at(i) : 1;
    from.begin += first_taken(starts[i], x.shape.at(axis), step) * strides[axis];
    from.strides[axis] = step * strides[axis];
  }
  const Shape& shape = operation.output(0).shape;
  write_loops(code, shape, {from, walk_of(shape)}, [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}];", at[1], at[0])); });
}

}  // namespace

void add_slice(OperatorCatalog& catalog) {
  catalog.add({.name = "Slice", .aliases = {}, .help = "a regular part of a tensor", .write = write_slice});
}

}  // namespace upkeep::firmware
