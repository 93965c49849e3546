#include "optimize/relearn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

Dataset sums(std::int64_t rows) {
  Random random(3, stream_id("sums"));
  std::vector<float> x, y;
  for (std::int64_t i = 0; i < rows; ++i) {
    x.push_back(static_cast<float>(random.uniform()));
    x.push_back(static_cast<float>(random.uniform()));
    y.push_back(x[x.size() - 2] + x.back());
  }
  Dataset data;
  data.inputs["x"] = Tensor(Shape{rows, 2}, std::move(x));
  data.targets = Tensor(Shape{rows, 1}, std::move(y));
  return data;
}

const Compile kCompile{.optimizer = parse_named("adam:learning_rate=0.01"), .loss = parse_named("mse")};

// Trained with a schedule that is over: training that went on from there would stand still.
Model learnt_sums(const Dataset& data) {
  Compile compile = kCompile;
  compile.schedule = parse_named("cosine-decay:decay_steps=200");
  Trainer trainer(model_of("layers: [{input: {shape: [2], name: x}}, {dense: {units: 32, activation: relu}}, {dense: {units: 1}}]"),
                  compile);
  trainer.fit(data, {.epochs = 20, .seed = 1, .show_progress = false});
  return trainer.model();
}

double loss(const Model& model, const Dataset& data) { return Trainer(model, kCompile).evaluate(data).front().second; }

}  // namespace

TEST(Relearning, BeginsAnewAndGetsBackWhatWasLost) {
  const Dataset data = sums(320);
  const Model before = learnt_sums(data);
  Model pruned = before;
  prune_channels(pruned, {"random", {{"sparsity", 0.5}}});
  const double lost = loss(pruned, data);
  const Relearnt taught =
      relearn(pruned, before, {.compile = *compile_of(before), .rows = data, .epochs = 10, .threads = 1, .teaching = {}});
  EXPECT_TRUE(taught.taught);
  EXPECT_EQ(training_record_of(taught.model).history.epochs.size(), 20U);  // of the training before the change
  EXPECT_LT(loss(taught.model, data), 0.2 * lost);
  const Relearnt alone =
      relearn(pruned, before, {.compile = *compile_of(before), .rows = data, .epochs = 10, .threads = 1, .teaching = {.label_weight = 1}});
  EXPECT_FALSE(alone.taught);
  EXPECT_EQ(training_record_of(alone.model).history.epochs.size(), 30U);
  EXPECT_EQ(training_record_of(alone.model).epoch, 30);
  EXPECT_LT(loss(alone.model, data), 0.2 * lost);
}

TEST(Relearning, SaysWhichRowHasNoAnswer) {
  Dataset data = sums(64);
  const Model before = learnt_sums(data);
  std::vector<float> x(data.inputs["x"].floats().begin(), data.inputs["x"].floats().end());
  x[7] = std::numeric_limits<float>::quiet_NaN();
  data.inputs["x"] = Tensor(Shape{64, 2}, std::move(x));
  EXPECT_THAT(message_of([&] { relearn(before, before, {.compile = kCompile, .rows = data, .epochs = 1, .threads = 1, .teaching = {}}); }),
              testing::HasSubstr("row 4"));
}

TEST(Relearning, KeepsZerosWhoeverTeaches) {
  const Dataset data = sums(64);
  const Model before = learnt_sums(data);
  Model pruned = before;
  prune_elements(pruned, {"magnitude", {{"sparsity", 0.5}}});
  for (const double labels : {0.5, 1.0}) {
    const Model made =
        relearn(pruned, before, {.compile = kCompile, .rows = data, .epochs = 2, .threads = 1, .teaching = {.label_weight = labels}}).model;
    EXPECT_EQ(std::ranges::count(made.graph.initializer("dense/kernel")->floats(), 0.0F), 32);
    EXPECT_NE(*made.graph.initializer("dense/kernel"), *pruned.graph.initializer("dense/kernel"));
  }
}

TEST(Relearning, StepsEndAtThePartThatWasAskedFor) {
  const Dataset data = sums(64);
  Model model = learnt_sums(data);
  const PruningStep step = [](Model& narrow, double part) { return prune_channels(narrow, {"magnitude", {{"sparsity", part}}}); };
  const Change change = prune_in_steps(model, step, {.part = 0.75, .count = 3, .of_what_is_left = true},
                                       {.compile = kCompile, .rows = data, .epochs = 1, .threads = 1, .teaching = {}});
  EXPECT_EQ(change.facts["channels"], 32);
  EXPECT_EQ(change.facts["kept"], 8);
  EXPECT_EQ(change.facts["steps"].size(), 3U);
  EXPECT_EQ(change.facts["groups"][0]["channels"], 32);
  EXPECT_EQ(model.graph.initializer("dense/kernel")->shape(), (Shape{2, 8}));
}

}  // namespace upkeep
