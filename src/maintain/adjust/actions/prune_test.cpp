#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "layers/view/architecture.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/scenario_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep::actions {

namespace {

Candidate run_action(const std::string& action, const Model& model, const Json& values) {
  const Table data = scenario::rows(300, 2);
  return catalog().at(action).run({.model = model, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}}, values);
}

// The scenario's model with eight units before its output.
Model with_units() {
  return run_action("retrain", scenario::trained(scenario::rows(300, 1)),
                    {{"epochs", 1}, {"edit", Json::array({{{"add", "dense:units=8,activation=relu,before=out"}}})}})
      .model;
}

}  // namespace

TEST(PruneAction, TakesChannelsOutAndRetrainGoesOn) {
  const Candidate candidate = run_action("prune", with_units(), {{"method", "taylor"}, {"sparsity", 0.5}, {"round_to", 1}});
  EXPECT_EQ(candidate.evidence["change"]["kept"], 4);
  EXPECT_THAT(candidate.summary, testing::HasSubstr("4 of 8 channels are left, by taylor"));
  const Candidate trained = run_action("retrain", candidate.model, {{"epochs", 1}});
  EXPECT_EQ(architecture_of(trained.model).layers.size(), architecture_of(candidate.model).layers.size());
}

TEST(PruneAction, SetsWeightsToZero) {
  const Candidate candidate = run_action("prune", with_units(), {{"granularity", "element"}, {"sparsity", 0.5}});
  EXPECT_EQ(candidate.evidence["change"]["zeros"].get<int>() * 2, candidate.evidence["change"]["size"].get<int>());
  EXPECT_THAT(message_of([] { catalog().at("prune").check({{"method", "magnitud"}}); }), testing::HasSubstr("magnitude"));
}

}  // namespace upkeep::actions
