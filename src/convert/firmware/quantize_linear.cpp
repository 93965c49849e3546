// Floats to integers and back, with one scale for all:   integer = saturate(round(x / scale) + zero point), halves to even.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void expect_one_scale(const Operation& operation) {
  if (operation.input(1).count() != 1) throw not_written("a scale for each channel");
}

void write_quantize(Operation& operation, Code& code) {
  expect_one_scale(operation);
  const std::string type = operation.type();
  code.loop("i", operation.input(0).count());
  code.line(
      upkeep::format("const float steps = std::nearbyint(x0[i] / x1[0]){};", operation.input(2) ? " + static_cast<float>(x2[0])" : ""));
  code.line(upkeep::format("y0[i] = to_integer<{}>(steps);", type));
  code.close();
}

void write_dequantize(Operation& operation, Code& code) {
  expect_one_scale(operation);
  const std::string zero = operation.input(2) ? " - static_cast<std::int32_t>(x2[0])" : "";
  code.loop("i", operation.input(0).count());
  code.line(upkeep::format("y0[i] = static_cast<float>(static_cast<std::int32_t>(x0[i]){}) * x1[0];", zero));
  code.close();
}

void write_conversion(Operation& operation, Code& code) {
  return operation.op() == "QuantizeLinear" ? write_quantize(operation, code) : write_dequantize(operation, code);
}

}  // namespace

void add_quantize_linear(OperatorCatalog& catalog) {
  catalog.add({.name = "QuantizeLinear",
               .aliases = {"DequantizeLinear"},
               .help = "floats to integers and back, with one scale for all",
               .write = write_conversion});
}

}  // namespace upkeep::firmware
