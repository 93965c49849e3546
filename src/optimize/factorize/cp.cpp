// Canonical polyadic decomposition over places, channels and filters (Hitchcock 1927; Lebedev et al. 2015): a depthwise convolution between
// two convolutions of a window of one place.
//
//   W[s, i, o] = sum over r of S[s, r] A[i, r] B[o, r]
//
// By alternating least squares: each factor by turns is the best one for the other two.

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "optimize/factorize/shared/eigen.hpp"
#include "optimize/factorize/shared/modes.hpp"

namespace upkeep::factorizing {

struct Cp {
  std::optional<std::int64_t> rank;
  double energy = 0.8;
  std::int64_t iterations = 60;
  std::uint64_t seed = 0;
  std::vector<std::string> layers;
};

}  // namespace upkeep::factorizing

namespace upkeep {

using factorizing::Cp;

template <>
inline const Settings settings<Cp> = describe<Cp>(
    "cp", "a depthwise convolution between two of a window of one place",
    field("energy", &Cp::energy, "part of the kernel's squared norm that the factors keep at least; without a rank",
          range(0.0, 1.0, Ends::kOpen)),
    field("rank", &Cp::rank, "channels of the middle instead", range(1, 1 << 20)),
    field("iterations", &Cp::iterations, "turns of least squares", range(1, 10000)),
    field("seed", &Cp::seed, "of the factors at the start"),
    field("layers", &Cp::layers, "names or patterns such as block_* (default: every convolution of one or two axes with a window)"));

}  // namespace upkeep

