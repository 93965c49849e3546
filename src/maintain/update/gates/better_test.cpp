#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/update/gates/gate.hpp"

namespace upkeep::gates {
namespace {

using testing::HasSubstr;

// Absolute errors by row, with targets of zero.
GateFacts held_out(const std::vector<float>& current, const std::vector<float>& candidate) {
  const Shape shape{std::ssize(current), 1};
  return {.held_out = {.current = Tensor(shape, current), .candidate = Tensor(shape, candidate), .targets = Tensor::full(shape, 0.0f)},
          .reference = {.targets = Tensor({0, 1}, std::vector<float>{})}};
}

Decision ask_better(const GateFacts& facts, const Json& settings = {{"metric", "mae"}}) {
  return catalog().at("better").decide(facts, settings);
}

TEST(BetterGate, OpensForACandidateThatIsBetterOnEveryRow) {
  const Decision decision = ask_better(held_out(std::vector<float>(40, 3), std::vector<float>(40, 1)));
  EXPECT_TRUE(decision.yes);
  EXPECT_EQ(decision.evidence["improvement"], 2);
  EXPECT_THAT(decision.reason, HasSubstr("mae 3 -> 1 on 40 rows"));
}

TEST(BetterGate, StaysShutForAWorseCandidateAndForAnEqualOne) {
  EXPECT_FALSE(ask_better(held_out(std::vector<float>(40, 1), std::vector<float>(40, 3))).yes);
  EXPECT_FALSE(ask_better(held_out(std::vector<float>(40, 1), std::vector<float>(40, 1))).yes);
}

TEST(BetterGate, StaysShutWhenALuckyRowMakesTheDifference) {
  std::vector<float> current(40, 1);
  std::vector<float> candidate(40, 1.05f);
  candidate[3] = -1;  // error 1 like before
  current[7] = 30;    // one row that the candidate happens to get right
  candidate[7] = 1;
  const Decision decision = ask_better(held_out(current, candidate));
  EXPECT_GT(decision.evidence["improvement"].get<double>(), 0.5);
  EXPECT_FALSE(decision.yes);
}

TEST(BetterGate, WantsTheImprovementAskedFor) {
  const GateFacts facts = held_out(std::vector<float>(40, 3), std::vector<float>(40, 2));
  EXPECT_TRUE(ask_better(facts, {{"metric", "mae"}, {"min_improvement", 0.5}}).yes);
  EXPECT_FALSE(ask_better(facts, {{"metric", "mae"}, {"min_improvement", 1}}).yes);
}

TEST(BetterGate, WantsRowsToJudgeBy) {
  const Decision decision = ask_better(held_out(std::vector<float>(19, 3), std::vector<float>(19, 1)));
  EXPECT_FALSE(decision.yes);
  EXPECT_THAT(decision.reason, HasSubstr("19 held-out rows of 20 needed"));
}

TEST(BetterGate, StaysShutOnAnswersThatAreNoNumbers) {
  EXPECT_FALSE(ask_better(held_out(std::vector<float>(40, 3), std::vector<float>(40, NAN))).yes);
}

TEST(BetterGate, RefusesSettingsThatSayTooLittle) {
  EXPECT_THROW(catalog().at("better").check(Json::object()), Error);
  EXPECT_THROW(catalog().at("better").check({{"metric", "maee"}}), Error);
  EXPECT_THROW(catalog().at("better").check({{"metric", "mae"}, {"confidence", 1}}), Error);
}

}  // namespace
}  // namespace upkeep::gates
