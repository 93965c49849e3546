// Filter pruning via the geometric median (He, Liu, Wang, Hu and Yang 2019): filters that the others can stand in for go, not small ones.
// score of filter i = sum over j of ||F_i - F_j||, over the kernels that make the channel; lowest near the geometric median.

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_fpgm(PruneCatalog& catalog) {
  const auto distances = [](const std::vector<std::vector<float>>& filters) {
    std::vector<double> sums(filters.size());
    for (std::size_t i = 0; i < filters.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        double squares = 0;
        for (std::size_t k = 0; k < filters[i].size(); ++k) {
          const double apart = double{filters[i][k]} - double{filters[j][k]};
          squares += apart * apart;
        }
        sums[i] += std::sqrt(squares);
        sums[j] += std::sqrt(squares);
      }
    return sums;
  };
  catalog.add(plain_method("fpgm", "channels near the geometric median of all, for which the others can stand in, go",
                           {.judges = Judges::kMakingKernels, .scores = nullptr, .channel_scores = distances}));
}

}  // namespace upkeep::pruning
