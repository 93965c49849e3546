// kl_divergence   sum_k t * log(t / p), both within [1e-7, 1]               (Keras: KLDivergence)
// poisson         mean_k p - t * log(p + 1e-7)                              (Keras: Poisson)

#include <cmath>

#include "metrics/positions.hpp"

namespace upkeep::metrics {

namespace {

struct Divergence {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const Divergence&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs& pairs) const {
    const auto within = [&](double value) { return std::min(std::max(value, pairs.bound(kEpsilon)), 1.0); };
    double sum = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) sum += within(target[i]) * std::log(within(target[i]) / within(prediction[i]));
    return sum;
  }
};

struct PoissonLikelihood {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const PoissonLikelihood&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    double sum = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) sum += prediction[i] - target[i] * std::log(prediction[i] + kEpsilon);
    return sum / static_cast<double>(prediction.size());
  }
};

}  // namespace

void add_kl_divergence(MetricCatalog& catalog) {
  catalog.add(position_entry<Divergence>({.name = "kl_divergence",
                                          .aliases = {"KLDivergence", "kld", "KLD", "kullback_leibler_divergence"},
                                          .help = "Kullback-Leibler divergence of the predicted distribution from the true one"}));
  catalog.add(position_entry<PoissonLikelihood>(
      {.name = "poisson", .aliases = {"Poisson"}, .help = "negative log-likelihood of a Poisson rate, without its constant"}));
}

}  // namespace upkeep::metrics
