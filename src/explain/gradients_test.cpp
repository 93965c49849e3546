#include "explain/gradients.hpp"

#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ExplainGradients, OfEachRowIsThatOfItsOwnElement) {
  const Subject subject(relu_model(), {.batch_rows = 2});
  const Tensors rows = rows_of_x(2, {1, 0.5, -0.5, 1, 2, -1});
  const Gradients::Answer answer = subject.gradients().at(rows, std::vector<std::int64_t>{0, 1, 0});
  EXPECT_EQ(subject.evaluations(), 3);
  for (std::int64_t row = 0; row < 3; ++row) {
    const std::int64_t element = row == 1;
    const std::vector<double> expected = finite_differences(subject, row_of(rows, row), element);
    const auto gradient = answer.gradients.at("x").rows(row, row + 1);
    EXPECT_NEAR(answer.answers[static_cast<std::size_t>(row)], subject.answers(row_of(rows, row), element)[0], 1e-6);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(gradient.floats()[i], expected[i], 2e-4) << row << " " << i;
  }
}

TEST(ExplainGradients, OnTheLogitScaleTakeItsSlope) {
  const Subject subject(relu_model(), {.scale = Scale::kLogit});
  const Tensors row = rows_of_x(2, {0.3F, 0.5F});
  const Gradients::Answer answer = subject.gradients().at(row, 1);
  const std::vector<double> expected = finite_differences(subject, row, 1);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(answer.gradients.at("x").floats()[i], expected[i], 1e-3);
}

TEST(ExplainGradients, OfValuesInsideComeWithThem) {
  const Subject subject(linear_model());
  const Gradients gradients(*subject.model(), subject, {"z"});
  const Gradients::Answer answer = gradients.at(rows_of_x(3, {1, 1, 1}), 0);
  EXPECT_FLOAT_EQ(answer.values.at("z").floats()[0], 4);
  EXPECT_FLOAT_EQ(answer.gradients.at("z").floats()[0], 1);
}

TEST(ExplainGradients, OfTokensAreThoseOfWhatIsLookedUp) {
  const Subject subject(token_model());
  const Gradients& gradients = subject.gradients();
  ASSERT_EQ(gradients.carriers().size(), 1U);
  EXPECT_EQ(gradients.carriers()[0].value, "e");
  const Gradients::Answer answer = gradients.at({{"ids", Tensor({1, 3}, std::vector<std::int64_t>{1, 2, 3})}}, 0);
  EXPECT_THAT(answer.answers, ElementsAre(129));
  EXPECT_THAT(answer.gradients.at("e").floats(), ElementsAre(1, 10, 1, 10, 1, 10));
}

TEST(ExplainGradients, OfAModelForOneRowAtATimeCoverAllRows) {
  const Subject subject(model_of("one (float[1, 2] x) => (float[1, 1] y) <float[2, 1] w = {2, -1}> { y = MatMul(x, w) }"));
  const Gradients::Answer answer = subject.gradients().at(rows_of_x(2, {1, 2, 3, 4, 5, 6}), 0);
  EXPECT_THAT(answer.answers, ElementsAre(0, 2, 4));
  EXPECT_THAT(answer.gradients.at("x").floats(), ElementsAre(2, -1, 2, -1, 2, -1));
}

TEST(ExplainGradients, OfComparisonsAreRefusedWithTheAgnosticMethods) {
  const Subject subject(model_of(R"(step (float[N, 2] x) => (float[N, 2] y) <float[1] half = {0.5}>
    { over = Greater(x, half) y = Cast <to = 1> (over) })"));
  const std::string message = message_of([&] { static_cast<void>(subject.gradients()); });
  EXPECT_THAT(message, HasSubstr("cannot be differentiated"));
  EXPECT_THAT(message, HasSubstr("kernel-shap"));
}

TEST(ExplainGradients, CountAgainstTheBudget) {
  const Subject subject(linear_model(), {.most_evaluations = 2});
  EXPECT_THAT(message_of([&] { static_cast<void>(subject.gradients().at(rows_of_x(3, std::vector<float>(9)), 0)); }), HasSubstr("budget"));
}

}  // namespace upkeep::explain::by_gradient
