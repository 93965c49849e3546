// h_t = f(x_t W^T + h_t-1 R^T + Wb + Rb)

#include "train/lowerings/shared/recurrent.hpp"

namespace upkeep::lowerings {
namespace {

std::vector<Value> rnn_step(const Composite& node, Ops& ops, const Direction& direction, Value x, const std::vector<Value>& states) {
  const Value sum = ops.gemm(states[0], outer(ops, direction.recurrent), x, false, true);
  return {direction.activations[0](ops, clipped(node, ops, sum))};
}

Value rnn_bias(const Composite&, Ops& ops, const Direction& direction) {
  return direction.input_bias ? ops.add(direction.input_bias, direction.recurrent_bias) : Value();
}

}  // namespace

std::vector<Value> expand_rnn(const Composite& node, Ops& ops) {
  static const Cell kCell{
      .gates = 1, .state_inputs = {5}, .activations = {"Tanh"}, .early_bias = rnn_bias, .prepare = nullptr, .step = rnn_step};
  return expand_recurrent(node, ops, kCell);
}

void add_rnn(LoweringCatalog& catalog) {
  catalog.add(
      {.name = "RNN", .aliases = {}, .help = "one Gemm over all steps, and a Scan per direction", .domain = {}, .rule = expand_rnn});
}

}  // namespace upkeep::lowerings
