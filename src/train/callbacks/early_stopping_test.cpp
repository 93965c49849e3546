#include "train/callbacks/callback_testing.hpp"

namespace upkeep::callbacks {

using testing::ElementsAre;
using testing::HasSubstr;

// Epochs by keras.callbacks.EarlyStopping 3.15 with the same settings, its on_epoch_end called with these losses.
TEST(EarlyStopping, StopsWhenKerasDoes) {
  const std::vector<double> losses = {1, 0.8, 0.9, 0.79, 0.785, 0.9, 0.9, 0.9};
  EXPECT_EQ(stops_after("early-stopping", losses), 3);
  EXPECT_EQ(stops_after("early-stopping:patience=1", losses), 3);
  EXPECT_EQ(stops_after("early-stopping:patience=2", losses), 7);
  EXPECT_EQ(stops_after("early-stopping:patience=2,min_delta=0.02", losses), 4);
  EXPECT_EQ(stops_after("early-stopping:patience=4", losses), 0);
  EXPECT_EQ(stops_after("early-stopping:mode=max", losses), 2);
  EXPECT_EQ(stops_after("early-stopping:start_from_epoch=3", losses), 6);
  EXPECT_EQ(stops_after("early-stopping:baseline=0.5,patience=2", losses), 3);
}

TEST(EarlyStopping, NeverStopsAfterTheFirstEpoch) {
  EXPECT_EQ(stops_after("early-stopping", {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN(), 1}), 2);
}

TEST(EarlyStopping, EndsWithTheBestWeightsWhenAsked) {
  RecordedRun run;
  EXPECT_EQ(stops_after("early-stopping:patience=2,restore_best_weights=true", {1, 0.8, 0.9, 0.95, 0.7}, &run), 4);
  EXPECT_THAT(run.taken, ElementsAre(2));
  RecordedRun plain;
  stops_after("early-stopping:patience=2", {1, 0.8, 0.9, 0.95, 0.7}, &plain);
  EXPECT_THAT(plain.taken, ElementsAre());
}

TEST(EarlyStopping, GoesOnCountingAfterARestore) {
  RecordedRun run;
  const auto first = make(parse_named("early-stopping:patience=3"));
  first->begin(run);
  for (const double loss : {1.0, 0.5, 0.6, 0.7}) end_epoch(*first, run, {{"val_loss", loss}});
  const auto second = make(parse_named("early-stopping:patience=3"));
  second->restore(parse_json(first->state().dump()));
  EXPECT_EQ(end_epoch(*second, run, {{"val_loss", 0.6}}).kind, Verdict::Kind::kStop);
}

TEST(EarlyStopping, NamesTheFiguresThereAre) {
  EXPECT_THAT(message_of([] { stops_after("early-stopping:monitor=val_mae", {1}); }), HasSubstr("val_loss"));
}

}  // namespace upkeep::callbacks
