// y = min(max(x, low), high); a bound that is not given does not bound.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_clip(Operation& operation, Code& code) {
  code.loop("i", operation.input(0).count());
  code.line(upkeep::format("{} v = x0[i];", operation.type()));
  if (operation.input(1)) code.line("if (v < x1[0]) v = x1[0];");
  if (operation.input(2)) code.line("if (v > x2[0]) v = x2[0];");
  code.line("y0[i] = v;");
  code.close();
}

}  // namespace

void add_clip(OperatorCatalog& catalog) {
  catalog.add({.name = "Clip", .aliases = {}, .help = "between two bounds", .write = write_clip, .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
