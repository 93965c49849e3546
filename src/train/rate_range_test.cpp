#include "train/rate_range.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

using testing::AllOf;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

namespace {

double loss_after_training_at(double rate) {
  const Problem made = problem();
  Trainer trainer(made.model, compile(upkeep::format("sgd:learning_rate={}", rate)));
  try {
    return trainer.fit(made.data, {.epochs = 20, .show_progress = false}).series("loss").back();
  } catch (const Error&) {
    return HUGE_VAL;  // diverged
  }
}

}  // namespace

TEST(RateRange, RaisesTheRateByTheSameFactorUntilTheLossExplodes) {
  const Problem made = problem();
  const RateRange range = learning_rate_range(made.model, compile("sgd"), made.data, {.lowest = 1e-5, .highest = 1000, .steps = 400});
  ASSERT_THAT(range.rates, SizeIs(Ge(20U)));
  EXPECT_NEAR(range.rates[1] / range.rates[0], std::pow(1e8, 1.0 / 399), 1e-9);
  EXPECT_LT(range.rates.back(), 1000);
  EXPECT_THAT(range.ended, HasSubstr("at rate"));
  EXPECT_TRUE(range.falls);
}

// At least as good as a tenth and ten times of it.
TEST(RateRange, SuggestsARateThatTrainsBetterThanItsNeighbours) {
  const Problem made = problem();
  const RateRange range =
      learning_rate_range(made.model, compile("sgd"), made.data, {.lowest = 1e-5, .highest = 100, .steps = 200, .seed = 1});
  const double suggested = loss_after_training_at(range.suggestion);
  EXPECT_LT(suggested, loss_after_training_at(range.suggestion / 30));
  EXPECT_LT(suggested, loss_after_training_at(range.suggestion * 300));
}

TEST(RateRange, WorksOnACopy) {
  const Problem made = problem();
  const std::string before = model_to_bytes(made.model);
  learning_rate_range(made.model, compile("adam"), made.data, {.steps = 20});
  EXPECT_EQ(model_to_bytes(made.model), before);
}

TEST(RateRange, SaysWhenTheLossFallsNowhere) {
  const Problem made = problem();
  EXPECT_FALSE(learning_rate_range(made.model, compile("sgd"), made.data, {.lowest = 1e-12, .highest = 1e-10, .steps = 50}).falls);
}

TEST(RateRange, RefusesAnEmptyRange) {
  const Problem made = problem();
  EXPECT_THAT(message_of([&] { learning_rate_range(made.model, compile("sgd"), made.data, {.lowest = 1, .highest = 0.1}); }),
              HasSubstr("lowest < highest"));
}

}  // namespace upkeep
