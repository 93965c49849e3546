#include "layers/view/architecture.hpp"
#include "train/callbacks/callback_testing.hpp"
#include "train/columns.hpp"
#include "train/testing.hpp"

namespace upkeep::callbacks {

// Two epochs of ten batches, pruned every fifth: t = 0, 0.5, 1, 1.5 of 2, then the end. s = 0.8 - 0.8 (1 - t / 2)^3
TEST(PruneCallback, FollowsThePolynomialToTheEnd) {
  RecordedRun run;
  const auto prune = make(parse_named("prune:sparsity=0.8,end=2,frequency=5"));
  prune->begin(run);
  for (std::int64_t epoch = 1; epoch <= 3; ++epoch)
    for (std::int64_t batch = 1; batch <= 10; ++batch) prune->batch_end({.epoch = epoch, .batch = batch, .batches = 10}, run);
  prune->end(run);
  EXPECT_THAT(run.pruned, testing::ElementsAre(testing::DoubleNear(0.4625, 1e-12), testing::DoubleNear(0.7, 1e-12),
                                               testing::DoubleNear(0.7875, 1e-12), 0.8));
  EXPECT_TRUE(run.events.empty());
}

TEST(PruneCallback, SaysWhenTrainingEndedTooSoon) {
  RecordedRun run;
  const auto prune = make(parse_named("prune:sparsity=0.8,start=0.2,end=4,power=1,frequency=1"));
  prune->begin(run);
  prune->batch_end({.epoch = 1, .batch = 1, .batches = 2}, run);
  EXPECT_THAT(run.pruned, testing::ElementsAre(testing::DoubleNear(0.2, 1e-12)));
  prune->end(run);
  ASSERT_EQ(run.events.size(), 1U);
  EXPECT_THAT(run.events[0].text, testing::HasSubstr("0.2"));
  EXPECT_THAT(message_of([] { make(parse_named("prune:begin=3,end=2")); }), testing::HasSubstr("begin <= end"));
}

TEST(PruneCallback, TrainingReachesTheSparsityAndARunThatIsResumedIsTheSame) {
  const Problem given = problem();
  const std::filesystem::path checkpoint = testing::TempDir() + "/prune_callback.ckpt";
  std::filesystem::remove(checkpoint);
  FitOptions options{
      .epochs = 4, .batch_size = 10, .seed = 1, .callbacks = {parse_named("prune:sparsity=0.6,end=3,frequency=4")}, .show_progress = false};
  Trainer whole(given.model, compile("adam"));
  whole.fit(given.data, options);
  const Model trained = whole.model();
  for (const std::string name : {"dense/kernel", "dense_1/kernel"}) {
    const auto values = trained.graph.initializer(name)->floats();
    EXPECT_EQ(std::ranges::count(values, 0.0F), std::ssize(values) * 6 / 10) << name;
  }
  EXPECT_THAT(metadata_list(trained, kPrunedKey), testing::UnorderedElementsAre("dense/kernel", "dense_1/kernel"));
  options.checkpoint = checkpoint;
  std::int64_t batches = 0;
  options.stop = [&] { return ++batches > 25; };  // in the third epoch
  Trainer first(given.model, compile("adam"));
  first.fit(given.data, options);
  options.stop = {};
  options.resume = true;
  Trainer second(given.model, compile("adam"));
  second.fit(given.data, options);
  EXPECT_EQ(*second.model().graph.initializer("dense/kernel"), *trained.graph.initializer("dense/kernel"));
}

}  // namespace upkeep::callbacks
