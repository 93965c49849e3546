// Functions of one value, element by element.

#include <cmath>
#include <set>
#include <string>
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

// Of floats; integers and truth values are float32 there.
Unary of_floats_only(Unary f) {
  return [f = std::move(f)](Ops& ops, const Value& x) {
    return layers::in_type(ops, x, layers::floating_type(x.dtype()), [&](const Value& y) { return f(ops, y); });
  };
}
// The runtime has these for float32 alone; float64 is rounded to it on the way.
bool is_single(const std::string& op) {
  static const std::set<std::string> kSingle = {"Tan", "Atan", "Sinh", "Cosh", "Asin", "Acos", "Asinh", "Acosh", "Atanh", "Erf"};
  return kSingle.contains(op);
}

Unary of_floats_only(const char* op) {
  return of_floats_only([op](Ops& ops, const Value& x) { return ops.node(op, {is_single(op) ? ops.cast(x, DType::kFloat32) : x}); });
}

// Of any numbers, in their own type.
Unary of_any(Unary f) {
  return [f = std::move(f)](Ops& ops, const Value& x) {
    return layers::in_type(ops, x, x.dtype(), [&](const Value& y) { return f(ops, y); });
  };
}
Unary of_any(const char* op) {
  return of_any([op](Ops& ops, const Value& x) { return ops.node(op, {x}); });
}

// Whether a number is of a kind that only floats have.
Unary question(const char* op) {
  return [op](Ops& ops, const Value& x) { return ops.node(op, {ops.cast(x, layers::computed_type(layers::floating_type(x.dtype())))}); };
}

// Truth values are 0 and 1 there.
Value square(Ops& ops, const Value& x) {
  const DType type = x.dtype() == DType::kBool ? DType::kInt32 : x.dtype();
  return layers::in_type(ops, x, type, [&](const Value& y) { return ops.mul(y, y); });
}

// Towards zero.
Value trunc(Ops& ops, const Value& x) {
  if (!is_floating(x.dtype())) return x;
  return ops.where(ops.less(x, 0.0F), ops.node("Ceil", {x}), ops.node("Floor", {x}));
}

Value is_finite(Ops& ops, const Value& x) {
  return ops.node("Not", {ops.node("Or", {question("IsNaN")(ops, x), question("IsInf")(ops, x)})});
}

Unary logarithm(double base) {
  return [base](Ops& ops, const Value& x) { return ops.mul(ops.log(x), layers::number(ops, 1 / std::log(base), x.dtype())); };
}

// To so many places behind the point; integers have none.
std::vector<Value> rounded(const Call& call) {
  Ops& ops = call.ops();
  const auto places = call.get<std::int64_t>("decimals", 0);
  const Value x = call.value("x");
  if (!is_floating(x.dtype()) && places >= 0) return {ops.identity(x)};
  return {elementwise(ops, x, [&](const Value& any) {
    const auto round = [&](const Value& y) {
      if (places == 0) return ops.node("Round", {y});
      const Value step = layers::number(ops, std::pow(10.0, static_cast<double>(places)), y.dtype());
      return ops.div(ops.node("Round", {ops.mul(y, step)}), step);
    };
    return ops.cast(layers::in_type(ops, any, layers::floating_type(any.dtype()), round), any.dtype());
  })};
}

}  // namespace

