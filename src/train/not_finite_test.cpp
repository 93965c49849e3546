#include "train/not_finite.hpp"

#include <limits>

#include "graph/onnx.hpp"
#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinite = std::numeric_limits<float>::infinity();

Dataset pairs_of(std::vector<float> values) {
  const std::int64_t rows = std::ssize(values) / 2;
  return {.inputs = {{"x", Tensor({rows, 2}, std::move(values))}},
          .targets = Tensor({rows, 1}, std::vector<float>(static_cast<std::size_t>(rows))),
          .feature_names = {"a", "b"}};
}

}  // namespace

TEST(NotFinite, NamesTheColumnAndTheRowOfTheTable) {
  const Dataset data = pairs_of({1, 2, 3, kGap, 5, 6, 7, kGap});
  EXPECT_EQ(gaps_in(data, all_rows(data)), "column \"b\" is missing in row 2, and in 1 more row");
  EXPECT_EQ(gaps_in(data, std::vector<std::int64_t>{3, 0}), "column \"b\" is missing in row 4");
  EXPECT_EQ(gaps_in(data, std::vector<std::int64_t>{0, 2}), "");
  const Dataset part = data.take({0, 3});
  EXPECT_EQ(gaps_in(part, all_rows(part)), "column \"b\" is missing in row 4") << "as the table counts";
  EXPECT_EQ(gaps_in(data.rows(1, 3), std::vector<std::int64_t>{0}), "column \"b\" is missing in row 2");
  EXPECT_EQ(gaps_in(pairs_of({kInfinite, 2}), std::vector<std::int64_t>{0}), "column \"a\" is infinite in row 1");
}

TEST(NotFinite, NamesColumnsOfSeveralInputs) {
  Dataset data = pairs_of({1, 2});
  data.inputs.emplace("z", Tensor({1, 1}, std::vector<float>{kGap}));
  data.feature_names = {"x=a", "x=b", "z=c"};
  EXPECT_EQ(gaps_in(data, std::vector<std::int64_t>{0}), "column \"c\" is missing in row 1");
}

TEST(NotFinite, NamesTheLayerAndTheRow) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float[N, 2] y) {
      h = Exp(x)
      logs = Log(h)
      y = Neg(logs)
    })");
  const Dataset data = pairs_of({1, 2, 3, 1000});
  EXPECT_EQ(origin_in(model, data, all_rows(data)), "layer \"h\" (Exp) gives the first value that is not finite, in row 2");
  EXPECT_EQ(origin_in(model, data, std::vector<std::int64_t>{0}), "");
}

TEST(NotFinite, NamesTheLargestNumberWhereOnlyTheLossOverflows) {
  const Dataset data = pairs_of({1, 2, -3e38F, 4});
  EXPECT_EQ(largest_in(data, all_rows(data)), "column \"a\" reaches -3e+38 in row 2");
  auto [model, rows] = problem();
  rows.inputs["input"] = Tensor::full({100, 10}, 1e30F);
  Trainer trainer(model, compile("sgd:learning_rate=0.01"));
  EXPECT_THAT(message_of([&, &all = rows] { trainer.fit(all, {.epochs = 1, .show_progress = false}); }),
              HasSubstr("it overflows, input \"input\" reaches 1e+30 in row"));
}

TEST(NotFinite, BlamesATargetAndNoModestNumber) {
  Dataset data = pairs_of({1, 2, -3, 4});
  data.targets = Tensor({2, 1}, std::vector<float>{1e25F, 1});
  data.target_names = {"y"};
  EXPECT_EQ(largest_in(data, all_rows(data)), "target \"y\" reaches 1e+25 in row 1");
  EXPECT_EQ(largest_in(data, std::vector<std::int64_t>{1}), "");
  auto [model, rows] = problem();
  Compile poisson = compile("sgd:learning_rate=0.01");
  poisson.loss = {"poisson"};
  EXPECT_THAT(message_of([&, &given = model, &all = rows] { Trainer(given, poisson).fit(all, {.epochs = 1, .show_progress = false}); }),
              HasSubstr("the model's answers are finite, and the loss is not defined for one of them"));
}

TEST(NotFinite, NamesAWeight) {
  Model model = problem().model;
  *model.graph.initializer("dense/kernel") = Tensor::full({10, 10}, kInfinite);
  EXPECT_EQ(origin_in(model, problem().data, std::vector<std::int64_t>{0}), "weight \"dense/kernel\" is not finite");
}

