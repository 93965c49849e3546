// Rounding weights up or down by what a layer's sums become, instead of to the nearest integer. Of a channel with weights w, integers that
// stand for w + d, and inputs x,
//   sum over rows of (d x)^2 = d H d^T     with   H = sum of x^T x
// is what the rounding adds to its sums (Nagel et al. 2020, "Up or down? Adaptive rounding for post-training quantization",
// arXiv:2004.10568, equation 13). Its gradient, 2 H d, says what the other neighbour of one weight would change; such flips are made until
// none is left that helps.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "optimize/quantize/shared/integers.hpp"
#include "optimize/quantize/shared/plan.hpp"

namespace upkeep::quantization {

// H of each group of a layer, [width, width], for the weights of one of its channels in the order of by_channels().
using InputProducts = std::vector<std::vector<float>>;

// By weight, of those layers (Conv, Gemm, MatMul with a weight of two axes) whose channels have at most 4,096 weights. Of the places of a
// picture, some that are drawn: up to 4,096 in all rows together.
std::map<std::string, InputProducts> input_products(const Model& model, const Wiring& wiring, const std::vector<Wiring::Id>& layers,
                                                    const Tensors& rows, int threads);

// A matrix [channels, width] that was rounded to the nearest integers.
struct RoundedMatrix {
  std::int64_t channels = 0;
  std::int64_t width = 0;
  std::span<const float> weights;
  std::span<std::int64_t> integers;
  std::function<Parameters(std::int64_t channel, std::int64_t place)> parameters;
  IntegerRange range;
};
void round_by_products(const RoundedMatrix& matrix, const InputProducts& products);

// The same for a weight whose output channels lie along `axis`.
void round_by_products(QuantizedWeight& rounded, const Tensor& weight, std::size_t axis, IntegerRange range, const InputProducts& products);

}  // namespace upkeep::quantization
