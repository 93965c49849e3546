// Circular and hyperbolic functions and their inverses; the formulas are the catalog's help texts.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads sine(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), ops.node("Cos", {node.input(0)}))}; }

static Grads cosine(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), ops.neg(ops.node("Sin", {node.input(0)})))}; }

static Value square(Ops& ops, Value x) { return ops.mul(x, x); }

static Grads tangent(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  return {times(ops, node.grad(0), ops.add(ops.mul(y, y), 1.0f))};
}

static Grads arc_sine(const ForwardNode& node, Ops& ops) {
  return {ops.div(node.grad(0), ops.sqrt(ops.sub(1.0f, square(ops, node.input(0)))))};
}

static Grads arc_cosine(const ForwardNode& node, Ops& ops) {
  return {ops.div(times(ops, node.grad(0), -1), ops.sqrt(ops.sub(1.0f, square(ops, node.input(0)))))};
}

static Grads arc_tangent(const ForwardNode& node, Ops& ops) { return {ops.div(node.grad(0), ops.add(square(ops, node.input(0)), 1.0f))}; }

static Grads hyperbolic_sine(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), ops.node("Cosh", {node.input(0)}))}; }

static Grads hyperbolic_cosine(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), ops.node("Sinh", {node.input(0)}))}; }

static Grads area_sine(const ForwardNode& node, Ops& ops) {
  return {ops.div(node.grad(0), ops.sqrt(ops.add(square(ops, node.input(0)), 1.0f)))};
}

static Grads area_cosine(const ForwardNode& node, Ops& ops) {
  return {ops.div(node.grad(0), ops.sqrt(ops.sub(square(ops, node.input(0)), 1.0f)))};
}

static Grads area_tangent(const ForwardNode& node, Ops& ops) { return {ops.div(node.grad(0), ops.sub(1.0f, square(ops, node.input(0))))}; }

void add_sin(GradientCatalog& catalog) {
  catalog.add({.name = "Sin", .aliases = {}, .help = "dL/dx = dL/dy * cos(x)", .rule = sine});
  catalog.add({.name = "Cos", .aliases = {}, .help = "dL/dx = -dL/dy * sin(x)", .rule = cosine});
  catalog.add({.name = "Tan", .aliases = {}, .help = "dL/dx = dL/dy * (1 + y^2)", .rule = tangent});
  catalog.add({.name = "Asin", .aliases = {}, .help = "dL/dx = dL/dy / sqrt(1 - x^2)", .rule = arc_sine});
  catalog.add({.name = "Acos", .aliases = {}, .help = "dL/dx = -dL/dy / sqrt(1 - x^2)", .rule = arc_cosine});
  catalog.add({.name = "Atan", .aliases = {}, .help = "dL/dx = dL/dy / (1 + x^2)", .rule = arc_tangent});
  catalog.add({.name = "Sinh", .aliases = {}, .help = "dL/dx = dL/dy * cosh(x)", .rule = hyperbolic_sine});
  catalog.add({.name = "Cosh", .aliases = {}, .help = "dL/dx = dL/dy * sinh(x)", .rule = hyperbolic_cosine});
  catalog.add({.name = "Asinh", .aliases = {}, .help = "dL/dx = dL/dy / sqrt(x^2 + 1)", .rule = area_sine});
  catalog.add({.name = "Acosh", .aliases = {}, .help = "dL/dx = dL/dy / sqrt(x^2 - 1)", .rule = area_cosine});
  catalog.add({.name = "Atanh", .aliases = {}, .help = "dL/dx = dL/dy / (1 - x^2)", .rule = area_tangent});
}

}  // namespace upkeep::gradients
