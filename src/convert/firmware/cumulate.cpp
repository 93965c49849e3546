// Running sums along an axis, from either end, with the element itself or without it.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_cumsum(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::size_t axis = front_axis(operation.ints(1).at(0), x.rank());
  const bool exclusive = operation.attribute<std::int64_t>("exclusive", 0) != 0;
  const bool reverse = operation.attribute<std::int64_t>("reverse", 0) != 0;
  Walk starts = walk_of(x.shape);
  const std::int64_t stride = starts.strides[axis];
  Shape others = x.shape;
  others[axis] = 1;
  write_loops(code, others, {starts}, [&](const auto& at) {
    code.line(upkeep::format("{} sum = {};", operation.type(), operation.number(0)));
    code.loop("t", x.shape[axis]);
    code.line(upkeep::format("const std::size_t k = {} + {} * {};", at[0], reverse ? upkeep::format("({} - t)", x.shape[axis] - 1) : "t",
                             stride));
    if (exclusive) code.line("y0[k] = sum;");
    code.line(upkeep::format("sum = static_cast<{}>(sum + x0[k]);", operation.type()));
    if (!exclusive) code.line("y0[k] = sum;");
    code.close();
  });
}

}  // namespace

void add_cumulate(OperatorCatalog& catalog) {
  catalog.add({.name = "CumSum", .aliases = {}, .help = "running sums along an axis", .write = write_cumsum});
}

}  // namespace upkeep::firmware
