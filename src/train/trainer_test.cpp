#include "train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/testing.hpp"
#include "train/training_record.hpp"

namespace upkeep {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

namespace {

FitOptions epochs(std::int64_t count, FitOptions options = {}) {
  options.epochs = count;
  options.show_progress = false;
  return options;
}

std::vector<std::string> names(const Figures& figures) {
  std::vector<std::string> all;
  for (const auto& [name, value] : figures) all.push_back(name);
  return all;
}

std::string bytes(const Trainer& trainer) { return model_to_bytes(trainer.model()); }

}  // namespace

TEST(Trainer, GivesOneRowOfFiguresPerEpoch) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("adam"));
  const History history = trainer.fit(data, epochs(3, {.validation_split = 0.2}));
  ASSERT_THAT(history.epochs, SizeIs(3));
  EXPECT_THAT(names(history.epochs[0]), ElementsAre("loss", "mae", "val_loss", "val_mae", "learning_rate", "seconds"));
  EXPECT_THAT(history.series("learning_rate"), Each(0.001));
}

TEST(Trainer, GivesTheSameBytesForTheSameSeed) {
  const auto [model, data] = problem("activation: relu, kernel_regularizer: l1");
  const auto trained = [&](std::uint64_t seed) {
    Trainer trainer(model, compile("adam"));
    trainer.fit(data, epochs(5, {.validation_split = 0.1, .seed = seed}));
    return bytes(trainer);
  };
  EXPECT_EQ(trained(7), trained(7));
  EXPECT_NE(trained(7), trained(8));
}

TEST(Trainer, DrawsDropoutFromTheSeedAsWell) {
  const Dataset data = problem().data;
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [10]}}, {dense: {units: 20, activation: relu}}, {dropout: {rate: 0.5}}, {dense: {units: 1}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  const auto trained = [&](std::uint64_t seed) {
    Trainer trainer(model, compile("adam"));
    const History history = trainer.fit(data, epochs(5, {.shuffle = false, .seed = seed}));
    return history.series("loss");
  };
  EXPECT_EQ(trained(7), trained(7));
  EXPECT_NE(trained(7), trained(8));
}

TEST(Trainer, EvaluatesWithoutDropout) {
  const Dataset data = problem().data;
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [10]}}, {dropout: {rate: 0.9}}, {dense: {units: 1}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  Trainer trainer(model, compile("sgd", "mse", {"mse"}));
  const Tensor predictions = predict(model, data.inputs).begin()->second;
  double sum = 0;
  for (std::size_t i = 0; i < 100; ++i) sum += std::pow(double{predictions.floats()[i]} - double{data.targets.floats()[i]}, 2);
  const Figures figures = trainer.evaluate(data, 33);
  EXPECT_THAT(names(figures), ElementsAre("loss", "mse"));
  EXPECT_NEAR(figures[0].second, sum / 100, 1e-6 * sum / 100);
  EXPECT_NEAR(figures[1].second, sum / 100, 1e-6 * sum / 100);
}

TEST(Trainer, AHundredEpochsAndAHundredMoreAreTwoHundred) {
  const auto [model, data] = problem();
  Trainer twice(model, compile("adam:learning_rate=0.01"));
  Trainer once(model, compile("adam:learning_rate=0.01"));
  twice.fit(data, epochs(10));
  twice.fit(data, epochs(10));
  once.fit(data, epochs(20));
  EXPECT_EQ(bytes(twice), bytes(once));
  EXPECT_THAT(training_record_of(once.model()).history.epochs, SizeIs(20));
}

TEST(Trainer, GoesOnFromASavedModelWithTheOptimisersState) {
  const auto [model, data] = problem();
  Trainer once(model, compile("adam:learning_rate=0.01"));
  once.fit(data, epochs(20));
  Trainer first(model, compile("adam:learning_rate=0.01"));
  first.fit(data, epochs(8));
  Trainer second(model_from_bytes(bytes(first)), compile("adam:learning_rate=0.01"));
  second.fit(data, epochs(12));
  EXPECT_EQ(bytes(second), bytes(once));
}

TEST(Trainer, KeepsTheSlotsOfWeightsThatStayWhenALayerIsAdded) {
  const auto [model, data] = problem();
  Trainer first(model, compile("adam"));
  first.fit(data, epochs(2));
  Model grown = first.model();
  Architecture net = architecture_of(grown);
  net.layers.push_back({.kind = "dense", .name = "dense_2", .settings = {{"units", 1}}, .inputs = {"dense_1"}});
  net.outputs = {"dense_2"};
  Model larger = build_model(net, initial_weights(net, 1, weights_of(grown)));
  larger.metadata = grown.metadata;
  set(larger.metadata, kLayersKey, to_json(net).dump());
  larger.training_tensors = grown.training_tensors;
  Trainer second(larger, compile("adam"));
  second.fit(data, epochs(1));
  EXPECT_EQ(training_record_of(second.model()).iteration, 4);  // counted anew: the new weights' moments begin at zero
  EXPECT_THAT(second.model().training_tensors, SizeIs(12));
}

