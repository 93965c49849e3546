#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "train/testing.hpp"
#include "train/training_record.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

namespace {

class Checkpoint : public testing::Test {
 protected:
  FitOptions options(std::int64_t epochs, bool resume = false) {
    return {.epochs = epochs,
            .validation_split = 0.2,
            .seed = 3,
            .schedule = parse_named("reduce-on-plateau:patience=1,min_delta=0.1,factor=0.5"),
            .checkpoint = file,
            .resume = resume,
            .show_progress = false};
  }
  Trainer trainer(const std::string& optimizer = "adam:learning_rate=0.01") const { return Trainer(model, compile(optimizer)); }
  // As after a kill: a new trainer from the first model.
  History resume(std::int64_t epochs, Trainer&& from) { return from.fit(data, options(epochs, true)); }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "run.ckpt";
  Problem made = problem("activation: relu, kernel_regularizer: l2");
  Model model = made.model;
  Dataset data = made.data;
};

}  // namespace

TEST_F(Checkpoint, FourEpochsAndSixAfterAKillAreTenByteForByte) {
  Trainer whole = trainer();
  const History all = whole.fit(data, options(10));
  const std::string expected = read_file(file);
  std::filesystem::remove(file);

  trainer().fit(data, options(4));
  Trainer again = trainer();
  const History resumed = again.fit(data, options(10, true));
  EXPECT_EQ(model_to_bytes(again.model()), model_to_bytes(whole.model()));
  EXPECT_EQ(read_file(file), expected);
  EXPECT_EQ(resumed.series("loss"), all.series("loss"));
  EXPECT_EQ(resumed.series("learning_rate"), all.series("learning_rate"));
  EXPECT_LT(all.series("learning_rate").back(), 0.01);  // the schedule did act
}

TEST_F(Checkpoint, GoesOnFromTheLastOneWrittenWhenEpochsWereLost) {
  Trainer whole = trainer();
  whole.fit(data, options(10));
  FitOptions first = options(7);
  first.checkpoint_every = 3;
  first.on_epoch = [&](std::int64_t epoch, const Figures&) {
    if (epoch == 5) throw Error(ErrorCode::kInternal, "killed");  // epoch 3 is the last on disk
  };
  std::filesystem::remove(file);
  EXPECT_THROW(trainer().fit(data, first), Error);
  EXPECT_EQ(training_record_of(load_onnx(file)).epoch, 3);
  Trainer again = trainer();
  again.fit(data, options(10, true));
  EXPECT_EQ(model_to_bytes(again.model()), model_to_bytes(whole.model()));
}

TEST_F(Checkpoint, WithDropoutAndAnExponentialDecayTheResultIsTheSameToo) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [10]}}, {dense: {units: 8, activation: relu}}, {dropout: {rate: 0.3}}, {dense: {units: 1}}]");
  const Model dropping = build_model(net, initial_weights(net, 1));
  const auto fit = [&](Trainer& trainer, std::int64_t epochs, bool resume) {
    FitOptions chosen = options(epochs, resume);
    chosen.schedule = parse_named("exponential-decay:decay_steps=3");
    trainer.fit(data, chosen);
  };
  Trainer whole(dropping, compile("sgd:learning_rate=0.05,momentum=0.9"));
  fit(whole, 6, false);
  Trainer first(dropping, compile("sgd:learning_rate=0.05,momentum=0.9"));
  fit(first, 2, false);
  Trainer second(dropping, compile("sgd:learning_rate=0.05,momentum=0.9"));
  fit(second, 6, true);
  EXPECT_EQ(model_to_bytes(second.model()), model_to_bytes(whole.model()));
}

TEST_F(Checkpoint, GivesTheHistoryWhenAllEpochsAreDone) {
  const History all = trainer().fit(data, options(5));
  const std::string before = read_file(file);
  EXPECT_EQ(resume(5, trainer()).series("loss"), all.series("loss"));
  EXPECT_EQ(resume(3, trainer()).series("loss"), all.series("loss"));
  EXPECT_EQ(read_file(file), before);
}

