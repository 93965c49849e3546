// An order of features on its way into weights. Where a Flatten stood behind a Transpose, the same features come in another order; a Gather
// says which, until a MatMul or Gemm takes it into its rows:  MatMul(Gather(x, order), W)  ==>  MatMul(x, W in the inverse order)
#pragma once

#include <set>

#include "graph/permutation.hpp"
#include "graph/wiring.hpp"

namespace upkeep::rewrites {

class FeatureOrders {
 public:
  explicit FeatureOrders(Wiring& wiring) : wiring_(wiring) {}

  // Puts the order behind the first output of `node`, along `axis`, and moves it on as far as it goes.
  void put_behind(Wiring::Id node, std::size_t axis, const Permutation& order);
  std::size_t left_over() const;  // Gathers that found no weights to go into

 private:
  struct Step;  // one reader of one order
  void sink(Wiring::Id gather);
  bool pass_elementwise(const Step& step);
  bool pass_broadcast(const Step& step);
  bool pass_concat(const Step& step);
  bool pass_normalization(const Step& step);
  bool enter_weights(const Step& step);
  void read_source(const Step& step, const std::function<void(Node&)>& edit);

  Wiring& wiring_;
  std::set<Wiring::Id> gathers_;
};

}  // namespace upkeep::rewrites
