#include "explain/effects/effect_testing.hpp"

namespace upkeep::explain {

// Rows are all of {-1, 1} x {-1, 1} x {-1, 1}: of a b + c neither a nor b does anything alone, and c only adds.
TEST(Interactions, AreWholeForAProductOfCentredFeaturesAndNoneForSums) {
  std::vector<float> values;
  for (int i = 0; i < 8; ++i) values.insert(values.end(), {i & 1 ? 1.0f : -1.0f, i & 2 ? 1.0f : -1.0f, i & 4 ? 1.0f : -1.0f});
  const Effect made = effect_of("interactions", interacting_model(), {{"x", Tensor({8, 3}, values)}});
  ASSERT_EQ(made.figures.size(), 3U);
  EXPECT_EQ(made.figures[0].feature, "x[0] x x[1]");
  EXPECT_NEAR(made.figures[0].value, 1, 1e-6);
  EXPECT_NEAR(made.figures[1].value, 0, 1e-6);
  EXPECT_NEAR(effect_of("interactions", linear_model(), normal_rows(30, 3, 1)).figures[0].value, 0, 1e-5);
}

TEST(Interactions, NeedTwoFeatures) {
  EXPECT_THAT(message_of([] { effect_of("interactions", linear_model(), normal_rows(5, 3, 1), {0}); }), testing::HasSubstr("two"));
}

}  // namespace upkeep::explain
