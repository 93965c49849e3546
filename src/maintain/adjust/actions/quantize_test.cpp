#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "layers/view/architecture.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/scenario_testing.hpp"
#include "runtime/session.hpp"

namespace upkeep::actions {

namespace {

Candidate quantize_rows(const Json& values) {
  static const Model model = scenario::trained(scenario::rows(300, 1));
  const Table data = scenario::rows(300, 2);
  return catalog()
      .at("quantize")
      .run({.model = model, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}}, values);
}

}  // namespace

TEST(QuantizeAction, MakesIntegersThatRun) {
  const Candidate candidate = quantize_rows({{"method", "static"}, {"rows", 100}});
  EXPECT_EQ(candidate.evidence["rows"], 100);
  EXPECT_THAT(candidate.summary, testing::HasSubstr("calibrated on 100 rows"));
  EXPECT_TRUE(std::ranges::any_of(candidate.model.graph.nodes, [](const Node& node) { return node.op == "DequantizeLinear"; }));
  EXPECT_NO_THROW(Session{candidate.model});
  EXPECT_THAT(message_of([] { catalog().at("quantize").check({{"method", "statc"}}); }), testing::HasSubstr("static"));
}

// A version that a pass before quantised: the next pass trains it through its roundings, and may quantise it anew.
TEST(QuantizeAction, GoesOnWithAVersionThatIsQuantised) {
  const Model version = quantize_rows({{"method", "static"}, {"rows", 100}}).model;
  const Table data = scenario::rows(300, 3);
  const ActionContext context{.model = version, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}};
  const Candidate trained = catalog().at("retrain").run(context, {{"epochs", 2}});
  EXPECT_EQ(trained.evidence["through_roundings"], true);
  EXPECT_THAT(trained.summary, testing::HasSubstr("through the roundings"));
  const auto integers = [](const Model& model) {
    return std::ranges::count_if(model.graph.initializers, [](const auto& one) { return one.second.dtype() == DType::kInt8; });
  };
  EXPECT_EQ(integers(trained.model), integers(version));
  EXPECT_NO_THROW(Session{trained.model});

  const Candidate anew = catalog()
                             .at("quantize")
                             .run({.model = trained.model, .data = data, .columns = context.columns}, {{"method", "static"}, {"rows", 50}});
  EXPECT_EQ(anew.evidence["quantized_anew"], true);
  EXPECT_THAT(anew.summary, testing::HasSubstr("anew"));
  EXPECT_EQ(integers(anew.model), integers(version));
}

TEST(QuantizeAction, RefusesToTrainWhatItCannotOpen) {
  const Model version = quantize_rows({{"method", "dynamic"}, {"rows", 100}}).model;
  const Table data = scenario::rows(300, 3);
  const ActionContext context{.model = version, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}};
  EXPECT_THAT(message_of([&] { catalog().at("retrain").run(context, {{"epochs", 1}}); }), testing::HasSubstr("does not train"));
  const Model open = quantize_rows({{"method", "static"}, {"rows", 100}}).model;
  const ActionContext fresh{.model = open, .data = data, .columns = context.columns};
  EXPECT_THAT(message_of([&] { catalog().at("retrain").run(fresh, {{"from", "fresh"}}); }), testing::HasSubstr("float parent"));
}

}  // namespace upkeep::actions
