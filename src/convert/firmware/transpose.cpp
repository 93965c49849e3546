// y[i_0, i_1, ...] = x, whose axis perm[k] runs with i_k.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_transpose(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  std::vector<std::int64_t> backwards;
  for (std::size_t i = x.rank(); i-- > 0;) backwards.push_back(static_cast<std::int64_t>(i));
  const std::vector<std::int64_t> strides = row_major(x.shape);
  Walk from;
  for (const std::int64_t axis : operation.attribute("perm", backwards)) from.strides.push_back(strides[front_axis(axis, x.rank())]);
  const Shape& shape = operation.output(0).shape;
  write_loops(code, shape, {from, walk_of(shape)}, [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}];", at[1], at[0])); });
}

}  // namespace

void add_transpose(OperatorCatalog& catalog) {
  catalog.add({.name = "Transpose", .aliases = {}, .help = "axes in another order", .write = write_transpose});
}

}  // namespace upkeep::firmware
