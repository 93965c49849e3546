// For tests of the public API.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "upkeep/layers.hpp"
#include "upkeep/model.hpp"
#include "upkeep/random.hpp"
#include "upkeep/sequential.hpp"

namespace upkeep::api {

inline std::vector<float> numbers(const Tensor& tensor) { return {tensor.floats().begin(), tensor.floats().end()}; }

// y = 2 a - b + 1, without noise.
inline std::pair<Tensor, Tensor> plane(std::int64_t rows, std::uint64_t seed = 1) {
  const Tensor x = random_uniform({rows, 2}, seed);
  std::vector<float> y;
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) y.push_back(2 * x.floats()[2 * row] - x.floats()[2 * row + 1] + 1);
  return {x, Tensor({rows, 1}, std::move(y))};
}

}  // namespace upkeep::api
