#include "optimize/acceptance.hpp"

#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "optimize/optimize_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One feature, one answer: sigmoid(x + bias), so that the decision changes at -bias.
Model decider(float bias) {
  Model model = model_of("layers: [{input: {shape: [1], name: x}}, {dense: {units: 1, activation: sigmoid, name: y}}]");
  *model.graph.initializer("y/kernel") = Tensor({1, 1}, std::vector<float>{1});
  *model.graph.initializer("y/bias") = Tensor({1}, std::vector<float>{bias});
  return model;
}

// 1000 numbers from -1 to 1 without order, of which the positive ones are class 1: decider(0) is always right, and decider(b / 500) wrong
// in b rows.
Dataset signs(std::int64_t rows = 1000) {
  std::vector<float> x, y;
  for (std::int64_t i = 0; i < rows; ++i) {
    x.push_back((static_cast<float>(i * 37 % rows) - static_cast<float>(rows - 1) / 2) * 2 / static_cast<float>(rows));
    y.push_back(x.back() > 0 ? 1.0F : 0.0F);
  }
  Dataset data;
  data.inputs["x"] = Tensor({rows, 1}, std::move(x));
  data.targets = Tensor({rows, 1}, std::move(y));
  return data;
}

Verdict judged(const Model& after, const std::string& limit, const Dataset& data = signs()) {
  return Judge(decider(0), data, {parse_acceptance(limit)}).judge_metrics(after);
}

TEST(ParseAcceptance, ReadsMetricsWithSettingsAndOutputs) {
  const Limit plain = parse_acceptance("accuracy:-0.005");
  EXPECT_EQ(plain.metric, "accuracy");
  EXPECT_DOUBLE_EQ(plain.change, -0.005);
  EXPECT_FALSE(plain.relative);
  const Limit relative = parse_acceptance("price=mae:+2%");
  EXPECT_EQ(relative.output, "price");
  EXPECT_EQ(relative.metric, "mae");
  EXPECT_DOUBLE_EQ(relative.change, 0.02);
  EXPECT_TRUE(relative.relative);
  const Limit settings = parse_acceptance("precision:threshold=0.7:-1%");
  EXPECT_EQ(settings.metric, "precision:threshold=0.7");
  EXPECT_TRUE(settings.output.empty());
  EXPECT_EQ(parse_acceptance("latency:-20%").of, Limit::Of::kLatency);
  EXPECT_EQ(parse_acceptance("zipped:+10%").of, Limit::Of::kZipped);
  EXPECT_EQ(parse_acceptance("accuracy:0").change, 0);
}

TEST(ParseAcceptance, SaysWhatWouldBeRight) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"accuracy:+0.005", "accuracy:-0.005"},
                                                                  {"mae:-2%", "mae:+2%"},
                                                                  {"accuracy:0.005", "has no sign"},
                                                                  {"accuracy", "METRIC:CHANGE"},
                                                                  {"accuracy:", "is no change"},
                                                                  {"accuracy:-nan", "is no change"},
                                                                  {"accuracy:+-1", "is no change"},
                                                                  {"acuracy:-0.1", "accuracy"},
                                                                  {"loss:+1%", "latency"},
                                                                  {"precision:treshold=0.5:-1%", "threshold"},
                                                                  {"latency:-5", "latency:-20%"},
                                                                  {"size:-100%", "cannot fall"}};
  for (const auto& [text, words] : cases) EXPECT_THAT(message_of([&] { parse_acceptance(text); }), HasSubstr(words)) << text;
}

// 10 of 1000 rows change from right to wrong: about -0.01 +- 1.96 sqrt(11) / 1002 = [-0.0165, -0.0035].
TEST(Judge, GoesByTheIntervalNotByTheDifference) {
  const Model after = decider(0.02F);
  EXPECT_EQ(judged(after, "accuracy:-0.05").judgement(), Judgement::kAccepted);
  EXPECT_EQ(judged(after, "accuracy:-0.001").judgement(), Judgement::kRefused);
  const Verdict between = judged(after, "accuracy:-0.012");
  EXPECT_EQ(between.judgement(), Judgement::kUnknown) << "the difference alone lies within";
  EXPECT_FALSE(between.accepted());
  EXPECT_DOUBLE_EQ(between.findings[0].before, 1);
  EXPECT_NEAR(between.findings[0].change, -0.01, 1e-12);
  EXPECT_NEAR(between.findings[0].low, -0.0165, 0.002);
  EXPECT_NEAR(between.findings[0].high, -0.0035, 0.002);
  // (half-width / distance)^2 = (0.0065 / 0.002)^2 = 10.6 times as many rows
  EXPECT_THAT(between.findings[0].reason,
              testing::MatchesRegex("about (9[0-9]|1[0-7]0)00? rows would tell|about 1[0-7]000 rows would tell"));
  EXPECT_THAT(message_of([&] { expect_accepted(between); }), HasSubstr("nothing was written"));
}

