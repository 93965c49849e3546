// a + b and its like, broadcast as NumPy does, in the type in which Keras computes. Integers are divided as floats, and floor_divide and
// mod follow the sign of the divisor.

#include "graph/element_types.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/integer_arithmetic.hpp"

namespace upkeep::operations {
namespace {

using Binary = Value (*)(Ops& ops, const Value& a, const Value& b);

Value floor_divide(Ops& ops, const Value& a, const Value& b) {
  return is_floating(a.dtype()) ? ops.node("Floor", {ops.div(a, b)}) : layers::floor_quotient(ops, a, b);
}

// Of floats C's remainder, which has the sign of a, and b more where the signs differ.
Value mod(Ops& ops, const Value& a, const Value& b) {
  if (!is_floating(a.dtype())) return ops.node("Mod", {a, b});
  const Value rest = ops.node("Mod", {a, b}, {{"fmod", std::int64_t{1}}});
  const Value other_sign = ops.less(ops.mul(ops.sign(rest), ops.sign(b)), 0.0F);
  return ops.where(other_sign, ops.add(rest, b), rest);
}

Value power(Ops& ops, const Value& a, const Value& b) { return is_floating(a.dtype()) ? ops.pow(a, b) : layers::integer_power(ops, a, b); }

Value float_quotient(Ops& ops, const Value& a, const Value& b) { return ops.div(a, b); }

Value squared_difference(Ops& ops, const Value& a, const Value& b) {
  const Value difference = ops.sub(a, b);
  return ops.mul(difference, difference);
}

// Keras's type, where it is not that of the values.
using Type = DType (*)(DType common);
DType same_type(DType type) { return type; }
DType number_type(DType type) { return type == DType::kBool ? DType::kInt32 : type; }

// TensorFlow divides integers of 32 bits and more as float64, Keras 3 as float32.
OperationEntry of_quotients(OperationEntry entry) {
  entry.parameters.push_back(tensorflow_integers());
  entry.from_tensorflow = [](Json& arguments) { arguments["integers"] = "float64"; };
  return entry;
}

DType answered_type(const Call& call, DType of_values, Type type) {
  const bool tensorflow = call.has("integers") && is_integer_type(of_values) && size_bits(of_values) >= 32;
  return tensorflow ? dtype_from_string(call.get<std::string>("integers", "")) : type(of_values);
}

OperationEntry binary(std::string name, std::string keras_class, std::vector<std::string> tensorflow, std::string help, Binary f,
                      Type type = same_type, Numbers numbers = Numbers::kWeak) {
  std::vector<std::string> aliases = std::move(tensorflow);
  if (!keras_class.empty()) aliases.push_back(keras_class);
  return {.name = std::move(name),
          .aliases = std::move(aliases),
          .keras_class = std::move(keras_class),
          .help = std::move(help),
          .parameters = {called("x1", {"x", "a"}), called("x2", {"y", "b"})},
          .build = [f, type, numbers](const Call& call) -> std::vector<Value> {
            Ops& ops = call.ops();
            const auto [a, b] = call.pair("x1", "x2", numbers);
            return {elementwise(ops, a, b, [&](const Value& x, const Value& y) {
              return layers::in_type(ops, x, y, answered_type(call, x.dtype(), type),
                                     [&](const Value& p, const Value& q) { return f(ops, p, q); });
            })};
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
  catalog.add(of_quotients(
      binary("true_divide", "TrueDivide", {"math.truediv", "__operators__.truediv"}, "x1 / x2", float_quotient, layers::floating_type)));
  catalog.add(of_quotients(binary("divide", "Divide", {"math.divide"}, "x1 / x2", float_quotient, layers::floating_type)));
  catalog.add(
      binary("floor_divide", "FloorDivide", {"math.floordiv", "__operators__.floordiv", "compat.v1.floor_div"}, "x1 // x2", floor_divide));
  catalog.add(binary("mod", "Mod", {"math.floormod", "math.mod", "__operators__.mod"}, "x1 % x2", mod, number_type, Numbers::kStrong));
  catalog.add(binary("power", "Power", {"math.pow", "pow", "__operators__.pow"}, "x1 to the power of x2", power));
  catalog.add(binary("maximum", "Maximum", {"math.maximum", "maximum"}, "the larger of x1 and x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.max(a, b); }));
  catalog.add(binary("minimum", "Minimum", {"math.minimum", "minimum"}, "the smaller of x1 and x2",
                     [](Ops& ops, const Value& a, const Value& b) { return ops.min(a, b); }));
  catalog.add(binary("squared_difference", "", {"math.squared_difference"}, "(x1 - x2) squared", squared_difference));
}

}  // namespace upkeep::operations
