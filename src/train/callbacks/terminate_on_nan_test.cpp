#include "train/callbacks/callback_testing.hpp"
#include "train/testing.hpp"

namespace upkeep::callbacks {

using testing::HasSubstr;
using testing::SizeIs;

TEST(TerminateOnNan, StopsAtTheFirstLossThatIsNotFinite) {
  RecordedRun run;
  const auto made = make(parse_named("TerminateOnNaN"));
  EXPECT_EQ(made->batch_end({.batch = 1, .loss = 1e30}, run).kind, Verdict::Kind::kGoOn);
  for (const double loss : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const Verdict verdict = made->batch_end({.batch = 7, .loss = loss}, run);
    EXPECT_EQ(verdict.kind, Verdict::Kind::kStop);
    EXPECT_THAT(verdict.reason, HasSubstr("batch 7"));
  }
}

TEST(TerminateOnNan, EndsTrainingInsteadOfFailingAndKeepsTheWeightsFromBeforeTheEpoch) {
  const Problem made = problem();
  Trainer trainer(made.model, compile("sgd:learning_rate=0.01"));
  const FitOptions options{
      .epochs = 5, .callbacks = {{"terminate-on-nan"}}, .show_progress = false, .on_epoch = [&](std::int64_t epoch, const Figures&) {
        if (epoch == 2) trainer.set_learning_rate(1e30);
      }};
  const History history = trainer.fit(made.data, options);
  EXPECT_THAT(history.epochs, SizeIs(2));
  ASSERT_THAT(history.events, SizeIs(1));
  EXPECT_EQ(history.events[0].kind, "terminate-on-nan");
  EXPECT_EQ(history.events[0].epoch, 3);
  Trainer two(made.model, compile("sgd:learning_rate=0.01"));
  two.fit(made.data, {.epochs = 2, .show_progress = false});
  EXPECT_EQ(trainer.model().graph.initializer("dense/kernel")->floats()[0], two.model().graph.initializer("dense/kernel")->floats()[0]);
}

}  // namespace upkeep::callbacks
