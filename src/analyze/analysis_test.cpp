#include "analyze/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "graph/ops.hpp"
#include "layers/view/architecture.hpp"
#include "train/training_record.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// y = factor * x, elementwise over [batch, width].
Model times(float factor, std::int64_t width = 1) {
  Model model;
  Ops ops(model);
  ops.output(ops.mul(ops.input("x", DType::kFloat32, {"batch", width}), factor), "y");
  return model;
}

Dataset numbers(const std::vector<float>& x, const std::vector<float>& y) {
  const auto rows = static_cast<std::int64_t>(x.size());
  return {.inputs = {{"x", Tensor({rows, 1}, x)}}, .targets = Tensor({rows, 1}, y)};
}

TEST(Analyze, MeasuresWhatWasAskedFor) {
  const Analysis analysis = analyze(times(2), numbers({1, 2, 3, 4}, {2, 5, 6, 10}), {.metrics = {"mae", "mse"}});
  EXPECT_EQ(analysis.rows, 4);
  EXPECT_NEAR(find(analysis.metrics, "mae").value, (0 + 1 + 0 + 2) / 4.0, 1e-6);
  EXPECT_NEAR(find(analysis.metrics, "mse").value, (0 + 1 + 0 + 4) / 4.0, 1e-6);
  EXPECT_NEAR(analysis.mean_residual, -0.75, 1e-6);
  EXPECT_THAT(analysis.predictions, ElementsAre(2, 4, 6, 8));
  EXPECT_THROW(find(analysis.metrics, "auc"), Error);
}

TEST(Analyze, MeasuresFloat64InFloat64) {
  Model model;
  Ops ops(model);
  ops.output(ops.neg(ops.neg(ops.input("x", DType::kFloat64, {"batch", 1}))), "y");
  const Dataset data{.inputs = {{"x", Tensor({2, 1}, std::vector<double>{123456789.25, 2})}},
                     .targets = Tensor({2, 1}, std::vector<double>{123456789.0, 2})};
  EXPECT_DOUBLE_EQ(analyze(model, data, {.metrics = {"mae"}}).metrics[0].value, 0.125);
}

TEST(Analyze, CountsLogitsAboveZeroAsTheSecondClass) {
  Model model;
  Ops ops(model);
  ops.output(ops.neg(ops.neg(ops.input("x", DType::kFloat32, {"batch", 1}))), "y");
  const Dataset data{.inputs = {{"x", Tensor({3, 1}, std::vector<float>{-1, 0.2F, 0.5F})}},
                     .targets = Tensor({3}, std::vector<std::int64_t>{0, 1, 1})};
  using Confusion = std::vector<std::vector<std::int64_t>>;
  EXPECT_EQ(analyze(model, data, {.metrics = {"binary_accuracy"}}).confusion, (Confusion{{1, 0}, {2, 0}}));  // 0.5 is not above 0.5
  set_training_record(model, {.compile = Compile{.loss = parse_named("binary_crossentropy:from_logits=true")}});
  EXPECT_EQ(analyze(model, data, {.metrics = {"binary_accuracy"}}).confusion, (Confusion{{1, 0}, {0, 2}}));
}

TEST(Analyze, LeavesMaskedStepsOut) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [2, 1], name: x}}, {masking: {mask_value: 0}}, {dense: {units: 1, use_bias: false, name: d}}]");
  const Model model = build_model(net, {{"d/kernel", Tensor({1, 1}, std::vector<float>{1})}});
  const Dataset data{.inputs = {{"x", Tensor({2, 2, 1}, std::vector<float>{1, 2, 3, 0})}},
                     .targets = Tensor({2, 2, 1}, std::vector<float>{2, 4, 6, 50})};
  const Analysis analysis = analyze(model, data, {.metrics = {"mae"}, .slice = "s", .slice_values = {"a", "b"}});
  EXPECT_NEAR(find(analysis.metrics, "mae").value, (1 + 2 + 3) / 3.0, 1e-6);
  EXPECT_NEAR(find(analysis.slices[1].metrics, "mae").value, 3, 1e-6);
  EXPECT_NEAR(analysis.mean_residual, -2, 1e-6);
}

TEST(Analyze, PutsTheValueInsideItsInterval) {
  Random random(3);
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 400; ++i) {
    x.push_back(static_cast<float>(random.normal()));
    y.push_back(2 * x.back() + static_cast<float>(random.normal()));
  }
  const Analysis analysis = analyze(times(2), numbers(x, y), {.metrics = {"mae"}});
  const Estimate& mae = find(analysis.metrics, "mae");
  const double truth = std::sqrt(2 / std::numbers::pi);                // E|N(0, 1)|
  const double standard_error = std::sqrt((1 - truth * truth) / 400);  // 0.030
  EXPECT_LT(mae.low, mae.value);
  EXPECT_GT(mae.high, mae.value);
  EXPECT_NEAR(mae.value, truth, 4 * standard_error);
  EXPECT_NEAR(mae.high - mae.low, 2 * 1.96 * standard_error, standard_error);
}

