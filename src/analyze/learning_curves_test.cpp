#include "analyze/learning_curves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

History three_epochs() {
  return {.epochs = {{{"loss", 4.0}, {"mae", 1.5}, {"val_loss", 5.0}, {"learning_rate", 0.1}, {"seconds", 0.5}},
                     {{"loss", 2.0}, {"mae", 1.0}, {"val_loss", 3.0}, {"learning_rate", 0.1}, {"seconds", 0.5}},
                     {{"loss", 1.0}, {"mae", 0.5}, {"val_loss", 3.5}, {"learning_rate", 0.05}, {"seconds", 0.5}}}};
}

TEST(LearningCurves, PutsAMeasureAndItsValidationIntoOneChart) {
  const std::vector<report::Chart> charts = learning_curves(three_epochs());
  ASSERT_EQ(charts.size(), 3U);
  EXPECT_EQ(charts[0].title, "loss");
  EXPECT_THAT(charts[0].x, ElementsAre(1, 2, 3));
  ASSERT_EQ(charts[0].series.size(), 2U);
  EXPECT_THAT(charts[0].series[0].y, ElementsAre(4, 2, 1));
  EXPECT_THAT(charts[0].series[1].y, ElementsAre(5, 3, 3.5));
  EXPECT_EQ(charts[1].title, "mae");
  EXPECT_EQ(charts[1].series.size(), 1U);
  EXPECT_EQ(charts[2].title, "learning_rate");
}

TEST(LearningCurves, ShowsNoLearningRateThatNeverChanged) {
  History history = three_epochs();
  history.epochs.pop_back();
  for (const report::Chart& chart : learning_curves(history)) EXPECT_NE(chart.title, "learning_rate");
}

TEST(LearningCurves, UsesALogarithmicAxisOnlyWhereACurveSpansMagnitudes) {
  EXPECT_FALSE(learning_curves(three_epochs())[0].log_y);
  EXPECT_TRUE(learning_curves({.epochs = {{{"loss", 100.0}}, {{"loss", 0.5}}}})[0].log_y);
  EXPECT_FALSE(learning_curves({.epochs = {{{"loss", 100.0}}, {{"loss", -0.5}}}})[0].log_y);
}

TEST(LearningCurves, LeavesAGapWhereAnEpochLacksAMeasure) {
  const History history{.epochs = {{{"loss", 1.0}}, {{"loss", 0.5}, {"mae", 0.25}}}};
  EXPECT_TRUE(std::isnan(learning_curves(history)[1].series[0].y[0]));
}

TEST(LearningCurves, NamesTheBestEpochAndTheTotalTime) {
  const std::string html = learning_curves_page("net.yaml", three_epochs());
  EXPECT_THAT(html, HasSubstr("<dt>best val_loss</dt><dd class=\"value\">3</dd><dd class=\"note\">epoch 2</dd>"));
  EXPECT_THAT(html, HasSubstr("<dd class=\"value\">1.5 s</dd>"));
}

TEST(LearningCurves, TellsWhatHappened) {
  History history = three_epochs();
  EXPECT_THAT(learning_curves_page("net.yaml", history), Not(HasSubstr("<h2>Events")));
  history.events.push_back({.epoch = 2, .batch = 7, .kind = "rollback", .text = "the loss is nan"});
  EXPECT_THAT(learning_curves_page("net.yaml", history), HasSubstr("the loss is nan"));
}

TEST(LearningCurves, ThinsAVeryLongTraining) {
  History history;
  for (int i = 0; i < 5000; ++i) history.epochs.push_back({{"loss", 1.0 / (i + 1)}});
  const std::vector<report::Chart> charts = learning_curves(history);
  EXPECT_EQ(charts[0].x.size(), 1000U);
  EXPECT_EQ(charts[0].x.back(), 5000);
}

TEST(LearningCurves, OfNoEpochsSaySo) {
  EXPECT_THAT(learning_curves({}), IsEmpty());
  EXPECT_THAT(learning_curves_page("net.yaml", {}), HasSubstr("No epoch was trained"));
}

}  // namespace
}  // namespace upkeep
