// -sum(t / |t| * p / |p|) along an axis: -1 where both point the same way, 0 where they are orthogonal or one is zero.

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct CosineSimilarity : Reduced {
  std::int64_t axis = -1;
};
}  // namespace losses

template <>
inline const Settings settings<losses::CosineSimilarity> =
    losses::describe_loss<losses::CosineSimilarity>("cosine_similarity", "negative cosine of the angle between prediction and target",
                                                    field("axis", &losses::CosineSimilarity::axis, "the axis of the vectors"));

namespace losses {
namespace {

Masked cosine_similarity(Ops& ops, Value predictions, Value targets, const Json& values) {
  const std::int64_t axis = parse<CosineSimilarity>(values).axis;
  return ops.neg(ops.reduce_sum(ops.mul(unit_vectors(ops, targets, axis), unit_vectors(ops, predictions, axis)), {axis}));
}

}  // namespace

void add_cosine_similarity(LossCatalog& catalog) {
  catalog.add({.name = "cosine_similarity",
               .aliases = {"CosineSimilarity"},
               .help = settings<CosineSimilarity>.help(),
               .settings = settings<CosineSimilarity>,
               .terms = Terms::kRows,
               .build = cosine_similarity});
}

}  // namespace losses
}  // namespace upkeep
