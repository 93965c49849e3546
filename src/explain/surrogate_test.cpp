#include "explain/surrogate.hpp"

#include "explain/game_testing.hpp"

namespace upkeep::explain {

// y = 1 where a > 0, else 0
static std::shared_ptr<const Model> step_model() {
  return model_of(R"(step (float[N, 3] x) => (float[N, 1] y) <int64[1] i = {0}, float zero = {0}>
    { a = Gather <axis = 1> (x, i) g = Greater(a, zero) y = Cast <to = 1> (g) })");
}

TEST(Surrogate, FindsAStepWithOneSplit) {
  const Subject subject(step_model());
  const Surrogate tree = fit_surrogate(subject, normal_rows(400, 3, 4), 0);
  EXPECT_EQ(tree.leaves(), 2);
  EXPECT_NEAR(tree.nodes[0].threshold, 0, 0.02);
  EXPECT_GT(tree.r2, 0.95);
  EXPECT_EQ(tree.held_out_rows, 100);
  EXPECT_THAT(tree.rules(subject, 0)[0], testing::AllOf(testing::HasSubstr("x[0] <= "), testing::HasSubstr(": 0 (")));
}

TEST(Surrogate, IsOnlyAsGoodAsItsDepth) {
  const Subject subject(linear_model());
  const Tensors rows = normal_rows(800, 3, 4);
  const double shallow = fit_surrogate(subject, rows, 0, {.depth = 1}).r2, deep = fit_surrogate(subject, rows, 0, {.depth = 4}).r2;
  EXPECT_LT(shallow, 0.6);
  EXPECT_GT(deep, shallow + 0.2);
  EXPECT_LE(fit_surrogate(subject, rows, 0).leaves(), 16);
}

TEST(Surrogate, RefusesTooFewRows) {
  EXPECT_THAT(message_of([] { fit_surrogate(Subject(linear_model()), normal_rows(8, 3, 4), 0); }),
              testing::HasSubstr("8 rows are too few"));
}

}  // namespace upkeep::explain