TEST(Judge, GoesByTheLimitInPercentOfWhatItWas) {
  Dataset data = signs();
  data.targets = Tensor::full<float>({1000, 1}, 0);  // mae: mean sigmoid(x) = 0.5
  const Model after = decider(0.02F);                // and about 0.0046 more: 0.9 %
  EXPECT_EQ(judged(after, "mae:+2%", data).judgement(), Judgement::kAccepted);
  EXPECT_EQ(judged(after, "mae:+0.5%", data).judgement(), Judgement::kRefused);
  EXPECT_EQ(judged(after, "mae:+0.01", data).judgement(), Judgement::kAccepted);
  EXPECT_EQ(judged(decider(-0.02F), "mae:0", data).judgement(), Judgement::kAccepted) << "better is within every limit";
}

TEST(Judge, AcceptsEqualAnswersOfAnyNumberOfRows) {
  const Verdict verdict = judged(decider(0), "accuracy:0", signs(3));
  EXPECT_TRUE(verdict.accepted());
  EXPECT_EQ(verdict.findings[0].low, 0);
  EXPECT_EQ(verdict.findings[0].high, 0);
}

TEST(Judge, TakesNoRoundingForALoss) {
  const Verdict verdict = judged(decider(3e-7F), "mae:0");
  EXPECT_TRUE(verdict.accepted()) << why_not(verdict);
}

TEST(Judge, CannotTellFromAFewRows) {
  const Verdict few = judged(decider(0.02F), "accuracy:-0.5", signs(9));
  EXPECT_EQ(few.judgement(), Judgement::kUnknown);
  EXPECT_THAT(why_not(few), HasSubstr("9 rows are too few"));
  // No decision changes in 100 rows: 1.96 / 102 is not within 0.005, and about 390 rows would be.
  const Verdict same = judged(decider(0.0001F), "accuracy:-0.005", signs(100));
  EXPECT_EQ(same.judgement(), Judgement::kUnknown);
  EXPECT_EQ(same.findings[0].reason, "about 390 rows would tell");
}