TEST(Trainer, StartsAnotherOptimiserAfresh) {
  const auto [model, data] = problem();
  Trainer first(model, compile("adam"));
  first.fit(data, epochs(2));
  Trainer second(first.model(), compile("rmsprop"));
  second.fit(data, epochs(1));
  Trainer plain(model, compile("rmsprop"));
  EXPECT_EQ(training_record_of(second.model()).iteration, 4);
  EXPECT_EQ(training_record_of(second.model()).epoch, 3);
}

TEST(Trainer, TakesANewRateFromNowOn) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("adam"));
  EXPECT_EQ(trainer.learning_rate(), 0.001);
  trainer.fit(data, epochs(1));
  trainer.set_learning_rate(0.1);
  EXPECT_THAT(trainer.fit(data, epochs(1)).series("learning_rate"), ElementsAre(0.1));
  EXPECT_EQ(Trainer(trainer.model(), compile("adam")).learning_rate(), 0.1);
  EXPECT_EQ(Trainer(trainer.model(), compile("adam:learning_rate=0.5")).learning_rate(), 0.5);
  EXPECT_THROW(trainer.set_learning_rate(std::nan("")), Error);
}

TEST(Trainer, KeepsPrunedZerosThroughTrainingWithMomentum) {
  auto [model, data] = problem();
  Trainer before(model, compile("adam:learning_rate=0.05"));
  before.fit(data, epochs(3));  // so that the slots are not zero
  Model pruned = before.model();
  Tensor* kernel = pruned.graph.initializer("dense/kernel");
  std::vector<float> values(kernel->floats().begin(), kernel->floats().end());
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = 0.0f;
  *kernel = Tensor({10, 10}, values);
  set(pruned.metadata, kPrunedKey, R"(["dense/kernel"])");

  const auto zeros = [&](bool keep) {
    Trainer trainer(pruned, compile("adam:learning_rate=0.05"));
    trainer.fit(data, epochs(5, {.keep_zeros = keep}));
    const Model trained = trainer.model();
    return std::ranges::count(trained.graph.initializer("dense/kernel")->floats(), 0.0f);
  };
  EXPECT_EQ(zeros(true), 50);
  EXPECT_EQ(zeros(false), 0);
}

TEST(Trainer, LeavesFrozenLayersAlone) {
  const auto [model, data] = problem("activation: relu, trainable: false");
  Trainer trainer(model, compile("adam"));
  trainer.fit(data, epochs(2));
  const Model trained = trainer.model();
  EXPECT_EQ(*trained.graph.initializer("dense/kernel"), *model.graph.initializer("dense/kernel"));
  EXPECT_NE(*trained.graph.initializer("dense_1/kernel"), *model.graph.initializer("dense_1/kernel"));
  EXPECT_THAT(trained.training_tensors, SizeIs(4));
}

TEST(Trainer, KeepsFiniteWeightsWhenTheLossIsNot) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("sgd:learning_rate=1e6"));
  const std::string line = message_of([&] { trainer.fit(data, epochs(5)); });
  EXPECT_THAT(line, AllOf(HasSubstr("not finite in epoch 1, batch"), HasSubstr("learning rate")));
  for (const auto& [name, tensor] : weights_of(trainer.model()))
    for (const float value : tensor.floats()) EXPECT_TRUE(std::isfinite(value)) << name;
  EXPECT_TRUE(std::isfinite(trainer.evaluate(data)[0].second));
}

TEST(Trainer, KeepsWhatWholeEpochsLearntWhenALaterOneFails) {
  auto [model, data] = problem();
  Trainer trainer(model, compile("adam"));
  Trainer other(model, compile("adam"));
  trainer.fit(data, epochs(3));
  other.fit(data, epochs(3));
  std::vector<float> spoilt(data.targets.floats().begin(), data.targets.floats().end());
  spoilt[99] = std::nanf("");
  Dataset bad = data;
  bad.targets = Tensor({100, 1}, spoilt);
  EXPECT_THAT(message_of([&] { trainer.fit(bad, epochs(1, {.shuffle = false})); }), HasSubstr("epoch 4, batch 4"));
  EXPECT_EQ(bytes(trainer), bytes(other));
}

