// A convolution as five nested sums, for the tests of the layers.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {

// Numbers in [-1, 1), from a seed.
inline Tensor numbers(const Shape& shape, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(2 * random.uniform() - 1);
  return Tensor(shape, std::move(values));
}

struct NaiveConvolution {
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool same = false;
};

// x [rows, columns, channels] (one picture), kernel [height, width, channels / groups, filters] -> [rows, columns, filters], flat.
inline std::vector<float> naive_convolution(const Tensor& x, const Tensor& kernel, const NaiveConvolution& settings) {
  const std::int64_t height = x.dim(0), width = x.dim(1), channels = x.dim(2);
  const std::int64_t kh = kernel.dim(0), kw = kernel.dim(1), in = kernel.dim(2), filters = kernel.dim(3);
  const auto [s, d, groups, same] = settings;
  const auto out = [&](std::int64_t n, std::int64_t k) { return same ? (n + s - 1) / s : (n - (k - 1) * d - 1) / s + 1; };
  const auto before = [&](std::int64_t n, std::int64_t k) {
    return same ? std::max<std::int64_t>((out(n, k) - 1) * s + (k - 1) * d + 1 - n, 0) / 2 : 0;
  };
  std::vector<float> y;
  for (std::int64_t r = 0; r < out(height, kh); ++r)
    for (std::int64_t c = 0; c < out(width, kw); ++c)
      for (std::int64_t f = 0; f < filters; ++f) {
        double sum = 0;
        for (std::int64_t i = 0; i < kh; ++i)
          for (std::int64_t j = 0; j < kw; ++j)
            for (std::int64_t a = 0; a < in; ++a) {
              const std::int64_t row = r * s + i * d - before(height, kh), column = c * s + j * d - before(width, kw);
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              const std::int64_t channel = f / (filters / groups) * in + a;
              sum += static_cast<double>(x.floats()[static_cast<std::size_t>((row * width + column) * channels + channel)]) *
                     static_cast<double>(kernel.floats()[static_cast<std::size_t>(((i * kw + j) * in + a) * filters + f)]);
            }
        y.push_back(static_cast<float>(sum));
      }
  return y;
}

// How many nodes of this operator a graph has.
inline std::size_t count_nodes(const Model& model, std::string_view op) {
  return static_cast<std::size_t>(std::ranges::count(model.graph.nodes, op, &Node::op));
}

}  // namespace upkeep::layers
