// From one element type to another. A float that does not fit the integer becomes the nearest one that does (C++ leaves it undefined).

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

bool floats_of(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

void write_cast(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const DType to = operation.dtype();
  code.loop("i", x.count());
  if (to == DType::kBool) code.line(upkeep::format("y0[i] = x0[i] != {};", literal(0, x.dtype)));
  else if (floats_of(x.dtype) && !floats_of(to)) code.line(upkeep::format("y0[i] = to_integer<{}>(x0[i]);", operation.type()));
  else code.line(upkeep::format("y0[i] = static_cast<{}>(x0[i]);", operation.type()));
  code.close();
}

}  // namespace

void add_cast(OperatorCatalog& catalog) {
  catalog.add({.name = "Cast", .aliases = {"CastLike"}, .help = "to another element type", .write = write_cast});
}

}  // namespace upkeep::firmware
