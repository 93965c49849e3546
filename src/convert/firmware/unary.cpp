// y = f(x), number by number.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"
#include "convert/firmware/shared/activations.hpp"

namespace upkeep::firmware {

namespace {

void write_unary(Operation& operation, Code& code) {
  const Expression& expression = *expression_of(operation.op());
  std::vector<std::optional<double>> given;
  for (const auto& [name, fallback] : expression.parameters)
    given.emplace_back(operation.attribute<float>(name, static_cast<float>(fallback)));
  const Operand x = operation.input(0);
  code.loop("i", x.count());
  code.line(upkeep::format("const {} v = x0[i];", type_name(x.dtype)));
  code.line(upkeep::format("y0[i] = {};", filled_in(expression, x.dtype, "v", given)));
  code.close();
}

}  // namespace

void add_unary(OperatorCatalog& catalog) {
  catalog.add({.name = "Unary",
               .aliases = expression_names(),
               .help = "operators of one input that work number by number: Relu, Sigmoid, Exp, Erf, ...",
               .write = write_unary,
               .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
