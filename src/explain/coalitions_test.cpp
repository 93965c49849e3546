#include "explain/game_testing.hpp"

namespace upkeep::explain {

TEST(Coalitions, AreMeansOverTheBackgroundOfMixedRows) {
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  const Tensors others{{"x", Tensor({2, 4}, std::vector<float>{1, -1, 2, 0.5, 0.25, 2, 1, 1})}};
  const Background background{.rows = others, .weights = {0.75, 0.25}, .about = {}};
  const Asked asked(product_model(), row, background);
  const Question question{.subject = asked.subject, .row = asked.row, .background = asked.background};
  const std::vector<Coalition> coalitions = {
      {true, false, true, false}, {false, false, false, false}, {true, true, true, true}, {true, false, true, false}};
  EXPECT_THAT(coalition_values(question, coalitions),
              testing::ElementsAre(0.75 * (2 * -1 * 0.5 * 0.5) + 0.25 * (2 * 2 * 0.5 * 1), 0.75 * -1 + 0.25 * 0.5, 12,
                                   0.75 * (2 * -1 * 0.5 * 0.5) + 0.25 * (2 * 2 * 0.5 * 1)));
  EXPECT_EQ(asked.subject.evaluations(), 3 + 2 + 2);  // the ends, then two different coalitions that are not the row's
}

TEST(Coalitions, OfManyRowsAreTheSameInPiecesOnThreads) {
  const Tensors row = normal_rows(1, 12, 1), others = normal_rows(300, 12, 2);
  const Asked one(network_model(), row, background_of(others), {.threads = 1, .batch_rows = 64});
  const Asked two(network_model(), row, background_of(others), {.threads = 2, .batch_rows = 1024});
  std::vector<Coalition> coalitions;
  for (std::size_t set = 0; set < 64; ++set) {
    coalitions.emplace_back(12);
    for (std::size_t i = 0; i < 12; ++i) coalitions.back()[i] = (set * 2654435761U >> i) & 1;
  }
  const auto ask = [&](const Asked& asked) {
    return coalition_values({.subject = asked.subject, .row = asked.row, .background = asked.background}, coalitions);
  };
  EXPECT_THAT(ask(one), testing::Pointwise(testing::DoubleNear(1e-6), ask(two)));
}

TEST(Coalitions, RefuseBackgroundsThatDoNotFit) {
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  EXPECT_THAT(message_of([&] { Asked(product_model(), row, {}).by("occlusion"); }), testing::HasSubstr("the background has no rows"));
  EXPECT_THAT(message_of([&] { Asked(product_model(), row, background_of(normal_rows(2, 3, 0))).by("occlusion"); }),
              testing::HasSubstr("[2, 3]"));
  EXPECT_THAT(message_of([&] { Asked(product_model(), row, background_of({{"z", Tensor::full<float>({1, 4}, 0)}})).by("occlusion"); }),
              testing::HasSubstr("no rows of input \"x\""));
}

TEST(Coalitions, RefuseAnswersThatAreNotFinite) {
  const auto logarithm = model_of("log (float[N, 2] x) => (float[N, 1] y) { z = ReduceProd <axes = [1], keepdims = 1> (x) y = Log(z) }");
  const Tensors row{{"x", Tensor({1, 2}, std::vector<float>{1, 2})}};
  const Tensors others{{"x", Tensor({2, 2}, std::vector<float>{1, 1, -1, -1})}};
  EXPECT_THAT(message_of([&] { Asked(logarithm, row, background_of(others)).by("exact-shapley"); }),
              testing::AllOf(testing::HasSubstr("output \"y\""), testing::HasSubstr("background row 2")));
  EXPECT_THAT(message_of([&] { Asked(logarithm, {{"x", Tensor({1, 2}, std::vector<float>{-1, 2})}}, background_of(others)).by("lime"); }),
              testing::HasSubstr("for the explained row"));
}

TEST(WithFeature, TakesElementsRowByRow) {
  const Tensors rows{{"x", Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6})},
                     {"t", Tensor({2, 1}, std::vector<std::string>{"a", "b"})}};
  const Tensors from{{"x", Tensor({3, 3}, std::vector<float>{10, 20, 30, 40, 50, 60, 70, 80, 90})},
                     {"t", Tensor({3, 1}, std::vector<std::string>{"d", "e", "f"})}};
  const ExplainedFeature feature{.name = "g", .parts = {{"x", {0, 2}}, {"t", {0}}}};
  const Tensors made = with_feature(rows, feature, from, std::vector<std::int64_t>{2, 0});
  EXPECT_THAT(made.at("x").floats(), testing::ElementsAre(70, 2, 90, 10, 5, 30));
  EXPECT_THAT(made.at("t").strings(), testing::ElementsAre("f", "d"));
}

}  // namespace upkeep::explain
