// Functions of one value, element by element.

#include <cmath>
#include <tuple>

#include "graph/element_types.hpp"
#include "graph/stop_gradient.hpp"
#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

using Unary = std::function<Value(Ops& ops, const Value& x)>;

OperationEntry unary(std::string name, std::string keras_class, std::vector<std::string> tensorflow, std::string help, Unary f) {
  std::vector<std::string> aliases = std::move(tensorflow);
  aliases.push_back(keras_class);
  return {.name = std::move(name),
          .aliases = std::move(aliases),
          .keras_class = std::move(keras_class),
          .help = std::move(help),
          .parameters = {called("x", {"input", "features", "a"})},
          .build = [f = std::move(f)](const Call& call) -> std::vector<Value> {
            return {elementwise(call.ops(), call.value("x"), [&](const Value& x) { return f(call.ops(), x); })};
          }};
}

// One operator, of floats.
Unary of_floats(const char* op) {
  return [op](Ops& ops, const Value& x) { return ops.node(op, {ops.cast(x, DType::kFloat32)}); };
}

Unary of_any(const char* op) {
  return [op](Ops& ops, const Value& x) { return ops.node(op, {x}); };
}

// Towards zero.
Value trunc(Ops& ops, const Value& x) {
  if (!is_floating(x.dtype())) return x;
  return ops.where(ops.less(x, 0.0F), ops.node("Ceil", {x}), ops.node("Floor", {x}));
}

Value is_finite(Ops& ops, const Value& x) {
  const Value number = ops.cast(x, DType::kFloat32);
  return ops.node("Not", {ops.node("Or", {ops.node("IsNaN", {number}), ops.node("IsInf", {number})})});
}

Unary logarithm(double base) {
  return
      [base](Ops& ops, const Value& x) { return ops.mul(ops.log(ops.cast(x, DType::kFloat32)), static_cast<float>(1 / std::log(base))); };
}

// To so many places behind the point.
std::vector<Value> rounded(const Call& call) {
  Ops& ops = call.ops();
  const auto places = call.get<std::int64_t>("decimals", 0);
  const Value step = ops.constant(std::pow(10.0F, static_cast<float>(places)));
  return {elementwise(ops, ops.cast(call.value("x"), DType::kFloat32), [&](const Value& x) {
    return places == 0 ? ops.node("Round", {x}) : ops.div(ops.node("Round", {ops.mul(x, step)}), step);
  })};
}

}  // namespace

