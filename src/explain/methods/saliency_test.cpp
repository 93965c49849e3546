#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

TEST(SaliencyMethod, OfALinearModelIsItsWeights) {
  const Subject subject(linear_model());
  const Tensors row = rows_of_x(3, {1, 2, 3});
  EXPECT_THAT(explained_by("saliency", subject, row).values, ::testing::ElementsAre(2, 1, 3));
  EXPECT_THAT(explained_by("saliency:absolute=false", subject, row).values, ::testing::ElementsAre(2, -1, 3));
}

TEST(SaliencyMethod, GivesEachElementInTheRowsShape) {
  const Subject subject(token_model());
  const Attribution made = explained_by("saliency", subject, {{"ids", Tensor({1, 3}, std::vector<std::int64_t>{1, 2, 3})}});
  EXPECT_THAT(made.values, ::testing::ElementsAre(11, 11, 11));
  EXPECT_EQ(made.elements.at("ids").shape(), (Shape{1, 3}));
}

}  // namespace upkeep::explain::by_gradient
