// LSTM, GRU and RNN nodes of foreign graphs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.hpp"

namespace upkeep::layers {

// What one direction of such a node has.
struct RecurrentDirection {
  Tensor w;                 // [gates units, inputs]
  Tensor r;                 // [gates units, units]
  std::optional<Tensor> b;  // [2 gates units]
  std::vector<std::string> activations;
};

// What a kind of layer knows about its operator.
struct RecurrentOperator {
  std::string kind;  // of the layer
  const char* op;
  std::size_t gates;
  std::size_t states;
  std::vector<std::string> activations;  // the operator's defaults
  // Settings and weights of a layer for one direction, without what all kinds share; nullopt where the layer cannot say it.
  std::optional<Recognised> (*read)(const Node& node, const RecurrentDirection& direction);
};
const RecurrentOperator& lstm_operator();
const RecurrentOperator& gru_operator();
const RecurrentOperator& simple_rnn_operator();

// The node as one layer of `about.kind` (one direction), or as a bidirectional layer around two. The sequence comes to it with the time
// first, and its values go with the directions apart: layers that turn them stand around it. nullopt: another operator, weights that are no
// constants, an initial state that only one of LSTM's two has, sequence lengths, clipping.
std::optional<Recognised> recognise_recurrent(const GraphView& graph, std::size_t index, const RecurrentOperator& about);
std::optional<Recognised> recognise_bidirectional(const GraphView& graph, std::size_t index, const RecurrentOperator& about);

// ONNX's [gates units, columns] as Keras's [columns, gates units]; gate i of Keras is gate order[i] of ONNX.
Tensor keras_matrix(const Tensor& matrix, const std::vector<std::size_t>& order);
// The two biases, of the input and of the state, as the one of Keras.
Tensor keras_bias_sum(const Tensor& biases, const std::vector<std::size_t>& order);

}  // namespace upkeep::layers
