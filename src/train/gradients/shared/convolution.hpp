// The three linear maps of a convolution in standard operators; each is a gradient of the others, so gradients of gradients close.
//
//   small[n, m, i]  = sum over c, k   of  big[n, c, i * stride + k * dilation - begin] * weights[m, c, k]     (Conv)
//   big[n, c, j]    = its transpose in `big`, applied to `small`                                              (ConvTranspose)
//   weights[m,c,k]  = its transpose in `weights`, applied to `big` and `small`
//
// Layouts: big [N, C, ...], small [N, M, ...], weights [M, C / group, kernel...], which is ONNX's for Conv and, with the sides exchanged,
// for ConvTranspose. What `..._like` names is looked at for its sizes only. Sizes may be unknown until the graph runs; ranks may not.
#pragma once

#include "train/gradients/shared/sliding_window.hpp"

namespace upkeep::gradients {

Value convolve(Ops& ops, const Sliding& sliding, Value big, Value weights, Value small_like);
Value convolve_back(Ops& ops, const Sliding& sliding, Value small, Value weights, Value big_like);
Value correlate(Ops& ops, const Sliding& sliding, Value big, Value small, Value weights_like);

// Gradients of y = Conv(x, w, b), from the gradient that arrives at y in its full shape. `node` is any node that carries Conv's attributes.
Value conv_input_grad(Ops& ops, const Node& node, Value grad, Value x, Value w);
Value conv_weight_grad(Ops& ops, const Node& node, Value grad, Value x, Value w);
Value conv_bias_grad(Ops& ops, Value grad);

}  // namespace upkeep::gradients
