#include "explain/game_testing.hpp"

namespace upkeep::explain {

TEST(Occlusion, IsWhatTheAnswerLosesWithoutTheFeature) {
  expect_linear_values("occlusion", 1e-6);
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  const Tensors other{{"x", Tensor({1, 4}, std::vector<float>{1, 1, 1, 1})}};
  EXPECT_THAT(Asked(product_model(), row, background_of(other)).by("occlusion").values, testing::ElementsAre(6, 8, -12, 9));
}

TEST(Occlusion, HidesSquaresOfImagesAndDrawsThem) {
  const auto mean = model_of("mean (float[N, 8, 8] x) => (float[N, 1] y) { z = Flatten(x) y = ReduceMean <axes = [1], keepdims = 1> (z) }");
  std::vector<float> values(64);
  values[9] = 64;  // second line, second column: in the first square of 4 x 4
  const Asked asked(mean, {{"x", Tensor({1, 8, 8}, values)}}, background_of({{"x", Tensor::full<float>({1, 8, 8}, 0)}}),
                    {.features = {.patch = 4}});
  const Attribution made = asked.by("occlusion");
  EXPECT_THAT(made.values, testing::ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(made.elements.at("x").floats()[27], 1.0f / 16);  // fourth line, fourth column
  EXPECT_EQ(made.elements.at("x").floats()[4], 0);
}

}  // namespace upkeep::explain
