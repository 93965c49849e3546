// Test support: a kernel against its own expansion into standard operators, both executed by ONNX Runtime.
//
//   EXPECT_KERNEL_MATCHES_EXPANSION("ReluGrad", {numbers({3, 4}), numbers({3, 4}, 2)});
//
// Each case runs with known shapes and with symbols, on one thread and on three, and the shapes that the operator declares are compared
// with those that come out.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "train/kernels/kernel.hpp"

namespace upkeep::kernels {

using OptionalTensor = std::optional<Tensor>;

// Repeatable float32 in [low, high).
Tensor numbers(const Shape& shape, std::uint64_t seed = 1, double low = -1, double high = 1);
// Repeatable int64 in [0, below).
Tensor indices(const Shape& shape, std::int64_t below, std::uint64_t seed = 1);

struct KernelCase {
  std::vector<Attribute> attributes = {};
  std::vector<bool> wanted = {};  // outputs; empty: all
  double tolerance = 1e-6;        // of the largest number of an output: about epsilon x the square root of the terms summed
};
testing::AssertionResult kernel_matches(const std::string& name, const std::vector<OptionalTensor>& inputs, const KernelCase& one = {});
#define EXPECT_KERNEL_MATCHES_EXPANSION(...) EXPECT_TRUE(upkeep::kernels::kernel_matches(__VA_ARGS__))

// Its outputs "y0", "y1", ..., for comparison with something else.
Tensors run_kernel(const std::string& name, const std::vector<OptionalTensor>& inputs, const KernelCase& one = {}, int threads = 2);

// Equal shapes, and numbers that differ by no more than `tolerance` of the largest.
testing::AssertionResult near(const Tensor& got, const Tensor& wanted, double tolerance);

// The gradients of the sum of r * y, y the outputs of a standard operator, r random: by differentiate() with kernels and without.
// `kernel` must occur in the graph with kernels, and in the other one no operator but standard ones.
testing::AssertionResult gradient_uses_kernel(const std::string& kernel, const std::string& op, const std::vector<OptionalTensor>& inputs,
                                              const KernelCase& one = {}, std::size_t outputs = 1);

}  // namespace upkeep::kernels
