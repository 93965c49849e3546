#include <cmath>

#include "base/files.hpp"
#include "train/callbacks/callback_testing.hpp"
#include "train/testing.hpp"
#include "train/training_record.hpp"

namespace upkeep::callbacks {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

namespace {

// The batches after which it wants to go back.
std::vector<std::int64_t> rollbacks(const std::string& callback, const std::vector<double>& losses) {
  RecordedRun run;
  const auto made = make(parse_named(callback));
  made->begin(run);
  std::vector<std::int64_t> batches;
  for (std::size_t i = 0; i < losses.size(); ++i)
    if (made->batch_end({.batch = std::ssize(batches) + 1, .loss = losses[i]}, run).kind == Verdict::Kind::kRollBack)
      batches.push_back(static_cast<std::int64_t>(i) + 1);
  return batches;
}

std::vector<double> repeated_losses(std::initializer_list<std::pair<int, double>> parts) {
  std::vector<double> losses;
  for (const auto& [count, value] : parts) losses.insert(losses.end(), static_cast<std::size_t>(count), value);
  return losses;
}

FitOptions rollback_options(std::int64_t epochs, const std::string& callback = "rollback") {
  return {.epochs = epochs, .validation_split = 0.2, .seed = 3, .callbacks = {parse_named(callback)}, .show_progress = false};
}

// The rate times 1000 in the middle of the run, once.
FitOptions injected(FitOptions options, Trainer& trainer, std::int64_t at) {
  options.on_epoch = [&trainer, at, done = std::make_shared<bool>(false)](std::int64_t epoch, const Figures&) {
    if (epoch == at && !std::exchange(*done, true)) trainer.set_learning_rate(trainer.learning_rate() * 1000);
  };
  return options;
}

}  // namespace

TEST(Rollback, ActsAtOnceOnALossThatIsNotFinite) {
  EXPECT_THAT(rollbacks("rollback", {1, std::numeric_limits<double>::quiet_NaN(), 1}), ElementsAre(2));
  EXPECT_THAT(rollbacks("rollback", {std::numeric_limits<double>::infinity()}), ElementsAre(1));
}

TEST(Rollback, ActsOnASpikeThatStaysAndNotOnOneBadBatch) {
  EXPECT_THAT(rollbacks("rollback:smoothing=0.5", repeated_losses({{20, 1.0}, {1, 4.0}, {20, 1.0}})), ElementsAre());
  EXPECT_THAT(rollbacks("rollback:smoothing=0.5", repeated_losses({{20, 1.0}, {3, 8.0}})), ElementsAre(23));
  EXPECT_THAT(rollbacks("rollback:smoothing=0.5,spike_factor=0", repeated_losses({{20, 1.0}, {10, 8.0}})), ElementsAre());
  EXPECT_THAT(rollbacks("rollback", repeated_losses({{3, 100.0}, {200, 1.0}})), ElementsAre());
}

TEST(Rollback, GoesBackWhenTheFigureStandsStill) {
  RecordedRun run;
  const auto made = make(parse_named("rollback:patience=2,factor=0.5"));
  made->begin(run);
  EXPECT_EQ(end_epoch(*made, run, {{"val_loss", 1}}).kind, Verdict::Kind::kGoOn);
  EXPECT_EQ(run.kept.at(made->snapshot()), 1);
  EXPECT_EQ(end_epoch(*made, run, {{"val_loss", 1.5}}).kind, Verdict::Kind::kGoOn);
  const Verdict verdict = end_epoch(*made, run, {{"val_loss", 1.25}});
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRollBack);
  EXPECT_EQ(verdict.rate_factor, 0.5);
  EXPECT_THAT(verdict.reason, HasSubstr("stands still"));
}

TEST(Rollback, LowersTheRateFurtherEachTimeItMeetsTheSameState) {
  RecordedRun run;
  const auto made = make(parse_named("rollback:factor=0.5,max_rollbacks=3"));
  made->begin(run);
  const auto diverge = [&] { return made->batch_end({.loss = std::numeric_limits<double>::quiet_NaN()}, run); };
  EXPECT_EQ(diverge().rate_factor, 0.5);
  EXPECT_EQ(diverge().rate_factor, 0.25);
  end_epoch(*made, run, {{"val_loss", 1}});  // better: a new state is kept
  EXPECT_EQ(diverge().rate_factor, 0.5);
  const Verdict last = diverge();
  EXPECT_TRUE(last.gives_up);
  EXPECT_THAT(last.reason, HasSubstr("given up after 3 rollbacks"));
}

