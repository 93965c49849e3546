// Parts side by side along an axis.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_concat(Operation& operation, Code& code) {
  const Operand y = operation.output(0);
  const std::size_t axis = operation.axis("axis", 0, y.rank());
  const std::vector<std::int64_t> strides = row_major(y.shape);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < operation.input_count(); ++i) {
    const Operand part = operation.input(i);
    write_loops(code, part.shape, {walk_of(part.shape), {.begin = begin * strides[axis], .strides = strides}},
                [&](const auto& at) { code.line(upkeep::format("y0[{}] = {}[{}];", at[1], part.name, at[0])); });
    begin += part.shape[axis];
  }
}

}  // namespace

void add_concat(OperatorCatalog& catalog) {
  catalog.add({.name = "Concat", .aliases = {}, .help = "parts side by side", .write = write_concat});
}

}  // namespace upkeep::firmware
