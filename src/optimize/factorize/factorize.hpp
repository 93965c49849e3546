// Factorisation: a layer becomes two with fewer weights, whose product is close to the kernel.
//
//   dense [n, m]                      ==>   dense [n, r] without bias -> dense [r, m]
//   convolution [..., n, m]           ==>   convolution of r filters without bias -> convolution of a window of 1 [1, r, m]
//
// The second keeps the layer's name, bias and activation, so that outputs and readers stay; the first is called NAME_factor.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "optimize/pass.hpp"

namespace upkeep::factorizing {

// Row-major.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;
  double& operator()(std::size_t row, std::size_t column) { return values[row * columns + column]; }
  double operator()(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

// matrix = left [rows, rank] * right [rank, columns], nearly.
struct Factors {
  Matrix left;
  Matrix right;
  double error = 0;  // norm of the difference relative to that of the matrix (Frobenius)
  std::size_t rank() const { return left.columns; }
};

// How a method, with its settings, takes kernels apart.
struct Plan {
  std::vector<std::string> layers;  // names or patterns ("block_*"); none: every dense and convolution layer
  std::function<Factors(const Matrix& kernel)> factors;
};

struct FactorizeEntry {
  std::string name;  // "svd"
  std::string help;
  Settings settings;
  std::function<Plan(const Json& settings)> plan;
};
using FactorizeCatalog = Catalog<FactorizeEntry>;
const FactorizeCatalog& catalog();

}  // namespace upkeep::factorizing

namespace upkeep {

// Factorises in place: whole or, on an Error, not at all. A layer that would not get smaller stays as it is; where none would, that is an
// Error{kFailedPrecondition}. `as_they_were`: layers that are left out (optimize/acceptance.hpp reverts by it).
// facts: {"method", "settings", "layers": [{"name", "kernel", "rank", "parameters_before", "parameters", "error", "kept"}],
// "parameters_before", "parameters"}; "kept" says why a layer stays as it is, and is null of the others.
Change factorize(Model& model, const NamedSettings& method, const std::vector<std::string>& as_they_were = {});

// The layers that were factorised, those of the largest error first.
std::vector<std::string> factorized_layers(const Change& change);

}  // namespace upkeep
