#include "explain/effects/effect_testing.hpp"

namespace upkeep::explain {

// Targets are the model's own answers, so the loss rises by E (w (x - x'))^2 = 2 w^2 var(x), and not at all for a feature without weight.
TEST(PermutationImportance, IsTheRiseOfTheLossUnderShuffling) {
  const Subject subject(linear_model());
  const Tensors rows = normal_rows(2000, 3, 9);
  const std::vector<double> targets = subject.all_answers(rows);
  const auto loss = [&](const std::vector<double>& answers) {
    double sum = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) sum += (answers[i] - targets[i]) * (answers[i] - targets[i]);
    return sum / static_cast<double>(answers.size());
  };
  const Effect made =
      effects::catalog().at("permutation-importance").measure({.subject = subject, .rows = rows, .loss = loss}, Json::object());
  ASSERT_EQ(made.figures.size(), 3U);
  EXPECT_EQ(made.figures[0].feature, "x[2]");
  EXPECT_NEAR(made.figures[0].value, 18, 1.5);
  EXPECT_NEAR(made.figures[1].value, 8, 0.8);
  EXPECT_NEAR(made.figures[2].value, 2, 0.2);
  EXPECT_LT(made.figures[0].low, made.figures[0].value);
}

TEST(PermutationImportance, NeedsTargets) {
  EXPECT_THAT(message_of([] { effect_of("permutation-importance", linear_model(), normal_rows(5, 3, 1)); }), testing::HasSubstr("targets"));
}

}  // namespace upkeep::explain
