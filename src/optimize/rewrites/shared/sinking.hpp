// Moving a Transpose towards the outputs: op(Transpose(x))  ==>  Transpose(op'(x)), for every operator that can work on x as well.
#pragma once

#include <string>
#include <vector>

#include "graph/permutation.hpp"
#include "optimize/rewrites/shared/feature_orders.hpp"

namespace upkeep::rewrites {

Permutation permutation_of(const Wiring& wiring, const Node& transpose);  // empty where the rank is not known

// What may happen where several values meet.
enum class Joins {
  kEqual,  // all of them are transposed in the same way, or constant
  kAny     // the others are transposed back in front of the join, in the hope that this meets a Transpose of theirs
};

class Sinking {
 public:
  Sinking(Wiring& wiring, std::int64_t opset, Joins joins) : wiring_(wiring), opset_(opset), joins_(joins), orders_(wiring) {}

  // Moves the Transpose, and whatever comes of it, as far as it goes. Readers that cannot do without keep it.
  void sink(Wiring::Id transpose);
  // Orders of features that stand behind a Flatten in place of a Transpose, and found no weights to go into.
  std::size_t left_over() const { return orders_.left_over(); }

 private:
  struct Step;  // one reader of one Transpose
  bool pass(const Step& step);
  bool pass_transpose(const Step& step);
  bool pass_elementwise(const Step& step);
  bool pass_join(const Step& step);
  bool pass_along_axis(const Step& step);
  bool pass_split(const Step& step);
  bool pass_reduction(const Step& step);
  bool pass_sizes(const Step& step);
  bool pass_slice(const Step& step);
  bool pass_axes(const Step& step);
  bool pass_shape(const Step& step);
  bool pass_flatten(const Step& step);
  bool pass_regrouping(const Step& step);
  enum class Fit { kBroadcast, kSameRank };
  std::optional<std::string> fitted(const std::string& value, const Step& step, Fit fit);
  void read_source(const Step& step, const std::function<void(Node&)>& edit);
  void put_behind(Wiring::Id reader, std::size_t output, const Permutation& permutation);
  void retire(Wiring::Id id);

  Wiring& wiring_;
  std::int64_t opset_;
  Joins joins_;
  FeatureOrders orders_;
  std::vector<Wiring::Id> waiting_;  // Transposes to move
};

}  // namespace upkeep::rewrites
