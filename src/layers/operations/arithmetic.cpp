// a + b and its like, broadcast as NumPy does. Integers are divided as floats, and floor_divide and mod follow the sign of the divisor.

#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

using Binary = Value (*)(Ops& ops, const Value& a, const Value& b);

Value floor_divide(Ops& ops, const Value& a, const Value& b) {
  const Value quotient = ops.node("Floor", {ops.div(ops.cast(a, DType::kFloat32), ops.cast(b, DType::kFloat32))});
  return ops.cast(quotient, a.dtype());
}

Value true_divide(Ops& ops, const Value& a, const Value& b) { return ops.div(ops.cast(a, DType::kFloat32), ops.cast(b, DType::kFloat32)); }

// a - b floor(a / b)
Value mod(Ops& ops, const Value& a, const Value& b) { return ops.sub(a, ops.mul(b, floor_divide(ops, a, b))); }

Value squared_difference(Ops& ops, const Value& a, const Value& b) {
  const Value difference = ops.sub(a, b);
  return ops.mul(difference, difference);
}

OperationEntry binary(std::string name, std::string keras_class, std::vector<std::string> tensorflow, std::string help, Binary f) {
  std::vector<std::string> aliases = std::move(tensorflow);
  if (!keras_class.empty()) aliases.push_back(keras_class);
  return {.name = std::move(name),
          .aliases = std::move(aliases),
          .keras_class = std::move(keras_class),
          .help = std::move(help),
          .parameters = {called("x1", {"x", "a"}), called("x2", {"y", "b"})},
          .build = [f](const Call& call) -> std::vector<Value> {
            const auto [a, b] = call.pair("x1", "x2");
            return {elementwise(call.ops(), a, b, [&](const Value& x, const Value& y) { return f(call.ops(), x, y); })};
          }};
}

}  // namespace

void add_arithmetic(OperationCatalog& catalog) {
  catalog.add(binary("add", "Add", {"__operators__.add", "math.add", "add"}, "x1 + x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.add(a, b); }));
  catalog.add(binary("subtract", "Subtract", {"math.subtract", "subtract", "__operators__.sub"}, "x1 - x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.sub(a, b); }));
  catalog.add(binary("multiply", "Multiply", {"math.multiply", "multiply", "__operators__.mul"}, "x1 * x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.mul(a, b); }));
  catalog.add(binary("true_divide", "TrueDivide", {"math.truediv", "__operators__.truediv"}, "x1 / x2", true_divide));
  catalog.add(binary("divide", "Divide", {"math.divide"}, "x1 / x2", true_divide));
  catalog.add(binary("floor_divide", "FloorDivide", {"math.floordiv", "__operators__.floordiv"}, "x1 // x2", floor_divide));
  catalog.add(binary("mod", "Mod", {"math.floormod", "math.mod", "__operators__.mod"}, "x1 % x2", mod));
  catalog.add(binary("power", "Power", {"math.pow", "pow", "__operators__.pow"}, "x1 to the power of x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.pow(a, b); }));
  catalog.add(binary("maximum", "Maximum", {"math.maximum", "maximum"}, "the larger of x1 and x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.max(a, b); }));
  catalog.add(binary("minimum", "Minimum", {"math.minimum", "minimum"}, "the smaller of x1 and x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.min(a, b); }));
  catalog.add(binary("squared_difference", "", {"math.squared_difference"}, "(x1 - x2) squared", squared_difference));
}

}  // namespace upkeep::operations
