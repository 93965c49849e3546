#include "upkeep/training.hpp"

#include "api/api_testing.hpp"

namespace upkeep::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Model line(std::uint64_t seed = 1) {
  const Layer x = Input({.shape = {2}});
  return Model({x}, {Dense({.units = 1})(x)}, seed);
}

Model compiled_line() {
  Model model = line();
  model.compile({.optimizer = optimizers::Sgd({.learning_rate = 0.3}), .loss = "mse", .metrics = {"mae"}});
  return model;
}

// Least squares of data without noise is the plane that made it.
TEST(Fit, FindsThePlaneThatMadeTheData) {
  Model model = compiled_line();
  const auto [x, y] = plane(64);
  const History history = model.fit(x, y, {.epochs = 200, .verbose = false});
  EXPECT_THAT(history.epochs, SizeIs(200));
  EXPECT_THAT(numbers(model.weights().at(0).second), testing::Pointwise(testing::FloatNear(0.01F), {2.0F, -1.0F}));
  EXPECT_LT(model.evaluate(x, y).metric("mae").value, 0.01);
}

TEST(Fit, GivesEveryEpochToAHookThatCanStopIt) {
  Model model = compiled_line();
  const auto [x, y] = plane(64);
  std::vector<std::int64_t> seen;
  const auto hook = [&](std::int64_t epoch, const Figures& figures) {
    EXPECT_EQ(figures.front().first, "loss");
    seen.push_back(epoch);
    return epoch == 3 ? AfterEpoch::kStop : AfterEpoch::kGoOn;
  };
  EXPECT_THAT(model.fit(x, y, {.epochs = 10, .verbose = false, .on_epoch = hook}).epochs, SizeIs(3));
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  Model again = compiled_line();
  again.fit(x, y, {.epochs = 3, .verbose = false});
  EXPECT_EQ(again.weights(), model.weights());
}

TEST(Fit, KeepsTheEpochsThatEndedWhenAnErrorEndsIt) {
  const auto [x, y] = plane(64);
  const auto hook = [](std::int64_t epoch, const Figures&) -> AfterEpoch {
    if (epoch % 2 == 0) throw Error(ErrorCode::kIo, "the disk is full");
    return AfterEpoch::kGoOn;
  };
  Model model = compiled_line(), other = compiled_line();
  for (const std::int64_t epochs : {2, 4}) {  // on a trainer that is new, and on one that is not
    EXPECT_THAT(message_of([&] { model.fit(x, y, {.epochs = 10, .verbose = false, .on_epoch = hook}); }), HasSubstr("the disk is full"));
    other.fit(x, y, {.epochs = 2, .verbose = false});
    EXPECT_EQ(model.weights(), other.weights()) << epochs;
  }
}

TEST(Fit, IsCancelledFromOutside) {
  Model model = compiled_line();
  const auto before = model.weights();
  const auto [x, y] = plane(64);
  const FitSettings settings{.epochs = 10, .verbose = false};
  settings.cancel.cancel();
  EXPECT_THAT(model.fit(x, y, settings).epochs, SizeIs(0));
  EXPECT_EQ(model.weights(), before);
}

TEST(Fit, GoesOnFromACheckpointToTheBit) {
  const TemporaryFolder folder;
  const auto [x, y] = plane(64);
  Model whole = compiled_line();
  whole.fit(x, y, {.epochs = 6, .verbose = false});
  const auto stop = [](std::int64_t epoch, const Figures&) { return epoch == 2 ? AfterEpoch::kStop : AfterEpoch::kGoOn; };
  const FitSettings run{.epochs = 6, .checkpoint = folder / "run.ckpt", .resume = true, .verbose = false};
  FitSettings first = run;
  first.on_epoch = stop;
  compiled_line().fit(x, y, first);
  Model resumed = compiled_line();
  EXPECT_THAT(resumed.fit(x, y, run).epochs, SizeIs(6));
  EXPECT_EQ(resumed.weights(), whole.weights());
}

TEST(Fit, ValidatesOnASplitAndStopsEarly) {
  Model model = compiled_line();
  const auto [x, y] = plane(64);
  const History history = model.fit(x, y,
                                    {.epochs = 500,
                                     .validation_split = 0.25,
                                     .callbacks = {callbacks::EarlyStopping({.min_delta = 0.001, .patience = 2})},
                                     .verbose = false});
  EXPECT_LT(history.epochs.size(), 100U);
  EXPECT_FALSE(history.series("val_mae").empty());
}

// A row of weight 0 teaches nothing: the result is that of the other rows.
TEST(Fit, CountsRowsByTheirWeights) {
  const auto [x, y] = plane(32);
  std::vector<float> spoiled = numbers(y), weights(32, 1.0F);
  for (std::size_t row = 0; row < 16; ++row) spoiled[row] = 100, weights[row] = 0;
  Model model = compiled_line();
  model.fit(Data(x, Tensor({32, 1}, spoiled)).with_sample_weights(Tensor({32}, weights)),
            {.epochs = 400, .batch_size = 32, .verbose = false});
  EXPECT_THAT(numbers(model.weights().at(0).second), testing::Pointwise(testing::FloatNear(0.05F), {2.0F, -1.0F}));
}

