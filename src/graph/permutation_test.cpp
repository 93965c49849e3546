#include "graph/permutation.hpp"

#include <gmock/gmock.h>

namespace upkeep {

using testing::ElementsAre;

TEST(Permutation, ReordersAxesAndPlaces) {
  const Tensor tensor({2, 1, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const Tensor made = permuted(tensor, {2, 0, 1});
  EXPECT_EQ(made.shape(), (Shape{3, 2, 1}));
  EXPECT_THAT(made.floats(), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_EQ(permuted(made, inverse({2, 0, 1})), tensor);
  EXPECT_THAT(taken(tensor, 2, {2, 0, 1}).floats(), ElementsAre(2, 0, 1, 5, 3, 4));
}

}  // namespace upkeep
