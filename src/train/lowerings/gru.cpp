// z = f(x_t Wz^T + h_t-1 Rz^T + Wbz + Rbz)      r = f(x_t Wr^T + h_t-1 Rr^T + Wbr + Rbr)
// n = g(x_t Wh^T + (r * h_t-1) Rh^T + Rbh + Wbh), or with linear_before_reset g(x_t Wh^T + r * (h_t-1 Rh^T + Rbh) + Wbh)
// h_t = (1 - z) * n + z * h_t-1
//
// Weights hold the gates in the order z, r, h.

#include "train/lowerings/shared/recurrent.hpp"

namespace upkeep::lowerings {
namespace {

bool resets_late(const Composite& node) { return node.attribute<std::int64_t>("linear_before_reset", 0) != 0; }

std::vector<std::int64_t> two_and_one(const Direction& direction) { return {2 * direction.hidden, direction.hidden}; }

// With linear_before_reset, Rbh stays inside of the reset.
Value gru_bias(const Composite& node, Ops& ops, const Direction& direction) {
  if (!direction.input_bias) return {};
  if (!resets_late(node)) return ops.add(direction.input_bias, direction.recurrent_bias);
  const Value zeros = ops.constant(Tensor::full(Shape{direction.hidden}, 0.0f).cast(direction.input_bias.dtype()));
  return ops.add(direction.input_bias, ops.concat({parts_of(ops, direction.recurrent_bias, two_and_one(direction), 0)[0], zeros}, 0));
}

// R of z and r, R of h, and what linear_before_reset adds to the latter's product.
std::vector<Value> gru_constants(const Composite& node, Ops& ops, const Direction& direction) {
  std::vector<Value> made = parts_of(ops, direction.recurrent, two_and_one(direction), 0);
  if (resets_late(node) && direction.recurrent_bias) made.push_back(parts_of(ops, direction.recurrent_bias, two_and_one(direction), 0)[1]);
  return made;
}

std::vector<Value> gru_step(const Composite& node, Ops& ops, const Direction& direction, Value x, const std::vector<Value>& states) {
  const Value h = states[0];
  const auto constant = [&](std::size_t i) { return i < direction.prepared.size() ? outer(ops, direction.prepared[i]) : Value(); };
  const auto from_x = parts_of(ops, x, two_and_one(direction));
  const Value sums = ops.gemm(h, constant(0), from_x[0], false, true);
  const auto gates = parts_of(ops, direction.activations[0](ops, clipped(node, ops, sums)), {direction.hidden, direction.hidden});
  const Value& z = gates[0];
  const Value& r = gates[1];
  const Value sum = resets_late(node) ? ops.add(from_x[1], ops.mul(r, ops.gemm(h, constant(1), constant(2), false, true)))
                                      : ops.gemm(ops.mul(r, h), constant(1), from_x[1], false, true);
  const Value n = direction.activations[1](ops, clipped(node, ops, sum));
  return {ops.add(n, ops.mul(z, ops.sub(h, n)))};
}

}  // namespace

std::vector<Value> expand_gru(const Composite& node, Ops& ops) {
  static const Cell kCell{.gates = 3,
                          .state_inputs = {5},
                          .activations = {"Sigmoid", "Tanh"},
                          .early_bias = gru_bias,
                          .prepare = gru_constants,
                          .step = gru_step};
  return expand_recurrent(node, ops, kCell);
}

void add_gru(LoweringCatalog& catalog) {
  catalog.add(
      {.name = "GRU", .aliases = {}, .help = "one Gemm over all steps, and a Scan per direction", .domain = {}, .rule = expand_gru});
}

}  // namespace upkeep::lowerings
