// kl_divergence       sum_k t * log(t / p), both within [1e-7, 1]
// poisson             p - t * log(p + 1e-7)

#include "train/losses/formula.hpp"

namespace upkeep::losses {
namespace {

Value kl_divergence(Ops& ops, Value predictions, Value targets, const Json&) {
  const Value t = ops.clip(targets, kEpsilon, 1);
  const Value p = ops.clip(predictions, kEpsilon, 1);
  return ops.reduce_sum(ops.mul(t, ops.log(ops.div(t, p))), {-1});
}

Value poisson(Ops& ops, Value predictions, Value targets, const Json&) {
  return ops.sub(predictions, ops.mul(targets, ops.log(ops.add(predictions, kEpsilon))));
}

}  // namespace

void add_kl_divergence(LossCatalog& catalog) {
  catalog.add(plain_loss({.name = "kl_divergence",
                          .aliases = {"KLDivergence", "kld", "KLD", "kullback_leibler_divergence"},
                          .help = "Kullback-Leibler divergence of two distributions",
                          .terms = Terms::kRows,
                          .build = kl_divergence}));
  catalog.add(plain_loss({.name = "poisson",
                          .aliases = {"Poisson"},
                          .help = "negative log-likelihood of a Poisson rate, without its constant",
                          .build = poisson}));
}

}  // namespace upkeep::losses
