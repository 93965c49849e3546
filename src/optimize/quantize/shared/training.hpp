// Training a quantised model: its integers become floats behind their roundings, gradients pass straight through these
// (train/gradients/quantize.cpp), and afterwards they are integers again.
//
//   std::optional<Model> open = quantization::opened(model);        // nullopt: none of its layers has integers of that kind
//   ... train *open ...
//   Model trained = quantization::closed(std::move(*open));
#pragma once

#include <optional>

#include "graph/graph.hpp"

namespace upkeep::quantization {

// Layers (Conv, Gemm, MatMul, ConvTranspose) whose weights are integers behind a DequantizeLinear, with as many bits as they use; biases
// that are int32 become floats. Other layers stay as they are.
//   W_q -> DequantizeLinear   ==>   W -> QuantizeLinear -> DequantizeLinear
std::optional<Model> opened(const Model& model);

// The way back, of all layers that have weights in front of their roundings (also of those that static:trainable=true made).
Model closed(Model model);

// Whether some operator converts to integers, from them, or computes with them.
bool has_integers(const Graph& graph);

}  // namespace upkeep::quantization
