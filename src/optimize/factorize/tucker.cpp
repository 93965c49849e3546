// Tucker decomposition over channels and filters (Tucker 1966; Kim et al. 2016): a convolution between two of a window of one place.
//
//   W[s, i, o] = sum over a, b of U[i, a] G[s, a, b] V[o, b]        error^2 = 1 - ||G||^2 / ||W||^2 for orthonormal U and V
//
// U and V begin as the first eigenvectors of the two unfoldings and are made better by turns (higher-order orthogonal iteration, De
// Lathauwer, De Moor and Vandewalle 2000).

#include <algorithm>
#include <cmath>

#include "optimize/factorize/shared/eigen.hpp"
#include "optimize/factorize/shared/modes.hpp"

namespace upkeep::factorizing {

struct Tucker {
  std::optional<std::int64_t> rank;
  double energy = 0.9;
  std::vector<std::string> layers;
};

}  // namespace upkeep::factorizing

namespace upkeep {

using factorizing::Tucker;

template <>
inline const Settings settings<Tucker> = describe<Tucker>(
    "tucker", "a convolution of fewer channels and filters between two of a window of one place",
    field("energy", &Tucker::energy, "part of the kernel's squared norm that the factors keep, at least nearly; without a rank",
          range(0.0, 1.0, Ends::kOpen)),
    field("rank", &Tucker::rank, "channels and filters of the middle instead", range(1, 1 << 20)),
    field("layers", &Tucker::layers, "names or patterns such as block_* (default: every convolution with a window)"));

}  // namespace upkeep

namespace upkeep::factorizing {

namespace {

constexpr int kTurns = 4;

// Each of the two modes may lose half of what all may lose.
std::size_t mode_rank(const Eigen& eigen, const Tucker& options) {
  if (options.rank) return std::min(static_cast<std::size_t>(*options.rank), eigen.values.size());
  double all = 0, left = 0;
  for (const double value : eigen.values) all += std::max(0.0, value);
  std::size_t rank = eigen.values.size();
  while (rank > 1 && left + std::max(0.0, eigen.values[rank - 1]) <= (1 - options.energy) / 2 * all)
    left += std::max(0.0, eigen.values[--rank]);
  return rank;
}

Chain tucker_chain(const Kernel& kernel, const Tucker& options) {
  const Cube whole = cube_of(kernel);
  const Eigen in = symmetric_eigen(gram(whole, Mode::kIn)), out = symmetric_eigen(gram(whole, Mode::kOut));
  const std::size_t ranks_in = mode_rank(in, options), ranks_out = mode_rank(out, options);
  Matrix u = first_columns(in.vectors, ranks_in), v = first_columns(out.vectors, ranks_out);
  for (int turn = 0; turn < kTurns; ++turn) {
    u = first_columns(symmetric_eigen(gram(projected(whole, Mode::kOut, v), Mode::kIn)).vectors, ranks_in);
    v = first_columns(symmetric_eigen(gram(projected(whole, Mode::kIn, u), Mode::kOut)).vectors, ranks_out);
  }
  Cube core = projected(projected(whole, Mode::kIn, u), Mode::kOut, v);
  const double all = squared_norm(whole.values), kept = squared_norm(core.values);
  Shape middle = kernel.shape;
  middle[middle.size() - 2] = static_cast<std::int64_t>(ranks_in);
  middle.back() = static_cast<std::int64_t>(ranks_out);
  return {.links = {{.kernel = pointwise_kernel(u, kernel)},
                    {.kernel = {std::move(middle), std::move(core.values)}},
                    {.kernel = pointwise_kernel(transposed(v), kernel)}},
          .window = 1,
          .error = all > 0 ? std::sqrt(std::max(0.0, 1 - kept / all)) : 0,
          .ranks = {ranks_in, ranks_out}};
}

}  // namespace

void add_tucker(FactorizeCatalog& catalog) {
  const Settings& about = settings<Tucker>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .plan = [](const Json& values) {
                 const Tucker options = parse<Tucker>(values);
                 return Plan{.layers = options.layers, .least_places = 2, .chain = [options](const Kernel& kernel) {
                               return tucker_chain(kernel, options);
                             }};
               }});
}

}  // namespace upkeep::factorizing
