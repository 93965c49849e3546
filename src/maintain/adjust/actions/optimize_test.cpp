#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "layers/view/architecture.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/scenario_testing.hpp"
#include "optimize/acceptance.hpp"

namespace upkeep::actions {

namespace {

Candidate optimize_rows(const Json& values) {
  static const Model model = scenario::trained(scenario::rows(300, 1));
  const Table data = scenario::rows(300, 2);
  return catalog()
      .at("optimize")
      .run({.model = model, .data = data, .columns = {.targets = {"y"}, .features = scenario::kFeatures}}, values);
}

}  // namespace

TEST(OptimizeAction, ChoosesAnAcceptedOneAndRecordsIt) {
  const Candidate candidate = optimize_rows({{"accept", {"mae:+300%"}}, {"epochs", 1}, {"budget", "60s"}});
  EXPECT_EQ(candidate.evidence["acceptance"]["judgement"], "accepted");
  EXPECT_TRUE(acceptance_record(candidate.model));
  EXPECT_THAT(candidate.summary, testing::HasSubstr("the best in size"));
}

TEST(OptimizeAction, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { catalog().at("optimize").check(Json::object()); }), testing::HasSubstr("accept"));
  EXPECT_THAT(message_of([] { catalog().at("optimize").check({{"accept", {"mae:-1%"}}}); }), testing::HasSubstr("mae"));
  EXPECT_THAT(message_of([] { optimize_rows({{"accept", {"mae:+1%", "size:-99%"}}, {"epochs", 1}, {"budget", "5s"}}); }),
              testing::HasSubstr("none of"));
}

}  // namespace upkeep::actions
