#include "train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

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

// Three steps of which the last is masked: errors of 1, 3 and (not counted) 100.
TEST(Trainer, LeavesMaskedStepsOutOfMetricsAsKerasDoes) {
  const auto figures = [](const std::string& rules) {
    const Architecture net = architecture_from_yaml("mask_rules: " + rules +
                                                    "\nlayers: [{input: {shape: [3, 1], name: x}}, {masking: {mask_value: 0}}, "
                                                    "{dense: {units: 1, use_bias: false, name: d}}]");
    Compile compile{.optimizer = {"sgd", Json::object()}, .loss = {"mae", Json::object()}, .metrics = {"mae", "rmse"}};
    Trainer trainer(build_model(net, {{"d/kernel", Tensor({1, 1}, std::vector<float>{1})}}), compile);
    const Dataset data{.inputs = {{"x", Tensor({1, 3, 1}, std::vector<float>{1, 1, 0})}},
                       .targets = Tensor({1, 3, 1}, std::vector<float>{2, 4, 100})};
    const Figures all = trainer.evaluate(data, 1);
    return std::map<std::string, double>(all.begin(), all.end());
  };
  EXPECT_NEAR(figures("keras3").at("mae"), (1 + 3) / 2.0, 1e-6);
  EXPECT_NEAR(figures("keras3").at("loss"), (1 + 3) / 2.0, 1e-6);
  EXPECT_NEAR(figures("keras3").at("rmse"), std::sqrt((1 + 9 + 10000) / 3.0), 1e-4);  // whose Keras 3 counterpart takes no mask
  EXPECT_NEAR(figures("keras2").at("rmse"), std::sqrt((1 + 9) / 2.0), 1e-6);
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

// Two heads on one trunk: y and 2 y, losses weighted 1 and 0.25.
TEST(Trainer, TrainsSeveralOutputsAgainstTheWeightedSumOfTheirLosses) {
  const Dataset data = problem().data;
  Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [10]}}, {dense: {units: 8, activation: tanh, name: trunk}}, {dense: {units: 1, name: left}}, "
      "{dense: {units: 1, name: right, inputs: [trunk]}}]");
  net.outputs = {"left", "right"};
  Dataset two = data;
  std::vector<float> doubled;
  const Tensor targets = data.targets;
  for (const float y : targets.floats()) doubled.push_back(2 * y);
  two.output_targets = {{"left", targets}, {"right", Tensor({100, 1}, doubled)}};
  two.targets = Tensor();
  Compile settings = compile("adam:learning_rate=0.01");
  settings.outputs["left"] = {.loss = {"mse"}, .metrics = {"mae"}};
  settings.outputs["right"] = {.loss = {"mae"}, .loss_weight = 0.25};
  Trainer trainer(build_model(net, initial_weights(net, 1)), settings);
  const History history = trainer.fit(two, epochs(60, {.validation_split = 0.2}));
  EXPECT_THAT(names(history.epochs[0]), ElementsAre("loss", "left_loss", "right_loss", "left_mae", "val_loss", "val_left_loss",
                                                    "val_right_loss", "val_left_mae", "learning_rate", "seconds"));
  const Figures& last = history.epochs.back();
  EXPECT_NEAR(last[0].second, last[1].second + 0.25 * last[2].second, 1e-6);
  EXPECT_LT(last[1].second, 0.5 * history.epochs[0][1].second);
  EXPECT_LT(last[2].second, 0.7 * history.epochs[0][2].second);
  const std::optional<Compile> kept = compile_of(trainer.model());
  ASSERT_TRUE(kept);
  EXPECT_EQ(to_json(*kept), to_json(settings));
}

// Keras leaves weights without a gradient out of the step: they do not decay, and Ftrl, which makes weights anew from its sums, keeps them.
TEST(Trainer, LeavesWeightsThatNoGradientReachesAsTheyAre) {
  Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [10]}}, {dense: {units: 4, name: trunk}}, {dense: {units: 1, name: left}}, "
      "{dense: {units: 1, name: right, inputs: [trunk], bias_initializer: ones}}]");
  net.outputs = {"left", "right"};
  Dataset data = problem().data;
  data.output_targets = {{"left", data.targets}};
  data.targets = Tensor();
  const Model model = build_model(net, initial_weights(net, 1));
  for (const char* optimizer :
       {"adamw:weight_decay=0.1", "ftrl", "sgd:momentum=0.9,weight_decay=0.1,use_ema=true", "lamb:weight_decay=0.1"}) {
    Compile settings = compile(optimizer);
    settings.outputs["left"] = {.loss = {"mse"}};
    Trainer trainer(model, settings);
    trainer.fit(data, epochs(2));
    const Model trained = trainer.model();
    for (const char* weight : {"right/kernel", "right/bias"})
      EXPECT_THAT(trained.graph.initializer(weight)->floats(), testing::ElementsAreArray(model.graph.initializer(weight)->floats()))
          << optimizer << " " << weight;
    EXPECT_NE(trained.graph.initializer("trunk/bias")->floats()[0], 0) << optimizer;
  }
}

