// Padding of axes: with a constant, with the edge, mirrored (reflect) or periodic (wrap). Negative pads crop.
//
// Every axis gets a table: which element of x is at this place of y, or -1 where it is the constant.

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

std::int64_t source_of(std::int64_t at, std::int64_t size, const std::string& mode) {
  if (at >= 0 && at < size) return at;
  if (mode == "constant") return -1;
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, size - 1);
  if (mode == "wrap") return (at % size + size) % size;
  if (mode != "reflect") throw not_written("padding with mode=" + mode);
  if (size == 1) return 0;
  const std::int64_t period = 2 * (size - 1);
  const std::int64_t inside = (at % period + period) % period;
  return inside < size ? inside : period - inside;
}

std::vector<std::int64_t> pads_in_front(const Operation& operation, std::size_t rank) {
  const std::vector<std::int64_t> given = operation.ints(1);
  std::vector<std::int64_t> axes;
  if (operation.input(3)) axes = operation.ints(3);
  for (std::size_t i = 0; axes.size() < given.size() / 2; ++i) axes.push_back(static_cast<std::int64_t>(i));
  std::vector<std::int64_t> front(rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) front[front_axis(axes[i], rank)] = given[i];
  return front;
}

// Loops over the axes that are padded; `source` collects where the element comes from.
void write_pad(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const Operand y = operation.output(0);
  const std::string mode = operation.attribute<std::string>("mode", "constant");
  const std::vector<std::int64_t> front = pads_in_front(operation, x.rank());
  const std::vector<std::int64_t> strides = row_major(x.shape);
  const std::string fill = operation.input(2) ? "x2[0]" : operation.number(0);
  for (std::size_t axis = 0; axis < y.rank(); ++axis) {
    std::vector<std::string> table;
    for (std::int64_t i = 0; i < y.shape[axis]; ++i) {
      const std::int64_t source = source_of(i - front[axis], x.shape[axis], mode);
      table.push_back(std::to_string(source < 0 ? -1 : source * strides[axis]));
    }
    code.line(upkeep::format("static constexpr std::int32_t from{}[] = {{{}}};", axis, join(table)));
  }
  code.line("std::size_t next = 0;");
  std::string source, inside;
  for (std::size_t axis = 0; axis < y.rank(); ++axis) {
    code.open(upkeep::format("for (const std::int32_t s{} : from{})", axis, axis));
    source += upkeep::format("{}s{}", axis == 0 ? "" : " + ", axis);
    inside += upkeep::format("{}s{} >= 0", axis == 0 ? "" : " && ", axis);
  }
  code.line(upkeep::format("y0[next++] = {} ? x0[static_cast<std::size_t>({})] : {};", inside, source, fill));
  code.close(static_cast<int>(y.rank()));
}

}  // namespace

void add_pad(OperatorCatalog& catalog) {
  catalog.add({.name = "Pad", .aliases = {}, .help = "constant, edge, reflect or wrap", .write = write_pad});
}

}  // namespace upkeep::firmware
