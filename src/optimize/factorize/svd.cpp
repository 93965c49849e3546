// The truncated singular value decomposition, the closest matrix of its rank (Eckart and Young 1936):
//
//   W = sum of s_i u_i v_i^T        left = u_i sqrt(s_i)        right = sqrt(s_i) v_i^T        error^2 = sum of the s_i^2 left out / all
//
// v_i are the eigenvectors of W^T W (or of W W^T, the smaller of both) and s_i^2 its eigenvalues, which in float64 are exact enough for all
// that float32 weights show.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/format.hpp"
#include "optimize/factorize/shared/eigen.hpp"
#include "optimize/factorize/shared/modes.hpp"

namespace upkeep::factorizing {

struct Svd {
  std::optional<std::int64_t> rank;
  double energy = 0.99;
  std::vector<std::string> layers;
};

}  // namespace upkeep::factorizing

namespace upkeep {

using factorizing::Svd;

template <>
inline const Settings settings<Svd> =
    describe<Svd>("svd", "truncated singular value decomposition",
                  field("energy", &Svd::energy, "part of the kernel's squared norm that the two factors keep at least; without a rank",
                        range(0.0, 1.0, Ends::kOpen)),
                  field("rank", &Svd::rank, "of all factors instead", range(1, 1 << 20)),
                  field("layers", &Svd::layers, "names or patterns such as block_* (default: every dense and convolution layer)"));

}  // namespace upkeep

namespace upkeep::factorizing {

namespace {

// W^T W for a matrix with no more columns than rows.
Matrix gram(const Matrix& matrix) {
  const std::size_t n = matrix.columns;
  Matrix made{.rows = n, .columns = n, .values = std::vector<double>(n * n, 0)};
  for (std::size_t row = 0; row < matrix.rows; ++row)
    for (std::size_t i = 0; i < n; ++i) {
      const double value = matrix(row, i);
      if (value == 0) continue;
      for (std::size_t j = i; j < n; ++j) made(i, j) += value * matrix(row, j);
    }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) made(i, j) = made(j, i);
  return made;
}

double squares(const std::vector<double>& eigenvalues, std::size_t begin) {
  double sum = 0;
  for (std::size_t i = begin; i < eigenvalues.size(); ++i) sum += std::max(0.0, eigenvalues[i]);
  return sum;
}

std::size_t rank_for(const std::vector<double>& eigenvalues, const Svd& options) {
  if (options.rank) return std::min(static_cast<std::size_t>(*options.rank), eigenvalues.size());
  const double all = squares(eigenvalues, 0);
  std::size_t rank = 1;
  while (rank < eigenvalues.size() && all - squares(eigenvalues, rank) < options.energy * all) ++rank;
  return rank;
}

// Of a matrix with no more columns than rows.
Factors tall_factors(const Matrix& matrix, const Svd& options) {
  const Eigen eigen = symmetric_eigen(gram(matrix));
  const std::size_t rank = rank_for(eigen.values, options);
  Factors made{.left = {.rows = matrix.rows, .columns = rank, .values = std::vector<double>(matrix.rows * rank, 0)},
               .right = {.rows = rank, .columns = matrix.columns, .values = std::vector<double>(rank * matrix.columns, 0)}};
  for (std::size_t k = 0; k < rank; ++k) {
    const double singular = std::sqrt(std::max(0.0, eigen.values[k]));
    if (singular == 0) continue;
    for (std::size_t j = 0; j < matrix.columns; ++j) made.right(k, j) = std::sqrt(singular) * eigen.vectors(j, k);
    for (std::size_t i = 0; i < matrix.rows; ++i) {
      double product = 0;  // s_k u_k
      for (std::size_t j = 0; j < matrix.columns; ++j) product += matrix(i, j) * eigen.vectors(j, k);
      made.left(i, k) = product / std::sqrt(singular);
    }
  }
  const double all = squares(eigen.values, 0);
  made.error = all > 0 ? std::sqrt(squares(eigen.values, rank) / all) : 0;
  return made;
}

Factors svd_factors(const Matrix& matrix, const Svd& options) {
  if (matrix.columns <= matrix.rows) return tall_factors(matrix, options);
  Factors wide = tall_factors(transposed(matrix), options);
  return {.left = transposed(wide.right), .right = transposed(wide.left), .error = wide.error};
}

Chain svd_chain(const Kernel& kernel, const Svd& options) {
  const auto columns = static_cast<std::size_t>(kernel.shape.back());
  const Factors factors = svd_factors({.rows = kernel.values.size() / columns, .columns = columns, .values = kernel.values}, options);
  const auto rank = static_cast<std::int64_t>(factors.rank());
  Shape left = kernel.shape, right(kernel.shape.size(), 1);
  left.back() = right[right.size() - 2] = rank;
  right.back() = kernel.shape.back();
  return {.links = {{.kernel = {left, factors.left.values}}, {.kernel = {right, factors.right.values}}},
          .window = 0,
          .error = factors.error,
          .ranks = {factors.rank()}};
}

}  // namespace

void add_svd(FactorizeCatalog& catalog) {
  const Settings& about = settings<Svd>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .plan = [](const Json& values) {
                 const Svd options = parse<Svd>(values);
                 return Plan{.layers = options.layers, .chain = [options](const Kernel& kernel) { return svd_chain(kernel, options); }};
               }});
}

}  // namespace upkeep::factorizing
