#include "train/monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(Monitor, TakesTheHeldOutLossWhereThereIsOne) {
  Monitor held_out(std::nullopt, "auto", 0);
  EXPECT_EQ(held_out.current({{"loss", 1}, {"val_loss", 2}}), 2);
  Monitor none(std::nullopt, "auto", 0);
  EXPECT_EQ(none.current({{"loss", 1}}), 1);
}

TEST(Monitor, KnowsWhichWayIsBetter) {
  EXPECT_FALSE(Monitor("val_loss", "auto", 0).higher_is_better());
  EXPECT_FALSE(Monitor("left_loss", "auto", 0).higher_is_better());
  EXPECT_TRUE(Monitor("val_accuracy", "auto", 0).higher_is_better());
  EXPECT_TRUE(Monitor("mine", "max", 0).higher_is_better());
  EXPECT_THAT(message_of([] { Monitor("mine", "auto", 0); }), HasSubstr("set mode to min or max"));
}

TEST(Monitor, AsksForMoreThanTheSmallestChange) {
  Monitor loss("loss", "min", 0.1);
  EXPECT_TRUE(loss.update(1.0));
  EXPECT_FALSE(loss.update(0.95));
  EXPECT_TRUE(loss.update(0.85));
  EXPECT_EQ(loss.best(), 0.85);
}

TEST(Monitor, TakesANumberForBetterThanNone) {
  Monitor loss("loss", "min", 0);
  EXPECT_TRUE(loss.update(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(loss.update(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(loss.update(5));
  EXPECT_FALSE(loss.update(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Monitor, NamesTheFiguresThereAre) {
  Monitor accuracy("val_accuracy", "auto", 0);
  EXPECT_THAT(message_of([&] { accuracy.current({{"loss", 1}}); }), HasSubstr("loss"));
}

TEST(ExactNumbers, SurviveJson) {
  for (const double value : {1.5, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    EXPECT_EQ(exact(exact(value)), value);
  EXPECT_TRUE(std::isnan(exact(exact(std::numeric_limits<double>::quiet_NaN()))));
}

}  // namespace upkeep
