// The sequences of rates are Keras 3.15's: keras.callbacks.ReduceLROnPlateau on the same losses, starting from 0.1.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

namespace {

const std::vector<double> kLosses = {1.0, 0.9, 0.89995, 0.9, 0.91,    0.5,     0.6, 0.55, 0.52, 0.51, 0.4999,
                                     0.6, 0.6, 0.6,     0.7, 0.49985, 0.49985, 0.3, 0.4,  0.4,  0.4,  0.4};

std::unique_ptr<Schedule> make(const Json& settings) { return catalog().at("reduce-on-plateau").make(settings, 0.1); }

std::vector<double> rates(const Json& settings) {
  const auto schedule = make(settings);
  std::vector<double> all;
  double rate = 0.1;
  for (double loss : kLosses) all.push_back(rate = schedule->epoch_end(rate, {{"loss", loss}}));
  return all;
}

auto are(const std::vector<double>& expected) { return testing::Pointwise(testing::DoubleNear(1e-9), expected); }

}  // namespace

TEST(ReduceOnPlateau, LowersTheRateAfterPatienceEpochsAsKerasDoes) {
  EXPECT_THAT(rates({{"patience", 2}}), are({0.1,   0.1,   0.1,   0.01,  0.01,  0.01,  0.01,  0.001, 0.001, 0.0001, 0.0001,
                                             1e-05, 1e-05, 1e-06, 1e-06, 1e-06, 1e-06, 1e-06, 1e-06, 1e-07, 1e-07,  1e-08}));
}

TEST(ReduceOnPlateau, WaitsOutACooldownAsKerasDoes) {
  EXPECT_THAT(rates({{"patience", 2}, {"factor", 0.5}, {"cooldown", 2}}),
              are({0.1,    0.1,    0.1,     0.05,    0.05,    0.05,    0.05,    0.025,   0.025,    0.025,    0.0125,
                   0.0125, 0.0125, 0.00625, 0.00625, 0.00625, 0.00625, 0.00625, 0.00625, 0.003125, 0.003125, 0.003125}));
}

TEST(ReduceOnPlateau, IgnoresChangesBelowMinDeltaAsKerasDoes) {
  EXPECT_THAT(rates({{"patience", 3}, {"factor", 0.5}, {"min_delta", 0.02}, {"cooldown", 1}}),
              are({0.1,    0.1,    0.1,    0.1,     0.05,    0.05,    0.05,    0.05,    0.025,   0.025,    0.025,
                   0.0125, 0.0125, 0.0125, 0.00625, 0.00625, 0.00625, 0.00625, 0.00625, 0.00625, 0.003125, 0.003125}));
}

TEST(ReduceOnPlateau, StopsAtTheLowestRate) {
  const std::vector<double> all = rates({{"patience", 1}, {"factor", 0.5}, {"min_lr", 0.03}});
  EXPECT_THAT(std::vector<double>(all.begin(), all.begin() + 5), are({0.1, 0.1, 0.05, 0.03, 0.03}));
  EXPECT_DOUBLE_EQ(all.back(), 0.03);
}

TEST(ReduceOnPlateau, WatchesForMoreInModeMax) {
  const std::vector<double> all = rates({{"patience", 2}, {"factor", 0.5}, {"mode", "max"}});
  EXPECT_THAT(std::vector<double>(all.begin(), all.begin() + 7), are({0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125}));
}

TEST(ReduceOnPlateau, WatchesTheHeldOutLossWhereThereIsOne) {
  const auto schedule = make({{"patience", 1}});
  schedule->epoch_end(0.1, {{"loss", 1.0}, {"val_loss", 1.0}});
  EXPECT_DOUBLE_EQ(schedule->epoch_end(0.1, {{"loss", 0.5}, {"val_loss", 2.0}}), 0.01);
}

TEST(ReduceOnPlateau, GoesOnFromItsState) {
  const Json settings = {{"patience", 3}, {"factor", 0.5}, {"cooldown", 2}};
  for (std::size_t stop = 0; stop < kLosses.size(); ++stop) {
    const auto before = make(settings);
    double rate = 0.1;
    for (std::size_t i = 0; i < stop; ++i) rate = before->epoch_end(rate, {{"loss", kLosses[i]}});
    const auto after = make(settings);
    after->restore(parse_json(before->state().dump()));
    for (std::size_t i = stop; i < kLosses.size(); ++i) rate = after->epoch_end(rate, {{"loss", kLosses[i]}});
    EXPECT_EQ(rate, rates(settings).back()) << stop;
  }
}

TEST(ReduceOnPlateau, KeepsABestThatIsNoNumberInItsState) {
  const auto schedule = make({{"patience", 1}});
  schedule->epoch_end(0.1, {{"loss", HUGE_VAL}});
  const auto after = make({{"patience", 1}});
  after->restore(parse_json(schedule->state().dump()));
  EXPECT_EQ(after->epoch_end(0.1, {{"loss", 1e30}}), 0.1);  // better than infinity
}

TEST(ReduceOnPlateau, SaysWhichFiguresThereAre) {
  const auto schedule = make({{"monitor", "val_loss"}});
  try {
    schedule->epoch_end(0.1, {{"loss", 1.0}, {"mae", 1.0}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("val_loss"), testing::HasSubstr("mae")));
  }
}

TEST(ReduceOnPlateau, AsksForAModeWhenTheNameDoesNotTell) {
  EXPECT_THROW(make({{"monitor", "val_happiness"}}), Error);
  EXPECT_NO_THROW(make({{"monitor", "val_happiness"}, {"mode", "max"}}));
}

}  // namespace upkeep::schedules
