#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "layers/architecture.hpp"
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

}  // namespace upkeep::actions