namespace upkeep::factorizing {

namespace {

struct Polyad {
  Matrix window, in, out;  // [size, rank]
};

Matrix drawn(std::size_t rows, std::size_t columns, Random& random) {
  Matrix made{.rows = rows, .columns = columns, .values = std::vector<double>(rows * columns)};
  for (double& value : made.values) value = random.normal();
  return made;
}

Matrix products(const Matrix& factor) {
  Matrix made{.rows = factor.columns, .columns = factor.columns, .values = std::vector<double>(factor.columns * factor.columns, 0)};
  for (std::size_t k = 0; k < factor.rows; ++k)
    for (std::size_t i = 0; i < factor.columns; ++i)
      for (std::size_t j = 0; j < factor.columns; ++j) made(i, j) += factor(k, i) * factor(k, j);
  return made;
}

// right * system^-1 for a symmetric system, without the directions in which it is nearly singular.
Matrix solved(const Matrix& right, const Matrix& system) {
  const Eigen eigen = symmetric_eigen(system);
  const double least = 1e-10 * std::max(eigen.values.front(), 1e-300);
  Matrix inverse{.rows = system.rows, .columns = system.rows, .values = std::vector<double>(system.values.size(), 0)};
  for (std::size_t k = 0; k < eigen.values.size(); ++k) {
    if (eigen.values[k] <= least) continue;
    for (std::size_t i = 0; i < system.rows; ++i)
      for (std::size_t j = 0; j < system.rows; ++j) inverse(i, j) += eigen.vectors(i, k) * eigen.vectors(j, k) / eigen.values[k];
  }
  Matrix made{.rows = right.rows, .columns = right.columns, .values = std::vector<double>(right.values.size(), 0)};
  for (std::size_t i = 0; i < right.rows; ++i)
    for (std::size_t k = 0; k < system.rows; ++k)
      for (std::size_t j = 0; j < right.columns; ++j) made(i, j) += right(i, k) * inverse(k, j);
  return made;
}

// The best factor of one mode for the other two.
Matrix best_factor(const Cube& whole, const Polyad& now, Mode mode) {
  const Matrix& old = mode == Mode::kWindow ? now.window : mode == Mode::kIn ? now.in : now.out;
  Matrix right{.rows = old.rows, .columns = old.columns, .values = std::vector<double>(old.values.size(), 0)};
  for (std::size_t s = 0; s < whole.window; ++s)
    for (std::size_t i = 0; i < whole.in; ++i)
      for (std::size_t o = 0; o < whole.out; ++o) {
        const double value = whole(s, i, o);
        for (std::size_t r = 0; r < old.columns; ++r) {
          if (mode == Mode::kWindow) right(s, r) += value * now.in(i, r) * now.out(o, r);
          else if (mode == Mode::kIn) right(i, r) += value * now.window(s, r) * now.out(o, r);
          else right(o, r) += value * now.window(s, r) * now.in(i, r);
        }
      }
  Matrix system = products(mode == Mode::kWindow ? now.in : now.window);
  const Matrix other = products(mode == Mode::kOut ? now.in : now.out);
  for (std::size_t i = 0; i < system.values.size(); ++i) system.values[i] *= other.values[i];
  return solved(right, system);
}

double error_of(const Cube& whole, const Polyad& polyad) {
  double apart = 0;
  for (std::size_t s = 0; s < whole.window; ++s)
    for (std::size_t i = 0; i < whole.in; ++i)
      for (std::size_t o = 0; o < whole.out; ++o) {
        double sum = whole(s, i, o);
        for (std::size_t r = 0; r < polyad.in.columns; ++r) sum -= polyad.window(s, r) * polyad.in(i, r) * polyad.out(o, r);
        apart += sum * sum;
      }
  const double all = squared_norm(whole.values);
  return all > 0 ? std::sqrt(apart / all) : 0;
}

// Each component as large in all three factors, so that no weight is far from the others.
void balance(Polyad& polyad) {
  for (std::size_t r = 0; r < polyad.in.columns; ++r) {
    double product = 1;
    std::vector<double> norms;
    for (const Matrix* factor : {&polyad.window, &polyad.in, &polyad.out}) {
      double squares = 0;
      for (std::size_t i = 0; i < factor->rows; ++i) squares += (*factor)(i, r) * (*factor)(i, r);
      norms.push_back(std::sqrt(squares));
      product *= norms.back();
    }
    std::size_t place = 0;
    for (Matrix* factor : {&polyad.window, &polyad.in, &polyad.out}) {
      const double scale = norms[place] > 0 ? std::cbrt(product) / norms[place] : 0;
      for (std::size_t i = 0; i < factor->rows; ++i) (*factor)(i, r) *= scale;
      ++place;
    }
  }
}

Polyad decomposed(const Cube& whole, std::size_t rank, const Cp& options) {
  Random random(options.seed, stream_id("cp"));
  Polyad now{.window = drawn(whole.window, rank, random), .in = drawn(whole.in, rank, random), .out = drawn(whole.out, rank, random)};
  for (std::int64_t turn = 0; turn < options.iterations; ++turn) {
    now.window = best_factor(whole, now, Mode::kWindow);
    now.in = best_factor(whole, now, Mode::kIn);
    now.out = best_factor(whole, now, Mode::kOut);
    balance(now);
  }
  return now;
}

// By doubling, as long as the factors are smaller than the kernel.
Polyad for_energy(const Cube& whole, const Cp& options) {
  Polyad found;
  for (std::size_t rank = 4;; rank *= 2) {
    found = decomposed(whole, rank, options);
    const double error = error_of(whole, found);
    if (1 - error * error >= options.energy || 2 * rank * (whole.window + whole.in + whole.out) >= whole.values.size()) return found;
  }
}

Chain cp_chain(const Kernel& kernel, const Cp& options) {
  const Cube whole = cube_of(kernel);
  const Polyad polyad = options.rank ? decomposed(whole, static_cast<std::size_t>(*options.rank), options) : for_energy(whole, options);
  const double error = error_of(whole, polyad);
  Shape middle = kernel.shape;
  middle[middle.size() - 2] = static_cast<std::int64_t>(polyad.in.columns);
  middle.back() = 1;
  return {.links = {{.kernel = pointwise_kernel(polyad.in, kernel)},
                    {.kernel = {std::move(middle), polyad.window.values}, .depthwise = true},
                    {.kernel = pointwise_kernel(transposed(polyad.out), kernel)}},
          .window = 1,
          .error = error,
          .ranks = {polyad.in.columns}};
}

}  // namespace

void add_cp(FactorizeCatalog& catalog) {
  const Settings& about = settings<Cp>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .plan = [](const Json& values) {
                 const Cp options = parse<Cp>(values);
                 return Plan{.layers = options.layers, .least_places = 2, .most_axes = 2, .chain = [options](const Kernel& kernel) {
                               return cp_chain(kernel, options);
                             }};
               }});
}

}  // namespace upkeep::factorizing