void add_elementwise(OperationCatalog& catalog) {
  catalog.add(unary("negative", "Negative", {"math.negative", "negative"}, "-x", of_any("Neg")));
  catalog.add(unary("absolute", "Absolute", {"math.abs", "abs", "Abs"}, "|x|", of_any("Abs")));
  catalog.add(unary("square", "Square", {"math.square", "square"}, "x * x", [](Ops& ops, const Value& x) { return ops.mul(x, x); }));
  catalog.add(unary("sqrt", "Sqrt", {"math.sqrt"}, "square root", of_floats("Sqrt")));
  catalog.add(in_module("keras.src.ops.math", unary("rsqrt", "Rsqrt", {"math.rsqrt"}, "1 / square root", [](Ops& ops, const Value& x) {
                          return ops.reciprocal(ops.sqrt(ops.cast(x, DType::kFloat32)));
                        })));
  catalog.add(unary("reciprocal", "Reciprocal", {"math.reciprocal"}, "1 / x", of_floats("Reciprocal")));
  catalog.add(unary("exp", "Exp", {"math.exp"}, "e to the power of x", of_floats("Exp")));
  catalog.add(unary("expm1", "Expm1", {"math.expm1"}, "e to the power of x, less 1",
                    [](Ops& ops, const Value& x) { return ops.sub(ops.exp(ops.cast(x, DType::kFloat32)), 1.0F); }));
  catalog.add(unary("log", "Log", {"math.log"}, "natural logarithm", of_floats("Log")));
  catalog.add(unary("log1p", "Log1p", {"math.log1p"}, "natural logarithm of 1 + x",
                    [](Ops& ops, const Value& x) { return ops.log(ops.add(ops.cast(x, DType::kFloat32), 1.0F)); }));
  catalog.add(unary("sin", "Sin", {"math.sin"}, "sine", of_floats("Sin")));
  catalog.add(unary("cos", "Cos", {"math.cos"}, "cosine", of_floats("Cos")));
  catalog.add(unary("tan", "Tan", {"math.tan"}, "tangent", of_floats("Tan")));
  catalog.add(unary("arctan", "Arctan", {"math.atan"}, "the angle whose tangent is x", of_floats("Atan")));
  for (const auto& [name, keras, tensorflow, op, help] :
       std::vector<std::tuple<const char*, const char*, const char*, const char*, const char*>>{
           {"sinh", "Sinh", "math.sinh", "Sinh", "hyperbolic sine"},
           {"cosh", "Cosh", "math.cosh", "Cosh", "hyperbolic cosine"},
           {"arcsin", "Arcsin", "math.asin", "Asin", "the angle whose sine is x"},
           {"arccos", "Arccos", "math.acos", "Acos", "the angle whose cosine is x"},
           {"arcsinh", "Arcsinh", "math.asinh", "Asinh", "the number whose hyperbolic sine is x"},
           {"arccosh", "Arccosh", "math.acosh", "Acosh", "the number whose hyperbolic cosine is x"},
           {"arctanh", "Arctanh", "math.atanh", "Atanh", "the number whose hyperbolic tangent is x"},
           {"isnan", "Isnan", "math.is_nan", "IsNaN", "whether x is no number"},
           {"isinf", "Isinf", "math.is_inf", "IsInf", "whether x is infinite"}})
    catalog.add(unary(name, keras, {tensorflow}, help, of_floats(op)));
  catalog.add(unary("isfinite", "Isfinite", {"math.is_finite"}, "whether x is a finite number", is_finite));
  catalog.add(unary("trunc", "Trunc", {}, "the next whole number towards zero", trunc));
  catalog.add(unary("log2", "Log2", {}, "logarithm to base 2", logarithm(2)));
  catalog.add(unary("log10", "Log10", {}, "logarithm to base 10", logarithm(10)));
  catalog.add(unary("exp2", "Exp2", {}, "2 to the power of x",
                    [](Ops& ops, const Value& x) { return ops.exp(ops.mul(ops.cast(x, DType::kFloat32), std::log(2.0F))); }));
  catalog.add(in_module("keras.src.ops.math", unary("erf", "Erf", {"math.erf"}, "error function", of_floats("Erf"))));
  catalog.add(unary("floor", "Floor", {"math.floor", "floor"}, "the next whole number below", of_floats("Floor")));
  catalog.add(unary("ceil", "Ceil", {"math.ceil"}, "the next whole number above", of_floats("Ceil")));
  OperationEntry round = unary("round", "Round", {"math.round", "round"}, "the nearest whole number, halves to even", of_floats("Round"));
  round.parameters.push_back(made("decimals"));
  round.build = rounded;
  catalog.add(std::move(round));
  catalog.add(unary("sign", "Sign", {"math.sign", "sign"}, "-1, 0 or 1", of_any("Sign")));
  catalog.add(unary("logical_not", "LogicalNot", {"math.logical_not"}, "whether x is false",
                    [](Ops& ops, const Value& x) { return ops.node("Not", {ops.cast(x, DType::kBool)}); }));
  OperationEntry stop = in_module("keras.src.ops.core", unary("stop_gradient", "StopGradient", {}, "x itself; no gradient passes it", {}));
  stop.parameters = {called("variable", {"input"})};
  stop.build = [](const Call& call) -> std::vector<Value> { return {stop_gradient(call.ops(), call.value("variable"))}; };
  catalog.add(std::move(stop));
  catalog.add(in_module("keras.layers",
                        unary("identity", "Identity", {"identity"}, "x itself", [](Ops& ops, const Value& x) { return ops.identity(x); })));
}

}  // namespace upkeep::operations
