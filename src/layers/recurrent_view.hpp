// LSTM, GRU and RNN nodes of foreign graphs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.hpp"

namespace upkeep::layers {

// Transpose (time first), the operator, Squeeze of its direction, and Transpose back where it gives each step.
struct RecurrentNode {
  const Node* node = nullptr;
  Tensor w;                 // [gates units, inputs]
  Tensor r;                 // [gates units, units]
  std::optional<Tensor> b;  // [2 gates units]
  std::vector<std::string> activations;
  Recognised recognised;  // settings, nodes, input and output; no weights yet
};

// The one whose first node is graph.nodes[index], or nullopt: another operator, weights that are no constants, an initial state other than
// zero, sequence lengths, two directions, clipping, outputs that are used in another way.
std::optional<RecurrentNode> recurrent_node(const Graph& graph, std::size_t index, const char* op, std::int64_t gates);

// ONNX's [gates units, columns] as Keras's [columns, gates units]; gate i of Keras is gate order[i] of ONNX.
Tensor keras_matrix(const Tensor& matrix, const std::vector<std::size_t>& order);
// The two biases, of the input and of the state, as the one of Keras.
Tensor keras_bias_sum(const Tensor& biases, const std::vector<std::size_t>& order);

}  // namespace upkeep::layers
