// y = exp(x - max) / sum of exp(x - max) along an axis, or its logarithm x - max - log(sum).

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_softmax(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::size_t axis = operation.axis("axis", -1, x.rank());
  const std::int64_t size = x.shape[axis];
  const std::int64_t stride = row_major(x.shape)[axis];
  const std::string type = operation.type();
  Shape others = x.shape;
  others[axis] = 1;
  write_loops(code, others, {walk_of(x.shape)}, [&](const auto& at) {
    const std::string place = upkeep::format("{} + t * {}", at[0], stride);
    const std::string loop = upkeep::format("for (std::size_t t = 0; t < {}; ++t)", size);
    code.line(upkeep::format("{} largest = x0[{}], sum = {};", type, at[0], operation.number(0)));
    code.line(upkeep::format("{} if (x0[{}] > largest) largest = x0[{}];", loop, place, place));
    if (operation.op() == "Softmax") {
      code.line(upkeep::format("{0} sum += y0[{1}] = std::exp(x0[{1}] - largest);", loop, place));
      code.line(upkeep::format("{} y0[{}] /= sum;", loop, place));
    } else {
      code.line(upkeep::format("{} sum += std::exp(x0[{}] - largest);", loop, place));
      code.line(upkeep::format("sum = std::log(sum);"));
      code.line(upkeep::format("{0} y0[{1}] = x0[{1}] - largest - sum;", loop, place));
    }
  });
}

}  // namespace

void add_softmax(OperatorCatalog& catalog) {
  catalog.add({.name = "Softmax",
               .aliases = {"LogSoftmax"},
               .help = "along an axis, and its logarithm",
               .write = write_softmax,
               .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
