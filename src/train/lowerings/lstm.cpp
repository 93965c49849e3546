// i = f(x_t Wi^T + h_t-1 Ri^T + Pi * c_t-1 + Wbi + Rbi)      f likewise with Wf, Rf, Pf; with input_forget it is 1 - i
// n = g(x_t Wc^T + h_t-1 Rc^T + Wbc + Rbc)                   c_t = f * c_t-1 + i * n
// o = f(x_t Wo^T + h_t-1 Ro^T + Po * c_t + Wbo + Rbo)        h_t = o * h(c_t)
//
// Weights hold the gates in the order i, o, f, c; peepholes i, o, f.

#include "train/lowerings/shared/recurrent.hpp"

namespace upkeep::lowerings {
namespace {

std::vector<Value> lstm_step(const Composite& node, Ops& ops, const Direction& direction, Value x, const std::vector<Value>& states) {
  const Value h = states[0];
  const Value c = states[1];
  const auto& f = direction.activations[0];
  const auto& g = direction.activations[1];
  const std::int64_t size = direction.hidden;
  const std::vector<Value> sums = parts_of(ops, ops.gemm(h, outer(ops, direction.recurrent), x, false, true), {size, size, size, size});
  const auto gate = [&](std::size_t i, const Value& cell) {
    const Value sum = direction.peepholes ? ops.add(sums[i], ops.mul(outer(ops, direction.prepared[i]), cell)) : sums[i];
    return f(ops, clipped(node, ops, sum));
  };
  const Value input = gate(0, c);
  const Value forget = node.attribute<std::int64_t>("input_forget", 0) != 0 ? ops.sub(1.0f, input) : gate(2, c);
  const Value next = ops.add(ops.mul(forget, c), ops.mul(input, g(ops, clipped(node, ops, sums[3]))));
  return {ops.mul(gate(1, next), direction.activations[2](ops, next)), next};
}

Value lstm_bias(const Composite&, Ops& ops, const Direction& direction) {
  return direction.input_bias ? ops.add(direction.input_bias, direction.recurrent_bias) : Value();
}

std::vector<Value> lstm_peepholes(const Composite&, Ops& ops, const Direction& direction) {
  if (!direction.peepholes) return {};
  return parts_of(ops, direction.peepholes, {direction.hidden, direction.hidden, direction.hidden});
}

}  // namespace

std::vector<Value> expand_lstm(const Composite& node, Ops& ops) {
  static const Cell kCell{.gates = 4,
                          .state_inputs = {5, 6},
                          .activations = {"Sigmoid", "Tanh", "Tanh"},
                          .early_bias = lstm_bias,
                          .prepare = lstm_peepholes,
                          .step = lstm_step};
  return expand_recurrent(node, ops, kCell);
}

void add_lstm(LoweringCatalog& catalog) {
  catalog.add(
      {.name = "LSTM", .aliases = {}, .help = "one Gemm over all steps, and a Scan per direction", .domain = {}, .rule = expand_lstm});
}

}  // namespace upkeep::lowerings
