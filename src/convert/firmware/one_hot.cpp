// y[.., k, ..] is on where k is the index, off elsewhere. An index outside [-depth, depth) is on nowhere.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_one_hot(Operation& operation, Code& code) {
  const Operand index = operation.input(0);
  const Operand y = operation.output(0);
  const std::size_t axis = operation.axis("axis", -1, y.rank());
  const std::int64_t depth = y.shape[axis];
  const std::int64_t stride = row_major(y.shape)[axis];
  Walk to = walk_of(y.shape);
  to.strides.erase(to.strides.begin() + static_cast<std::ptrdiff_t>(axis));
  code.line(upkeep::format("std::fill_n(y0, {}, x2[0]);", y.count()));
  write_loops(code, index.shape, {walk_of(index.shape), to}, [&](const auto& at) {
    code.line(upkeep::format("const auto wanted = static_cast<std::int64_t>(x0[{}]);", at[0]));
    code.line(upkeep::format("const std::int64_t k = wanted < 0 ? wanted + {} : wanted;", depth));
    code.line(upkeep::format("if (k >= 0 && k < {}) y0[{} + static_cast<std::size_t>(k) * {}] = x2[1];", depth, at[1], stride));
  });
}

}  // namespace

void add_one_hot(OperatorCatalog& catalog) {
  catalog.add({.name = "OneHot", .aliases = {}, .help = "a one at the place that an index says", .write = write_one_hot});
}

}  // namespace upkeep::firmware
