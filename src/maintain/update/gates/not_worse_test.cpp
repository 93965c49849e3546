#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/update/gates/gate.hpp"

namespace upkeep::gates {
namespace {

using testing::HasSubstr;

PairedAnswers rows(std::int64_t count, float current, float candidate) {
  const Shape shape{count, 1};
  return {.current = Tensor::full(shape, current), .candidate = Tensor::full(shape, candidate), .targets = Tensor::full(shape, 0.0f)};
}

Decision ask_not_worse(const GateFacts& facts, const Json& settings) { return catalog().at("not-worse").decide(facts, settings); }

TEST(NotWorseGate, AllowsALossWithinTheMargin) {
  const GateFacts facts{.held_out = rows(0, 0, 0), .reference = rows(40, 10, 10.9f)};
  EXPECT_TRUE(ask_not_worse(facts, {{"metric", "mae"}}).yes);  // a tenth of 10
  EXPECT_FALSE(ask_not_worse(facts, {{"metric", "mae"}, {"max_relative_loss", 0.05}}).yes);
  EXPECT_FALSE(ask_not_worse(facts, {{"metric", "mae"}, {"max_loss", 0.5}}).yes);
}

TEST(NotWorseGate, OpensForTheSameModelEvenWithoutAMargin) {
  EXPECT_TRUE(ask_not_worse({.held_out = rows(0, 0, 0), .reference = rows(40, 10, 10)}, {{"metric", "mae"}, {"max_loss", 0}}).yes);
}

TEST(NotWorseGate, LooksAtTheRowsAskedFor) {
  const GateFacts facts{.held_out = rows(40, 10, 20), .reference = rows(40, 10, 10)};
  EXPECT_TRUE(ask_not_worse(facts, {{"metric", "mae"}}).yes);
  EXPECT_FALSE(ask_not_worse(facts, {{"metric", "mae"}, {"on", "held-out"}}).yes);
}

TEST(NotWorseGate, StaysShutWithoutEvidence) {
  const Decision decision = ask_not_worse({.held_out = rows(40, 1, 1), .reference = rows(3, 1, 1)}, {{"metric", "mae"}});
  EXPECT_FALSE(decision.yes);
  EXPECT_THAT(decision.reason, HasSubstr("3 reference rows of 20 needed"));
  EXPECT_FALSE(ask_not_worse({.held_out = rows(0, 0, 0), .reference = rows(40, 1, NAN)}, {{"metric", "mae"}}).yes);
}

TEST(NotWorseGate, RefusesSettingsThatAreWrong) {
  EXPECT_THROW(catalog().at("not-worse").check(Json::object()), Error);
  EXPECT_THROW(catalog().at("not-worse").check({{"metric", "mae"}, {"on", "moon"}}), Error);
}

}  // namespace
}  // namespace upkeep::gates