// A weight of 2 on a row is that row twice, but for the mean over rows.
TEST(Trainer, WeighsRows) {
  Problem made = problem();
  std::vector<float> weights(100, 1.0F);
  for (std::size_t i = 0; i < 20; ++i) weights[i] = 3;
  std::vector<std::int64_t> repeated(100);
  std::iota(repeated.begin(), repeated.end(), 0);
  for (std::int64_t i = 0; i < 40; ++i) repeated.push_back(i % 20);
  const Dataset twice = made.data.take(repeated);
  Trainer plain(made.model, compile("sgd:learning_rate=0.01"));
  plain.fit(twice, epochs(1, {.batch_size = 140}));
  made.data.sample_weights = Tensor({100}, weights);
  Trainer weighted(made.model, compile("sgd:learning_rate=" + std::to_string(0.01 * 100 / 140)));
  weighted.fit(made.data, epochs(1, {.batch_size = 100}));
  const Model a = plain.model();
  const Model b = weighted.model();
  for (const auto& [name, tensor] : weights_of(a)) {
    const std::span<const float> got = b.graph.initializer(name)->floats();
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], tensor.floats()[i], 1e-6) << name;
  }
}

TEST(Trainer, WeighsClasses) {
  Problem made = problem("activation: relu", "activation: sigmoid");
  std::vector<float> labels;
  const Tensor targets = made.data.targets;
  for (const float y : targets.floats()) labels.push_back(y > 0.5F ? 1.0F : 0.0F);
  made.data.targets = Tensor({100, 1}, labels);
  const auto share_of_ones = [&](const ClassWeights& weights) {
    Trainer trainer(made.model, compile("adam:learning_rate=0.01", "binary_crossentropy", {}));
    trainer.fit(made.data, epochs(20, {.class_weights = weights}));
    double sum = 0;
    const Tensors predictions = predict(trainer.model(), made.data.inputs);
    for (const float p : predictions.begin()->second.floats()) sum += p;
    return sum;
  };
  EXPECT_GT(share_of_ones({{1, 10}}), share_of_ones({}) + 10);
  EXPECT_THAT(message_of([&] { share_of_ones({{7, 2}}); }), HasSubstr("class 7"));
}

TEST(Trainer, TrainsAForeignGraphAndGoesOnFromItsFile) {
  const Model foreign = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N, 10] input) => (float[N, 1] y)
      <float[10, 1] w = {0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1}, float[1] b = {0}> {
      a = MatMul(input, w)
      s = Sin(a)
      y = Add(s, b)
    })");
  const Dataset data = problem().data;
  Trainer trainer(foreign, compile("adam:learning_rate=0.01"));
  const History history = trainer.fit(data, epochs(10));
  EXPECT_LT(history.series("loss").back(), history.series("loss").front());
  Trainer again(model_from_bytes(model_to_bytes(trainer.model())), compile("adam:learning_rate=0.01"));
  EXPECT_LT(again.fit(data, epochs(10)).series("loss").back(), history.series("loss").back());
}

TEST(Trainer, LeavesFrozenWeightsAlone) {
  const Problem made = problem();
  Compile settings = compile("adam:learning_rate=0.01");
  settings.rates = {{"dense", 0}};
  Trainer trainer(made.model, settings);
  trainer.fit(made.data, epochs(3));
  const Model after = trainer.model();
  EXPECT_TRUE(
      std::ranges::equal(after.graph.initializer("dense/kernel")->floats(), made.model.graph.initializer("dense/kernel")->floats()));
  EXPECT_FALSE(
      std::ranges::equal(after.graph.initializer("dense_1/kernel")->floats(), made.model.graph.initializer("dense_1/kernel")->floats()));
}

TEST(Trainer, AugmentsTheSameWhateverTheNumberOfThreads) {
  const Problem made = problem();
  const auto trained = [&](std::vector<NamedSettings> augment, int threads) {
    Trainer trainer(made.model, compile("adam"));
    trainer.fit(made.data, epochs(3, {.seed = 4, .augment = std::move(augment), .loader_threads = threads}));
    return bytes(trainer);
  };
  const std::string noisy = trained({parse_named("feature_dropout:rate=0.3")}, 1);
  EXPECT_EQ(trained({parse_named("feature_dropout:rate=0.3")}, 0), noisy);
  EXPECT_EQ(trained({parse_named("feature_dropout:rate=0.3")}, 3), noisy);
  EXPECT_NE(trained({}, 1), noisy);
}

TEST(Trainer, SaysWhichTargetIsNoProbability) {
  auto [model, data] = problem("activation: relu", "activation: sigmoid");
  std::vector<float> targets(100, 1);
  targets[3] = 0;
  data.targets = Tensor({100, 1}, targets);
  const auto events = [&, &rows = data, &net = model] {
    Trainer trainer(net, compile("sgd", "binary_crossentropy", {}));
    return trainer.fit(rows, {.epochs = 1, .show_progress = false}).events;
  };
  EXPECT_TRUE(events().empty());
  targets[6] = 2;
  data.targets = Tensor({100, 1}, targets);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].text, "binary_crossentropy takes targets from 0 to 1, and row 7 has 2");
}

}  // namespace upkeep
