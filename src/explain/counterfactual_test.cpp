#include "explain/counterfactual.hpp"

#include "explain/game_testing.hpp"

namespace upkeep::explain {

static const Tensors kStart = {{"x", Tensor({1, 3}, std::vector<float>{0, 0, 0})}};

// y = 2 a - b + 3 c + 0.5 is to be at least 3.5: c alone has to be 1.
TEST(Counterfactuals, ChangeAsLittleAsReachesTheGoal) {
  const Subject subject(linear_model());
  const std::vector<Counterfactual> made = counterfactuals(subject, kStart, 0, normal_rows(300, 3, 3), {.low = 3.5});
  ASSERT_FALSE(made.empty());
  for (const Counterfactual& one : made) {
    EXPECT_GE(one.answer, 3.5);
    EXPECT_NEAR(one.answer, 3.5, 1e-3);
    EXPECT_GE(one.usual_to_reference, 0);
  }
  EXPECT_LE(made[0].changed.size(), 2U);
  for (std::size_t i = 1; i < made.size(); ++i) {
    EXPECT_GE(made[i].distance, made[i - 1].distance);
    EXPECT_NE(made[i].changed, made[0].changed);
  }
}

TEST(Counterfactuals, LeaveUnchangeableFeaturesAlone) {
  const Subject subject(linear_model());
  for (const Counterfactual& one : counterfactuals(subject, kStart, 0, normal_rows(300, 3, 3), {.low = 3, .unchangeable = {"x[2]"}})) {
    EXPECT_EQ(one.row.at("x").floats()[2], 0);
    EXPECT_GE(one.answer, 3);
  }
  EXPECT_THAT(message_of([&] { counterfactuals(subject, kStart, 0, normal_rows(5, 3, 3), {.low = 3, .unchangeable = {"x[7]"}}); }),
              testing::HasSubstr("x[7]"));
}

TEST(Counterfactuals, AreNoneWhereNoReferenceLeadsThere) {
  EXPECT_TRUE(counterfactuals(Subject(linear_model()), kStart, 0, normal_rows(50, 3, 3), {.low = 1000}).empty());
}

TEST(Counterfactuals, OfNumbersNeedAGoal) {
  EXPECT_THAT(message_of([] { counterfactuals(Subject(linear_model()), kStart, 0, normal_rows(50, 3, 3), {}); }),
              testing::HasSubstr("what the answer should become"));
}

// p = softmax(x w) with classes; the other class becomes the likeliest.
TEST(Counterfactuals, FlipTheClass) {
  Model model = *model_of(
      R"(classes (float[N, 2] x) => (float[N, 2] p) <float[2, 2] w = {1, -1, 0, 0}> { z = MatMul(x, w) p = Softmax <axis = 1> (z) })");
  Signature signature = signature_of(model);
  signature.outputs[0].answer = Answer::kClasses;
  signature.outputs[0].classes = {"yes", "no"};
  set_signature(model, signature);
  const Subject subject(std::make_shared<const Model>(model));
  const Tensors row{{"x", Tensor({1, 2}, std::vector<float>{1, 0})}};
  const std::vector<Counterfactual> made = counterfactuals(subject, row, 0, normal_rows(100, 2, 3), {});
  ASSERT_EQ(made.size(), 1U);
  EXPECT_THAT(made[0].changed, testing::ElementsAre(0));
  EXPECT_EQ(made[0].decision, "no");
  EXPECT_NEAR(made[0].row.at("x").floats()[0], 0, 1e-4);
}

}  // namespace upkeep::explain
