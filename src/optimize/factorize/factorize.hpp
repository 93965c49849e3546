// Factorisation: a layer becomes a chain of layers with fewer weights, which together come close to the kernel.
//
//   dense [n, m]                  ==>   dense [n, r] -> dense [r, m]
//   convolution [..., n, m]       ==>   convolution of r filters -> convolution of a window of 1 [1, r, m]                      (svd)
//                                       window of 1 [1, n, r] -> convolution [..., r, q] -> window of 1 [1, q, m]              (tucker)
//                                       window of 1 [1, n, r] -> depthwise convolution [..., r, 1] -> window of 1 [1, r, m]    (cp)
//
// The last keeps the layer's name, bias and activation, so that outputs and readers stay; those before have none, and are called
// NAME_factor, NAME_factor_1.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "optimize/acceptance.hpp"
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

// A kernel in Keras's layout, [inputs, units] or [...window, channels, filters].
struct Kernel {
  Shape shape;
  std::vector<double> values;
};

struct Link {
  Kernel kernel;
  bool depthwise = false;  // [...window, channels, 1], a kernel for each channel
};

struct Chain {
  std::vector<Link> links;
  std::size_t window = 0;  // the link that takes over strides, padding and dilation
  double error = 0;        // norm of the difference relative to that of the kernel (Frobenius)
  std::vector<std::size_t> ranks;
};

// How a method, with its settings, takes kernels apart.
struct Plan {
  std::vector<std::string> layers;  // names or patterns ("block_*"); none: every dense and convolution layer
  std::int64_t least_places = 1;    // of a kernel's window; more than one leaves dense layers out
  std::size_t most_axes = 3;        // of a kernel's window
  std::function<Chain(const Kernel& kernel)> chain;
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
// facts: {"method", "settings", "layers": [{"name", "kernel", "ranks", "parameters_before", "parameters", "error", "kept"}],
// "parameters_before", "parameters"}; "kept" says why a layer stays as it is, and is null of the others.
Change factorize(Model& model, const NamedSettings& method, const std::vector<std::string>& as_they_were = {});

// The layers that were factorised, those of the largest error first.
std::vector<std::string> factorized_layers(const Change& change);

// How much of the kernels' squared norm is kept, where the limits decide: less and less as long as what comes of it is accepted.
// `learn` trains a candidate on before it is judged. The result is the accepted candidate with the fewest weights, unless one with more is
// faster beyond the noise, or, where none was, the refused first; `method` gets its energy, `change` says what was done.
Accepted factorize_by_limits(const Judge& judge, const Model& model, NamedSettings& method, const std::function<Model(const Model&)>& learn,
                             Change& change);

}  // namespace upkeep
