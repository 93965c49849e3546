// A product of matrices of integers with sums in int32:   y[r, c] = sum over k of (a[r, k] - z_a) (b[k, c] - z_b)

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_matmul_integer(Operation& operation, Code& code) {
  const Operand a = operation.input(0), b = operation.input(1);
  if (b.rank() != 2 || a.rank() < 2) throw not_written("stacked matrices");
  for (std::size_t i = 2; i < 4; ++i)
    if (operation.input(i) && operation.input(i).count() != 1) throw not_written("a zero point for each row or column");
  const std::int64_t depth = b.shape[0], columns = b.shape[1], rows = a.count() / depth;
  const std::string zero_a = operation.input(2) ? " - static_cast<std::int32_t>(x2[0])" : "";
  const std::string zero_b = operation.input(3) ? " - static_cast<std::int32_t>(x3[0])" : "";
  code.line(upkeep::format("std::fill_n(y0, {}, 0);", operation.output(0).count()));
  code.loop("r", rows);
  code.loop("k", depth);
  code.line(upkeep::format("const std::int32_t a = static_cast<std::int32_t>(x0[r * {} + k]){};", depth, zero_a));
  code.loop("c", columns);
  code.line(upkeep::format("y0[r * {0} + c] += a * (static_cast<std::int32_t>(x1[k * {0} + c]){1});", columns, zero_b));
  code.close(3);
}

}  // namespace

void add_matmul_integer(OperatorCatalog& catalog) {
  catalog.add({.name = "MatMulInteger", .aliases = {}, .help = "products of integers with sums in int32", .write = write_matmul_integer});
}

}  // namespace upkeep::firmware