TEST(Trainer, StopsAtTheLastWholeEpoch) {
  const auto [model, data] = problem();
  Trainer stopped(model, compile("adam"));
  int batches = 0;
  const History history = stopped.fit(data, epochs(10, {.stop = [&] { return ++batches > 10; }}));  // four batches to the epoch
  EXPECT_THAT(history.epochs, SizeIs(2));
  Trainer whole(model, compile("adam"));
  whole.fit(data, epochs(2));
  EXPECT_EQ(bytes(stopped), bytes(whole));
}

TEST(Trainer, TellsOfEachEpoch) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("adam"));
  std::vector<std::int64_t> told;
  trainer.fit(data, epochs(3, {.on_epoch = [&](std::int64_t epoch, const Figures& figures) {
                             told.push_back(epoch);
                             EXPECT_EQ(figures[0].first, "loss");
                           }}));
  EXPECT_THAT(told, ElementsAre(1, 2, 3));
}

TEST(Trainer, TrainsWithAnyBatchSize) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("sgd:learning_rate=0.01"));
  for (const std::int64_t size : {1, 7, 100, 1000, 32})
    EXPECT_THAT(trainer.fit(data, epochs(1, {.batch_size = size})).epochs, SizeIs(1)) << size;
}

TEST(Trainer, ValidatesOnOtherRowsWhenGivenSome) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("adam"));
  const History history = trainer.fit(data.rows(0, 80), epochs(2, {.validation = data.rows(80, 100)}));
  Trainer split(model, compile("adam"));
  EXPECT_EQ(split.fit(data, epochs(2, {.validation_split = 0.2})).series("val_loss"), history.series("val_loss"));
  EXPECT_NEAR(trainer.evaluate(data.rows(80, 100))[0].second, history.series("val_loss").back(), 1e-7);
}

TEST(Trainer, AnswersAsTheModelThatItGives) {
  const auto [model, data] = problem();
  Trainer trainer(model, compile("adam:learning_rate=0.05"));
  trainer.fit(data, epochs(20));
  const Tensor predictions = predict(trainer.model(), data.inputs, 7).begin()->second;
  double sum = 0;
  for (std::size_t i = 0; i < 100; ++i) sum += std::pow(double{predictions.floats()[i]} - double{data.targets.floats()[i]}, 2);
  EXPECT_NEAR(trainer.evaluate(data)[0].second, sum / 100, 1e-6 * sum / 100);
}

TEST(Trainer, MeasuresMoreRowsThanItGathersAtOnce) {
  const Dataset data = problem().data;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < 150'000; ++i) rows.push_back(i * 7 % 100);
  Trainer trainer(problem().model, compile("sgd", "mse", {"mse", "mae"}));
  const Figures many = trainer.evaluate(data.take(rows), 1000);
  const Figures few = trainer.evaluate(data);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_NEAR(many[i].second, few[i].second, 1e-6) << few[i].first;
}

TEST(Trainer, SaysWhatIsWrongWithSettings) {
  const auto [model, data] = problem();
  EXPECT_THAT(message_of([&] { Trainer(model, compile("adm")); }), HasSubstr("adam"));
  EXPECT_THAT(message_of([&] { Trainer(model, compile("adam:beta=1")); }), AllOf(HasSubstr("optimizer adam"), HasSubstr("beta_1")));
  EXPECT_THAT(message_of([&] { Trainer(model, compile("adam", "msee")); }), HasSubstr("mse"));
  EXPECT_THAT(message_of([&] { Trainer(model, compile("adam", "mse", {"maee"})); }), HasSubstr("mae"));
  Trainer trainer(model, compile("adam"));
  EXPECT_THAT(message_of([&] { trainer.fit(data, epochs(-1)); }), HasSubstr("-1 epochs"));
  EXPECT_THAT(message_of([&] { trainer.fit(data, epochs(1, {.batch_size = 0})); }), HasSubstr("batch of 0"));
  EXPECT_THAT(message_of([&] { trainer.fit(data, epochs(1, {.validation_split = 1.0})); }), HasSubstr("[0, 1)"));
  EXPECT_THAT(message_of([&] { trainer.fit(data, epochs(1, {.schedule = parse_named("plateau")})); }), HasSubstr("reduce-on-plateau"));
  EXPECT_THAT(message_of([&] { trainer.fit(data, epochs(1, {.resume = true})); }), HasSubstr("checkpoint"));
  EXPECT_THAT(message_of([&] { trainer.evaluate(data, 0); }), HasSubstr("batch of 0"));
}

TEST(Trainer, NeedsSomethingToTrain) {
  const auto [model, data] = problem("trainable: false", "trainable: false");
  Trainer trainer(model, compile("adam"));
  EXPECT_THAT(message_of([&, &rows = data] { trainer.fit(rows, epochs(1)); }), HasSubstr("no trainable weights"));
  EXPECT_THAT(trainer.evaluate(data), SizeIs(2));
}

}  // namespace upkeep
