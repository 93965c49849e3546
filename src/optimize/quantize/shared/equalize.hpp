// The same function with weights that are easier to quantise.
#pragma once

#include "graph/graph.hpp"
#include "optimize/quantize/shared/observe.hpp"

namespace upkeep::quantization {

// Cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721, section 4.1): between two layers with nothing but a Relu, channel i of the
// first is divided by s_i and read by the second times s_i, with s_i = sqrt(r1_i / r2_i), so that both have the range sqrt(r1_i r2_i)
// there. r: the largest magnitude of the weights of a channel. Layers are Conv (of one group, or as many as channels) and Gemm. Returns how
// many pairs there were.
std::size_t equalize_layers(Model& model);

// SmoothQuant (Xiao et al. 2023, arXiv:2211.10438): where a LayerNormalization is read by dense layers alone, channel j is divided by
//   s_j = sqrt(max |x_j| / max |W_j|)
// in the normalisation and multiplied in the rows of the weights, so that outliers of few channels take no steps from all others.
// `observed` holds the channels' largest magnitudes. Returns how many normalisations there were.
std::size_t smooth_activations(Model& model, const Observations& observed);

}  // namespace upkeep::quantization
