#include "optimize/factorize/shared/eigen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "optimize/factorize/shared/modes.hpp"
#include "upkeep/error.hpp"

namespace upkeep::factorizing {

namespace {

constexpr int kMostSteps = 60;  // for one eigenvalue; 2 or 3 are usual

// `a` becomes Q with Q^T a Q tridiagonal: `diagonal`, and `beside` [1, n).
void tridiagonalize(Matrix& a, std::vector<double>& diagonal, std::vector<double>& beside) {
  const std::size_t n = a.rows;
  for (std::size_t i = n - 1; i > 0; --i) {
    double scale = 0;
    for (std::size_t k = 0; k < i; ++k) scale += std::abs(a(i, k));
    if (i == 1 || scale == 0) {
      beside[i] = a(i, i - 1);
      diagonal[i] = 0;
      continue;
    }
    double h = 0;
    for (std::size_t k = 0; k < i; ++k) {
      a(i, k) /= scale;
      h += a(i, k) * a(i, k);
    }
    const double f = a(i, i - 1);
    const double g = f >= 0 ? -std::sqrt(h) : std::sqrt(h);
    beside[i] = scale * g;
    h -= f * g;
    a(i, i - 1) = f - g;
    double sum = 0;
    for (std::size_t j = 0; j < i; ++j) {
      a(j, i) = a(i, j) / h;
      double product = 0;
      for (std::size_t k = 0; k <= j; ++k) product += a(j, k) * a(i, k);
      for (std::size_t k = j + 1; k < i; ++k) product += a(k, j) * a(i, k);
      beside[j] = product / h;
      sum += beside[j] * a(i, j);
    }
    for (std::size_t j = 0; j < i; ++j) {
      const double first = a(i, j), second = beside[j] -= sum / (h + h) * first;
      for (std::size_t k = 0; k <= j; ++k) a(j, k) -= first * beside[k] + second * a(i, k);
    }
    diagonal[i] = h;
  }
  diagonal[0] = beside[0] = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (diagonal[i] != 0)
      for (std::size_t j = 0; j < i; ++j) {
        double product = 0;
        for (std::size_t k = 0; k < i; ++k) product += a(i, k) * a(k, j);
        for (std::size_t k = 0; k < i; ++k) a(k, j) -= product * a(k, i);
      }
    diagonal[i] = a(i, i);
    a(i, i) = 1;
    for (std::size_t j = 0; j < i; ++j) a(j, i) = a(i, j) = 0;
  }
}

// Rotates columns i and i + 1; the vectors are kept transposed, so that these are rows.
void rotate(Matrix& vectors, std::size_t i, double cosine, double sine) {
  double* first = &vectors(i, 0);
  double* second = &vectors(i + 1, 0);
  for (std::size_t k = 0; k < vectors.columns; ++k) {
    const double f = second[k];
    second[k] = sine * first[k] + cosine * f;
    first[k] = cosine * first[k] - sine * f;
  }
}

// One implicit step on [begin, end], which has no zero beside its diagonal.
void ql_step(std::size_t begin, std::size_t end, std::vector<double>& diagonal, std::vector<double>& beside, Matrix& vectors) {
  double g = (diagonal[begin + 1] - diagonal[begin]) / (2 * beside[begin]);
  double r = std::hypot(g, 1.0);
  g = diagonal[end] - diagonal[begin] + beside[begin] / (g + std::copysign(r, g));
  double sine = 1, cosine = 1, p = 0;
  for (std::size_t i = end; i-- > begin;) {
    const double f = sine * beside[i], b = cosine * beside[i];
    beside[i + 1] = r = std::hypot(f, g);
    if (r == 0) {
      diagonal[i + 1] -= p;
      beside[end] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = diagonal[i + 1] - p;
    r = (diagonal[i] - g) * sine + 2 * cosine * b;
    p = sine * r;
    diagonal[i + 1] = g + p;
    g = cosine * r - b;
    rotate(vectors, i, cosine, sine);
  }
  diagonal[begin] -= p;
  beside[begin] = g;
  beside[end] = 0;
}

void diagonalize(std::vector<double>& diagonal, std::vector<double>& beside, Matrix& vectors) {
  const std::size_t n = diagonal.size();
  std::rotate(beside.begin(), beside.begin() + 1, beside.end());
  beside[n - 1] = 0;
  for (std::size_t begin = 0; begin < n; ++begin)
    for (int step = 0;; ++step) {
      std::size_t end = begin;
      while (end + 1 < n) {
        const double around = std::abs(diagonal[end]) + std::abs(diagonal[end + 1]);
        if (std::abs(beside[end]) <= std::numeric_limits<double>::epsilon() * around) break;
        ++end;
      }
      if (end == begin) break;
      if (step == kMostSteps) throw Error(ErrorCode::kInternal, "the eigenvalues of a kernel were not found");
      ql_step(begin, end, diagonal, beside, vectors);
    }
}

}  // namespace

Eigen symmetric_eigen(Matrix matrix) {
  const std::size_t n = matrix.rows;
  if (n == 0) return {};
  std::vector<double> diagonal(n, 0), beside(n, 0);
  if (n == 1) return {.values = {matrix(0, 0)}, .vectors = {.rows = 1, .columns = 1, .values = {1}}};
  tridiagonalize(matrix, diagonal, beside);
  Matrix vectors = transposed(matrix);
  diagonalize(diagonal, beside, vectors);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, std::greater(), [&](std::size_t i) { return diagonal[i]; });
  Eigen eigen{.values = {}, .vectors = {.rows = n, .columns = n, .values = std::vector<double>(n * n)}};
  for (std::size_t j = 0; j < n; ++j) {
    eigen.values.push_back(diagonal[order[j]]);
    for (std::size_t i = 0; i < n; ++i) eigen.vectors(i, j) = vectors(order[j], i);
  }
  return eigen;
}

}  // namespace upkeep::factorizing