TEST(Fit, TrainsSeveralOutputsByLossesOfTheirOwn) {
  const Layer x = Input({.shape = {2}, .name = "x"});
  Model model({x}, {Dense({.units = 1, .name = "left"})(x), Dense({.units = 1, .name = "right"})(x)});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.1}),
                 .outputs = {{"left", {.loss = "mse"}}, {"right", {.loss = "mae", .loss_weight = 0.5, .metrics = {"mse"}}}}});
  const auto [a, y] = plane(64);
  const Data data(Tensors{{"x", a}}, Tensors{{"left", y}, {"right", y}});
  model.fit(data, {.epochs = 100, .verbose = false});
  const Evaluation evaluation = model.evaluate(data);
  EXPECT_LT(*evaluation.loss, 0.1);
  EXPECT_TRUE(std::ranges::contains(evaluation.outputs, "right_mse", &std::pair<std::string, double>::first));
}

TEST(Fit, LeavesTheModelAsItWasWhenTheDataDoesNotFit) {
  Model model = compiled_line();
  const auto before = model.weights();
  EXPECT_THROW(model.fit(random_uniform({8, 3}, 1), random_uniform({8, 1}, 2)), Error);
  EXPECT_THROW(model.fit(random_uniform({8, 2}, 1), random_uniform({7, 1}, 2)), Error);
  EXPECT_THAT(message_of([&] { model.fit(Data(Tensors{{"input", random_uniform({8, 2}, 1)}})); }), HasSubstr("the data has no targets"));
  EXPECT_EQ(model.weights(), before);
  EXPECT_THAT(message_of([&] { model.compile({.loss = "mze"}); }), HasSubstr("mse"));
  EXPECT_THAT(message_of([&] { model.compile({.schedule = schedules::CosineDecay({.decay_steps = -1})}); }), HasSubstr("decay_steps"));
  EXPECT_THAT(message_of([&] { model.compile({.optimizer = optimizers::Adam({.learning_rate = -1})}); }), HasSubstr("learning_rate"));
  EXPECT_THAT(message_of([&] { model.fit(random_uniform({8, 2}, 1), random_uniform({8, 1}, 2), {.callbacks = {"erly-stopping"}}); }),
              HasSubstr("early-stopping"));
}

TEST(Fit, LearnsAVocabularyFromTheData) {
  const Layer words = Input({.shape = {1}, .dtype = "string", .name = "word"});
  Model model({words}, {Dense({.units = 1, .use_bias = false})(StringLookup({.output_mode = "one_hot"})(words))});
  EXPECT_THAT(message_of([&] { model.run({{"word", Tensor({1, 1}, std::vector<std::string>{"a"})}}); }), HasSubstr("vocabulary"));
  model.compile({.optimizer = optimizers::Sgd({.learning_rate = 0.5}), .loss = "mse"});
  const Tensor x({4, 1}, std::vector<std::string>{"low", "high", "low", "high"}), y({4, 1}, std::vector<float>{1, 3, 1, 3});
  model.fit(x, y, {.epochs = 200, .verbose = false});
  EXPECT_THAT(numbers(model.predict(x)), testing::Pointwise(testing::FloatNear(0.01F), {1.0F, 3.0F, 1.0F, 3.0F}));
}

TEST(LearningRateTest, SuggestsARateAndChangesNothing) {
  const Model model = compiled_line();
  const auto [x, y] = plane(256);
  const auto before = model.weights();
  const LearningRateTest test = model.learning_rate_test(Data(x, y), {.lowest = 1e-5, .steps = 100});
  EXPECT_GT(test.suggestion, 1e-4);
  EXPECT_LT(test.suggestion, 1);
  EXPECT_EQ(test.rates.size(), test.losses.size());
  EXPECT_EQ(model.weights(), before);
}

TEST(Sequential, KeepsWeightsWhenLayersComeAndGo) {
  Sequential model({Dense({.units = 3, .activation = "relu"}), Dense({.units = 1})}, 4);
  EXPECT_THAT(message_of([&] { model.predict(random_uniform({1, 2}, 1)); }), HasSubstr("no weights yet"));
  model.compile({.loss = "mse"});
  const auto [x, y] = plane(32);
  model.fit(x, y, {.epochs = 2, .verbose = false});
  const Tensor kernel = model.weights().at(0).second;
  model.add(Dense({.units = 4, .activation = {"leaky_relu", {{"negative_slope", 0.3}}}, .name = "more"}));
  EXPECT_EQ(model.weights().at(0).second, kernel);
  EXPECT_EQ(model.predict(x).shape(), Shape({32, 4}));
  model.set("more", {{"units", 5}});
  EXPECT_EQ(model.predict(x).shape(), Shape({32, 5}));
  model.pop();
  EXPECT_EQ(model.predict(x).shape(), Shape({32, 1}));
  model.fit(x, y, {.epochs = 2, .verbose = false});
}

}  // namespace
}  // namespace upkeep::api
