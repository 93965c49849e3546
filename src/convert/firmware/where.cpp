// y = condition ? a : b, with broadcasting.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_where(Operation& operation, Code& code) {
  const Shape& shape = operation.output(0).shape;
  std::vector<Walk> walks;
  for (std::size_t i = 0; i < 3; ++i) walks.push_back(broadcast_walk(operation.input(i).shape, shape));
  walks.push_back(walk_of(shape));
  write_loops(code, shape, std::move(walks),
              [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}] ? x1[{}] : x2[{}];", at[3], at[0], at[1], at[2])); });
}

}  // namespace

void add_where(OperatorCatalog& catalog) {
  catalog.add({.name = "Where", .aliases = {}, .help = "one of two by a condition, with broadcasting", .write = write_where});
}

}  // namespace upkeep::firmware