TEST(NotFinite, FindsRowsWithoutAnAnswer) {
  const Tensors outputs = {{"p", Tensor({3, 2}, std::vector<float>{1, 2, 3, kGap, kInfinite, 0})},
                           {"label", Tensor({3}, std::vector<std::int64_t>{1, 2, 3})}};
  EXPECT_THAT(unanswered_rows(outputs, 3), ElementsAre(1));
  const Dataset data = pairs_of({1, 2, kGap, 4, 5, 6});
  EXPECT_THAT(rows_without(data, {1}), ElementsAre(0, 2));
  EXPECT_EQ(describe_unanswered(data, {1}), "1 of 3 rows have no answer (NaN): 2; column \"a\" is missing in row 2");
}

TEST(NotFinite, StopsTrainingWithTheColumnAndTheRow) {
  auto [model, data] = problem();
  std::vector<float> values(data.inputs.at("input").floats().begin(), data.inputs.at("input").floats().end());
  values[73] = kGap;
  data.inputs["input"] = Tensor({100, 10}, std::move(values));
  for (int i = 0; i < 10; ++i) data.feature_names.push_back(upkeep::format("x{}", i));
  Trainer trainer(model, compile("sgd:learning_rate=0.01"));
  EXPECT_THAT(message_of([&, &rows = data] { trainer.fit(rows, {.epochs = 1, .shuffle = false, .show_progress = false}); }),
              HasSubstr("the loss is not finite in epoch 1, batch 1: column \"x3\" is missing in row 8"));
}

TEST(NotFinite, StopsTrainingWithTheLayer) {
  auto [model, data] = problem("activation: exponential");
  data.inputs["input"] = Tensor::full({100, 10}, 1e4F);
  Trainer trainer(model, compile("sgd:learning_rate=0.01"));
  EXPECT_THAT(message_of([&, &rows = data] { trainer.fit(rows, {.epochs = 1, .show_progress = false}); }), HasSubstr("layer \"dense\" ("));
}

TEST(NotFinite, NamesAnswersThatGrew) {
  const Model model = model_from_text(
      "<ir_version: 8, opset_import: [\"\" : 13]> g (float[N,1] x) => (float[N,1] y) <float[1,1] w = {1e20}> { y = MatMul (x, w) }");
  Dataset data;
  data.inputs["x"] = Tensor({3, 1}, std::vector<float>{0, 2, 1});
  data.targets = Tensor({3, 1}, std::vector<float>{0, 0, 0});
  EXPECT_EQ(grown_answer_in(model, data, all_rows(data)), "the answer \"y\" reaches 2e+20 in row 2");
  data.inputs["x"] = Tensor({3, 1}, std::vector<float>{0, 0, 1e-3F});
  EXPECT_EQ(grown_answer_in(model, data, all_rows(data)), "");
}

// ONNX Runtime's LSTM makes a number of a gap, where Keras answers NaN.
TEST(NotFinite, RowsWithGapsHaveNoAnswerWhereTheModelLosesThem) {
  const auto model_with = [](const std::string& nodes) {
    return model_from_text("<ir_version: 8, opset_import: [\"\" : 13]> g (float[N,2] x) => (float[N,1] y) {" + nodes + "}");
  };
  Dataset data;
  data.inputs["x"] = Tensor({3, 2}, std::vector<float>{1, 2, NAN, 4, 5, 6});
  data.targets = Tensor({3, 0}, std::vector<float>{});
  const Tensors outputs = {{"y", Tensor({3, 1}, std::vector<float>{1, 2, NAN})}};
  EXPECT_THAT(unanswered_rows(model_with("y = ReduceMax<axes = [1]> (x)"), data, outputs), ElementsAre(1, 2));
  EXPECT_THAT(unanswered_rows(model_with("k = Constant<value_ints = [1]> () y, i = TopK (x, k)"), data, outputs), ElementsAre(1, 2));
  EXPECT_THAT(unanswered_rows(model_with("y = ReduceSum (x)"), data, outputs), ElementsAre(2));
  EXPECT_THAT(unanswered_rows(model_with("m = IsNaN (x) f = Where (m, x, x) y = ReduceMax<axes = [1]> (f)"), data, outputs),
              ElementsAre(2));
  const Tensors without = without_answers(outputs, {0});
  EXPECT_TRUE(std::isnan(without.at("y").floats()[0]));
  EXPECT_EQ(without.at("y").floats()[1], 2);
}

}  // namespace upkeep
