#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "layers/architecture.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/scenario_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep::actions {

namespace {

Candidate prune_rows(const Json& values) {
  static const Model model = scenario::trained(scenario::rows(300, 1));
  const Table data = scenario::rows(300, 2);
  return catalog().at("prune").run({.model = model, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}}, values);
}

}  // namespace

TEST(PruneAction, TakesChannelsOutAndRetrainGoesOn) {
  const Candidate candidate = prune_rows({{"method", "taylor"}, {"sparsity", 0.5}, {"round_to", 1}});
  EXPECT_LT(candidate.evidence["change"]["kept"].get<int>(), candidate.evidence["change"]["channels"].get<int>());
  EXPECT_THAT(candidate.summary, testing::HasSubstr("channels are left, by taylor"));
  const Table data = scenario::rows(300, 2);
  const Candidate trained = catalog().at("retrain").run(
      {.model = candidate.model, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}}, {{"epochs", 1}});
  EXPECT_EQ(architecture_of(trained.model).layers.size(), architecture_of(candidate.model).layers.size());
}

TEST(PruneAction, SetsWeightsToZero) {
  const Candidate candidate = prune_rows({{"granularity", "element"}, {"sparsity", 0.5}});
  EXPECT_GE(candidate.evidence["change"]["zeros"].get<int>(), 5);
  EXPECT_THAT(message_of([] { catalog().at("prune").check({{"method", "magnitud"}}); }), testing::HasSubstr("magnitude"));
}

}  // namespace upkeep::actions