TEST_F(Checkpoint, StartsFreshWhereThereIsNoneYet) {
  Trainer fresh = trainer();
  testing::internal::CaptureStderr();
  EXPECT_THAT(fresh.fit(data, options(2, true)).epochs, SizeIs(2));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("starts from the beginning"));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Checkpoint, IsWrittenWhenTrainingIsStopped) {
  FitOptions stopped = options(9);
  stopped.checkpoint_every = 100;
  int batches = 0;
  stopped.stop = [&] { return ++batches > 7; };  // three batches to the epoch
  trainer().fit(data, stopped);
  EXPECT_EQ(training_record_of(load_onnx(file)).epoch, 2);
  Trainer whole = trainer();
  FitOptions plain = options(9);
  plain.checkpoint.clear();
  whole.fit(data, plain);
  Trainer again = trainer();
  again.fit(data, options(9, true));
  EXPECT_EQ(model_to_bytes(again.model()), model_to_bytes(whole.model()));
}

TEST_F(Checkpoint, IsAModelThatAnybodyCanRun) {
  Trainer trained = trainer();
  trained.fit(data, options(2));
  EXPECT_EQ(predict(load_onnx(file), data.inputs), predict(trained.model(), data.inputs));
}

TEST_F(Checkpoint, IsRefusedForOtherData) {
  trainer().fit(data, options(2));
  Dataset other = data.rows(0, 90);
  EXPECT_THAT(message_of([&] { trainer().fit(other, options(4, true)); }),
              AllOf(HasSubstr("run.ckpt"), HasSubstr("data had 80 rows, has 72")));
  std::vector<float> changed(data.targets.floats().begin(), data.targets.floats().end());
  changed[0] += 1.0f;
  other = data;
  other.targets = Tensor({100, 1}, changed);
  EXPECT_THAT(message_of([&] { trainer().fit(other, options(4, true)); }), HasSubstr("data has other values"));
}

TEST_F(Checkpoint, IsRefusedForOtherOptions) {
  trainer().fit(data, options(2));
  const std::string before = read_file(file);
  FitOptions other = options(4, true);
  other.batch_size = 16;
  other.seed = 4;
  EXPECT_THAT(message_of([&] { trainer().fit(data, other); }), AllOf(HasSubstr("batch_size was 32, is 16"), HasSubstr("seed was 3, is 4")));
  EXPECT_THAT(message_of([&] { resume(4, trainer("sgd")); }), HasSubstr("optimizer was"));
  EXPECT_THAT(message_of([&] { resume(4, Trainer(problem("activation: tanh").model, compile("adam:learning_rate=0.01"))); }),
              HasSubstr("layers of the model"));
  EXPECT_EQ(read_file(file), before);
}

TEST_F(Checkpoint, IsRefusedWhenItIsNone) {
  write_file(file, "not a model");
  EXPECT_THAT(message_of([&] { resume(4, trainer()); }), HasSubstr("run.ckpt"));
  save_onnx(model, file);
  EXPECT_THAT(message_of([&] { resume(4, trainer()); }), HasSubstr("no checkpoint of a training run"));
}

TEST_F(Checkpoint, IsRefusedWhenAPartOfItIsMissing) {
  trainer().fit(data, options(2));
  Model part = load_onnx(file);
  part.training_tensors.pop_back();
  save_onnx(part, file);
  Trainer other = trainer();
  const std::string before = model_to_bytes(other.model());
  EXPECT_THAT(message_of([&] { other.fit(data, options(4, true)); }), HasSubstr("optimiser's state is not complete"));
  EXPECT_EQ(model_to_bytes(other.model()), before);
}

TEST_F(Checkpoint, LeavesNoOtherFile) {
  trainer().fit(data, options(3));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace upkeep
