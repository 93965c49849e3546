// Gaussian error linear unit (Hendrycks & Gimpel 2016):   x Phi(x) = x (1 + erf(x / sqrt 2)) / 2,
// or its approximation x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.

#include <numbers>

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

void write_gelu(Operation& operation, Code& code) {
  const auto number = [&](double value) { return operation.number(value); };
  code.loop("i", operation.input(0).count());
  code.line(upkeep::format("const {} v = x0[i];", operation.type()));
  if (operation.attribute<std::string>("approximate", "none") == "tanh")
    code.line(upkeep::format("y0[i] = {} * v * ({} + std::tanh({} * (v + {} * v * v * v)));", number(0.5), number(1),
                             number(std::sqrt(2 / std::numbers::pi)), number(0.044715)));
  else code.line(upkeep::format("y0[i] = {} * v * ({} + std::erf(v * {}));", number(0.5), number(1), number(1 / std::numbers::sqrt2)));
  code.close();
}

}  // namespace

void add_gelu(OperatorCatalog& catalog) {
  catalog.add({.name = "Gelu", .aliases = {}, .help = "exact, or approximated by tanh", .write = write_gelu, .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
