// Where each element of a kernel stands in the sums that it is part of, whatever the layout of the file: a layer's kernel can reach its
// operator through transpositions, reshapes and reordered gates.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/wiring.hpp"

namespace upkeep::pruning {

// out[o] += kernel[e] * value[..., in[e], ...] at the place window[e] of the convolution's window
struct KernelPlaces {
  std::string value;                           // what the kernel multiplies
  std::size_t axis = 0;                        // of its channels
  std::vector<std::uint32_t> in, window, out;  // one of each for every element, in order
};

// Of an initializer that a Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU or RNN multiplies by. nullopt: none does, or the kernel is computed
// with on the way there.
std::optional<KernelPlaces> kernel_places(const Model& model, const Wiring& wiring, const std::string& weight);

// Root mean squares of what each of these kernels multiplies, one number for each element, over all rows. Kernels without places are left
// out.
using Activations = std::map<std::string, std::vector<float>>;
Activations input_norms(const Model& model, const std::vector<std::string>& weights, const Tensors& rows, int threads = 0);

}  // namespace upkeep::pruning