TEST(Rollback, BringsARunThatDivergedBackToWhatItWouldHaveBeen) {
  const Problem made = problem();
  const Compile settings = compile("adam:learning_rate=0.01");
  Trainer undisturbed(made.model, settings);
  const double expected = undisturbed.fit(made.data, rollback_options(60)).series("val_loss").back();

  Trainer trainer(made.model, settings);
  const History history = trainer.fit(made.data, injected(rollback_options(60, "rollback:factor=1"), trainer, 30));
  ASSERT_THAT(history.events, testing::Not(testing::IsEmpty()));
  EXPECT_EQ(history.events[0].kind, "rollback");
  EXPECT_THAT(history.events[0].epoch, AllOf(testing::Ge(31), Le(32)));  // three readings; an epoch has three batches
  EXPECT_THAT(history.events[0].text, AllOf(HasSubstr("back to the end of epoch"), HasSubstr("learning rate 10 -> 0.01")));
  EXPECT_THAT(history.epochs, SizeIs(60));
  EXPECT_NEAR(history.series("val_loss").back(), expected, 0.01 * expected);
  EXPECT_THAT(history_from_json(to_json(history)).epochs, SizeIs(60));
  EXPECT_THAT(training_record_of(trainer.model()).history.events, SizeIs(history.events.size()));
}

// With factor 1 and the order of the data, the random numbers and the slots restored, the run after the rollback is the run without it.
TEST(Rollback, RestoresEverythingBitForBit) {
  const Problem made = problem("activation: relu");
  Trainer undisturbed(made.model, compile("adam:learning_rate=0.01"));
  undisturbed.fit(made.data, rollback_options(20));
  Trainer trainer(made.model, compile("adam:learning_rate=0.01"));
  std::vector<double> losses;
  const History history = trainer.fit(made.data, injected(rollback_options(20, "rollback:factor=1,spike_factor=1.5"), trainer, 9));
  EXPECT_THAT(history.events, SizeIs(1));
  const Model a = undisturbed.model();
  const Model b = trainer.model();
  for (const auto& [name, tensor] : weights_of(a))
    EXPECT_TRUE(std::ranges::equal(tensor.bytes(), b.graph.initializer(name)->bytes())) << name;
}

TEST(Rollback, LeavesOutTheBatchesThatDiverged) {
  Problem made = problem();
  std::vector<float> x(made.data.inputs.at("input").floats().begin(), made.data.inputs.at("input").floats().end());
  x[10 * 50] = 3e38F;  // one row overflows whenever it is met
  made.data.inputs["input"] = Tensor({100, 10}, x);
  Trainer trainer(made.model, compile("sgd:learning_rate=0.001"));
  FitOptions options = rollback_options(3, "rollback:skip_batches=1,monitor=loss");
  options.validation_split = 0;
  options.batch_size = 10;
  const History history = trainer.fit(made.data, options);
  EXPECT_THAT(history.epochs, SizeIs(3));
  EXPECT_THAT(history.events, SizeIs(3));  // once in each epoch
  EXPECT_THAT(history.series("loss"), Each(Le(100)));
}

TEST(Rollback, GivesUpWithTheBestStateAndAReason) {
  const Problem made = problem();
  Trainer trainer(made.model, compile("sgd:learning_rate=1e6"));
  const History history = trainer.fit(made.data, rollback_options(50, "rollback:max_rollbacks=2"));
  ASSERT_THAT(history.events, SizeIs(3));
  EXPECT_THAT(history.events[2].text, HasSubstr("given up after 2 rollbacks"));
  EXPECT_THAT(history.epochs, SizeIs(0));
  EXPECT_EQ(trainer.model().graph.initializer("dense/kernel")->floats()[0], made.model.graph.initializer("dense/kernel")->floats()[0]);
}

TEST(Rollback, IsPartOfACheckpoint) {
  const TemporaryFolder folder;
  const Problem made = problem();
  FitOptions options = rollback_options(30, "rollback:patience=2,factor=0.5,min_delta=0.001");
  options.checkpoint = folder / "run.ckpt";
  Trainer whole(made.model, compile("adam:learning_rate=0.05"));
  const History all = whole.fit(made.data, options);
  EXPECT_THAT(all.events, testing::Not(testing::IsEmpty()));
  std::filesystem::remove(options.checkpoint);

  options.epochs = 12;
  Trainer(made.model, compile("adam:learning_rate=0.05")).fit(made.data, options);
  options.epochs = 30;
  options.resume = true;
  Trainer again(made.model, compile("adam:learning_rate=0.05"));
  const History resumed = again.fit(made.data, options);
  EXPECT_EQ(resumed.series("loss"), all.series("loss"));
  EXPECT_EQ(resumed.series("learning_rate"), all.series("learning_rate"));
  EXPECT_THAT(resumed.events, SizeIs(all.events.size()));
}

}  // namespace upkeep::callbacks