void add_elementwise(OperationCatalog& catalog) {
  catalog.add(unary("negative", "Negative", {"math.negative", "negative"}, "-x", of_any("Neg")));
  catalog.add(unary("absolute", "Absolute", {"math.abs", "abs", "Abs"}, "|x|", of_any("Abs")));
  catalog.add(unary("square", "Square", {"math.square", "square"}, "x * x", square));
  catalog.add(unary("sqrt", "Sqrt", {"math.sqrt"}, "square root", of_floats_only("Sqrt")));
  catalog.add(in_module("keras.src.ops.math", unary("rsqrt", "Rsqrt", {"math.rsqrt"}, "1 / square root",
                                                    of_floats_only([](Ops& ops, const Value& x) { return ops.reciprocal(ops.sqrt(x)); }))));
  catalog.add(unary("reciprocal", "Reciprocal", {"math.reciprocal"}, "1 / x", of_floats_only("Reciprocal")));
  catalog.add(unary("exp", "Exp", {"math.exp"}, "e to the power of x", of_floats_only("Exp")));
  catalog.add(unary("expm1", "Expm1", {"math.expm1"}, "e to the power of x, less 1",
                    of_floats_only([](Ops& ops, const Value& x) { return ops.sub(ops.exp(x), 1.0F); })));
  catalog.add(unary("log", "Log", {"math.log"}, "natural logarithm", of_floats_only("Log")));
  catalog.add(unary("log1p", "Log1p", {"math.log1p"}, "natural logarithm of 1 + x",
                    of_floats_only([](Ops& ops, const Value& x) { return ops.log(ops.add(x, 1.0F)); })));
  catalog.add(unary("sin", "Sin", {"math.sin"}, "sine", of_floats_only("Sin")));
  catalog.add(unary("cos", "Cos", {"math.cos"}, "cosine", of_floats_only("Cos")));
  catalog.add(unary("tan", "Tan", {"math.tan"}, "tangent", of_floats_only("Tan")));
  catalog.add(unary("arctan", "Arctan", {"math.atan"}, "the angle whose tangent is x", of_floats_only("Atan")));
  for (const auto& [name, keras, tensorflow, op, help] :
       std::vector<std::tuple<const char*, const char*, const char*, const char*, const char*>>{
           {"sinh", "Sinh", "math.sinh", "Sinh", "hyperbolic sine"},
           {"cosh", "Cosh", "math.cosh", "Cosh", "hyperbolic cosine"},
           {"arcsin", "Arcsin", "math.asin", "Asin", "the angle whose sine is x"},
           {"arccos", "Arccos", "math.acos", "Acos", "the angle whose cosine is x"},
           {"arcsinh", "Arcsinh", "math.asinh", "Asinh", "the number whose hyperbolic sine is x"},
           {"arccosh", "Arccosh", "math.acosh", "Acosh", "the number whose hyperbolic cosine is x"},
           {"arctanh", "Arctanh", "math.atanh", "Atanh", "the number whose hyperbolic tangent is x"}})
    catalog.add(unary(name, keras, {tensorflow}, help, of_floats_only(op)));
  catalog.add(unary("isnan", "Isnan", {"math.is_nan"}, "whether x is no number", question("IsNaN")));
  catalog.add(unary("isinf", "Isinf", {"math.is_inf"}, "whether x is infinite", question("IsInf")));
  catalog.add(unary("isfinite", "Isfinite", {"math.is_finite"}, "whether x is a finite number", is_finite));
  catalog.add(unary("trunc", "Trunc", {}, "the next whole number towards zero", trunc));
  catalog.add(unary("log2", "Log2", {}, "logarithm to base 2", of_floats_only(logarithm(2))));
  catalog.add(unary("log10", "Log10", {}, "logarithm to base 10", of_floats_only(logarithm(10))));
  catalog.add(unary("exp2", "Exp2", {}, "2 to the power of x", of_floats_only([](Ops& ops, const Value& x) {
                      return ops.exp(ops.mul(x, layers::number(ops, std::log(2.0), x.dtype())));
                    })));
  catalog.add(in_module("keras.src.ops.math", unary("erf", "Erf", {"math.erf"}, "error function", of_floats_only("Erf"))));
  catalog.add(unary("floor", "Floor", {"math.floor", "floor"}, "the next whole number below", of_floats_only("Floor")));
  catalog.add(unary("ceil", "Ceil", {"math.ceil"}, "the next whole number above", of_floats_only("Ceil")));
  OperationEntry round =
      unary("round", "Round", {"math.round", "round"}, "the nearest whole number, halves to even", of_floats_only("Round"));
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