TEST(Analyze, TakesTheMetricsOfTheModelWhenNoneAreGiven) {
  Model model = times(1);
  EXPECT_THAT(default_metrics(model, Tensor({1, 1}, std::vector<float>{0})), ElementsAre("mae", "rmse"));
  EXPECT_THAT(default_metrics(model, Tensor({1, 1}, std::vector<std::int64_t>{0})), ElementsAre("accuracy"));
  set_training_record(model, {.compile = Compile{.metrics = {"mse"}}});
  EXPECT_THAT(default_metrics(model, Tensor({1, 1}, std::vector<float>{0})), ElementsAre("mse"));
}

TEST(Analyze, SlicesTheRowsLargestFirst) {
  const Analysis analysis = analyze(times(1), numbers({0, 0, 0, 0}, {1, 1, 1, 5}),
                                    {.metrics = {"mae"}, .slice = "region", .slice_values = {"south", "south", "south", "north"}});
  ASSERT_EQ(analysis.slices.size(), 2U);
  EXPECT_EQ(analysis.slices[0].value, "south");
  EXPECT_EQ(analysis.slices[0].rows, 3);
  EXPECT_NEAR(analysis.slices[0].metrics[0].value, 1, 1e-6);
  EXPECT_NEAR(analysis.slices[1].metrics[0].value, 5, 1e-6);
}

TEST(Analyze, CountsWhichClassWasTakenForWhich) {
  const Dataset data{.inputs = {{"x", Tensor({4, 3}, std::vector<float>{9, 0, 0, 0, 9, 0, 0, 0, 9, 9, 0, 0})}},
                     .targets = Tensor({4, 1}, std::vector<std::int64_t>{0, 1, 2, 2}),
                     .class_names = {"a", "b", "c"}};
  const Analysis analysis = analyze(times(1, 3), data, {.metrics = {"accuracy"}});
  EXPECT_NEAR(find(analysis.metrics, "accuracy").value, 0.75, 1e-6);
  EXPECT_THAT(analysis.confusion, ElementsAre(ElementsAre(1, 0, 0), ElementsAre(0, 1, 0), ElementsAre(1, 0, 1)));
  EXPECT_THAT(analysis_page("m", analysis), AllOf(HasSubstr("<th scope=\"col\">true class</th>"), HasSubstr("<td>c</td>")));
}

TEST(Analyze, RefusesWhatDoesNotFit) {
  EXPECT_THROW(analyze(times(1), numbers({}, {})), Error);
  EXPECT_THROW(analyze(times(1), numbers({1}, {1}), {.slice_values = {"a", "b"}}), Error);
  EXPECT_THROW(analyze(times(1), numbers({1}, {1}), {.metrics = {"no-such-metric"}}), Error);
}

TEST(Analyze, GivesTheSameJsonForTheSameSeed) {
  const auto once = [] { return to_json(analyze(times(2), numbers({1, 2, 3, 4}, {2, 5, 6, 10}), {.metrics = {"mae"}, .seed = 5})).dump(); };
  EXPECT_EQ(once(), once());
}

TEST(Estimate, OfNoRowsIsNotANumber) {
  const std::vector<Estimate> none = estimate({"mae"}, Tensor({0, 1}, std::vector<float>{}), Tensor({0, 1}, std::vector<float>{}));
  EXPECT_TRUE(std::isnan(none[0].value));
  EXPECT_TRUE(to_json(none)["mae"]["low"].is_null());
}

TEST(SliceValues, AreTextDistinctNumbersOrQuartiles) {
  Table table;
  table.add("word", Tensor({2}, std::vector<std::string>{"a", "b"}));
  table.add("few", Tensor({2}, std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_THAT(slice_values(table, "word"), ElementsAre("a", "b"));
  EXPECT_THAT(slice_values(table, "few"), ElementsAre("1", "missing"));
  std::vector<double> many;
  for (int i = 0; i < 100; ++i) many.push_back(i);
  Table wide;
  wide.add("many", Tensor({100}, many));
  const std::vector<std::string> quartiles = slice_values(wide, "many");
  EXPECT_EQ(quartiles[0], "< 25");
  EXPECT_EQ(quartiles[25], "[25, 50)");
  EXPECT_EQ(quartiles[74], "[50, 75)");
  EXPECT_EQ(quartiles[75], ">= 75");
  EXPECT_THROW(slice_values(wide, "no such"), Error);
}

TEST(AnalysisPage, ShowsMetricsMistakesAndSlices) {
  const Analysis analysis = analyze(times(2), numbers({1, 2, 3, 4}, {2, 5, 6, 10}),
                                    {.metrics = {"mae"}, .slice = "region", .slice_values = {"a", "a", "b", "b"}});
  EXPECT_THAT(analysis_page("model.onnx", analysis),
              AllOf(HasSubstr("Analysis: model.onnx"), HasSubstr("4 rows; intervals at 95 % confidence"),
                    HasSubstr("Predictions and targets"), HasSubstr("By region")));
}

}  // namespace
}  // namespace upkeep