TEST(Judge, RefusesAModelThatLosesAnswers) {
  Model broken = decider(0);
  *broken.graph.initializer("y/kernel") = Tensor({1, 1}, std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  const Verdict verdict = judged(broken, "accuracy:-0.9");
  EXPECT_EQ(verdict.judgement(), Judgement::kRefused);
  EXPECT_THAT(why_not(verdict), HasSubstr("no answer"));
}

TEST(Judge, LeavesOutRowsWithoutAnAnswerBefore) {
  Dataset data = signs(100);
  std::vector<float> x(data.inputs["x"].floats().begin(), data.inputs["x"].floats().end());
  x[3] = std::numeric_limits<float>::quiet_NaN();
  data.inputs["x"] = Tensor({100, 1}, std::move(x));
  EXPECT_EQ(judged(decider(0), "accuracy:0", data).rows, 99);
}

TEST(Judge, JudgesEachOutputByItsOwnTargets) {
  const auto two = [](float bias) {
    Model model = model_of(
        "{layers: [{input: {shape: [1], name: x}}, {dense: {units: 1, name: a, inputs: [x]}}, {dense: {units: 1, name: b, inputs: [x]}}], "
        "outputs: [a, b]}");
    for (const char* name : {"a", "b"}) *model.graph.initializer(std::string(name) + "/kernel") = Tensor({1, 1}, std::vector<float>{1});
    *model.graph.initializer("b/bias") = Tensor({1}, std::vector<float>{bias});
    return model;
  };
  Dataset data = signs();
  const Tensor x = data.inputs["x"];
  data.targets = Tensor({0, 0}, std::vector<float>{});
  data.output_targets = {{"a", x}, {"b", x}};
  const auto judgement = [&](const std::string& limit) {
    return Judge(two(0), data, {parse_acceptance(limit)}).judge_metrics(two(0.1F)).judgement();
  };
  EXPECT_EQ(judgement("a=mae:+0.01"), Judgement::kAccepted);
  EXPECT_EQ(judgement("b=mae:+0.01"), Judgement::kRefused);
  EXPECT_EQ(judgement("mae:+0.01"), Judgement::kRefused);
  EXPECT_THAT(message_of([&] { judgement("c=mae:+0.01"); }), HasSubstr("a, b"));
}

TEST(Judge, MeasuresFilesAndLatencyAndHoldsThemToTheirLimits) {
  const Verdict verdict = judge(decider(0), decider(0), signs(), parse_acceptances({"accuracy:-0.1", "size:-50%"}), {.threads = 1});
  EXPECT_EQ(verdict.judgement(), Judgement::kRefused);
  EXPECT_THAT(why_not(verdict), testing::AllOf(HasSubstr("size"), HasSubstr("beyond the limit of -50 %")));
  ASSERT_TRUE(verdict.latency);
  const Json json = to_json(verdict);
  EXPECT_EQ(json["latency"]["threads"], 1);
  EXPECT_EQ(json["findings"].size(), 4U) << "accuracy, latency, size, zipped";
  EXPECT_EQ(json["findings"][2]["before"], model_to_bytes(decider(0)).size());
}

// Of eight parts the first three do harm: 0.02 each to the bias.
class AcceptWithReverts : public testing::Test {
 protected:
  static Model candidate(std::size_t reverted) {
    return decider(0.001F + 0.05F * static_cast<float>(3 - std::min<std::size_t>(3, reverted)));
  }
  const std::vector<std::string> parts_{"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"};
};

TEST_F(AcceptWithReverts, FindsTheFewestThatMustGo) {
  std::vector<std::size_t> made;
  const Judge judge(decider(0), signs(), parse_acceptances({"accuracy:-0.01"}));
  const Accepted result = accept_with_reverts(
      judge,
      [&](const std::vector<std::string>& reverted) {
        made.push_back(reverted.size());
        return candidate(reverted.size());
      },
      parts_);
  EXPECT_TRUE(result.verdict.accepted());
  EXPECT_THAT(result.verdict.reverted, ElementsAre("p0", "p1", "p2"));
  EXPECT_THAT(made, ElementsAre(0, 1, 2, 4, 3));
  EXPECT_TRUE(result.verdict.latency);
  EXPECT_EQ(result.model.graph.initializer("y/bias")->floats()[0], 0.001F);
}

TEST_F(AcceptWithReverts, RefusesWhereNothingWouldBeLeft) {
  const Judge judge(decider(0), signs(), parse_acceptances({"accuracy:-0.01"}));
  const Accepted result =
      accept_with_reverts(judge, [&](const std::vector<std::string>& reverted) { return candidate(reverted.size()); }, {"p0", "p1", "p2"});
  EXPECT_EQ(result.verdict.judgement(), Judgement::kRefused);
  EXPECT_TRUE(result.verdict.reverted.empty());
  EXPECT_THAT(result.verdict.attempts, ElementsAre("0 reverted: refused", "1 reverted: refused", "2 reverted: refused"));
}

TEST(ChangedWeights, AreRankedByHowMuchOfThemChanged) {
  const Model before = three_layers();
  Model after = before;
  const auto scale = [&](const std::string& name, float by) {
    std::vector<float> values(before.graph.initializer(name)->floats().begin(), before.graph.initializer(name)->floats().end());
    for (float& value : values) value *= by;
    *after.graph.initializer(name) = Tensor(before.graph.initializer(name)->shape(), std::move(values));
  };
  scale("dense/kernel", 0.9F);
  scale("dense_2/kernel", 0.5F);
  EXPECT_THAT(most_changed_first(before, after), ElementsAre("dense_2/kernel", "dense/kernel"));
  const Model back = with_weights_as_before(before, after, {"dense_2/kernel"});
  EXPECT_EQ(*back.graph.initializer("dense_2/kernel"), *before.graph.initializer("dense_2/kernel"));
  EXPECT_EQ(*back.graph.initializer("dense/kernel"), *after.graph.initializer("dense/kernel"));
}

TEST(AcceptanceRecord, GoesWithTheFileUntilTheWeightsChange) {
  const Model before = decider(0);
  Model after = decider(0.001F);
  record_acceptance(after, before, judged(after, "accuracy:-0.1"), "prune magnitude", "rows.csv");
  Model read = model_from_bytes(model_to_bytes(after));
  const std::optional<Json> record = acceptance_record(read);
  ASSERT_TRUE(record);
  EXPECT_EQ((*record)["pass"], "prune magnitude");
  EXPECT_EQ((*record)["data"], "rows.csv");
  EXPECT_EQ((*record)["findings"][0]["what"], "accuracy");
  Model again = decider(0.002F);
  record_acceptance(again, read, judged(again, "accuracy:-0.1"), "quantize");
  EXPECT_EQ((*acceptance_record(again))["earlier"][0]["pass"], "prune magnitude");
  *read.graph.initializer("y/bias") = Tensor({1}, std::vector<float>{0.5F});
  EXPECT_FALSE(acceptance_record(read));
  EXPECT_FALSE(acceptance_record(before));
}

}  // namespace
}  // namespace upkeep
