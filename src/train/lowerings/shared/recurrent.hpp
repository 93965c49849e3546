// What LSTM, GRU and RNN have in common, and their expansions for others to call: the reference of any faster kernel.
//
// The product of all steps' inputs with their weights, and the biases that can be added to it, come first, in one Gemm; the recurrence is a
// Scan per direction whose step only has the product with the state. Everything is in standard operators.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "train/lowerings/lowering.hpp"

namespace upkeep::lowerings {

// [Y, Y_h] of an RNN, [Y, Y_h] of a GRU, [Y, Y_h, Y_c] of an LSTM; outputs that the node does not have are absent.
// `node` has ONNX's inputs X, W, R, B, sequence_lens, initial_h (and initial_c, P) and its attributes; layout 0 or 1.
// Throws Error{kUnsupported} for an activation that ONNX does not know and for weights of unknown shape.
std::vector<Value> expand_lstm(const Composite& node, Ops& ops);
std::vector<Value> expand_gru(const Composite& node, Ops& ops);
std::vector<Value> expand_rnn(const Composite& node, Ops& ops);

// --- for the three of them -----------------------------------------------------------------------------------------

using Activation = std::function<Value(Ops& ops, Value x)>;

// One direction, as its equations see it. Everything is a value of the graph around the Scan.
struct Direction {
  std::vector<Activation> activations;
  Value recurrent;              // R: [gates * hidden, hidden]
  Value input_bias;             // Wb: [gates * hidden], or absent
  Value recurrent_bias;         // Rb: [gates * hidden], or absent
  Value peepholes;              // P: [3 * hidden], or absent
  std::vector<Value> prepared;  // what Cell::prepare made of these
  std::int64_t hidden = 0;
};

// How an operator's step is written.
struct Cell {
  std::size_t gates = 1;
  std::vector<std::size_t> state_inputs = {5};  // the node's inputs that hold the first states
  std::vector<std::string> activations;         // of one direction, by default
  // The part of the bias that is added to the inputs' product, of [gates * hidden]; absent: nothing.
  std::function<Value(const Composite& node, Ops& ops, const Direction& direction)> early_bias;
  // What all steps read, made once.
  std::function<std::vector<Value>(const Composite& node, Ops& ops, const Direction& direction)> prepare;
  // (x_t W^T + early bias [batch, gates * hidden], states) -> next states. `ops` is the step's; it can read outer values by name.
  std::function<std::vector<Value>(const Composite& node, Ops& ops, const Direction& direction, Value x, const std::vector<Value>& states)>
      step;
};
std::vector<Value> expand_recurrent(const Composite& node, Ops& ops, const Cell& cell);

// A value of the outer graph, in a step.
Value outer(Ops& ops, const Value& value);
// Parts of these sizes, along an axis.
std::vector<Value> parts_of(Ops& ops, Value value, std::vector<std::int64_t> sizes, std::int64_t axis = -1);
// Bounded as the attribute "clip" says.
Value clipped(const Composite& node, Ops& ops, Value value);

}  // namespace upkeep::lowerings
