#include "upkeep/optimization.hpp"

#include "api/api_testing.hpp"
#include "base/json.hpp"

namespace upkeep::api {
namespace {

using testing::Each;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

// A net of one hidden layer that learned the plane.
const Model& trained() {
  static const Model kept = [] {
    const Layer x = Input({.shape = {2}});
    Model model({x}, {Dense({.units = 1})(Dense({.units = 16, .activation = "relu"})(x))}, 1);
    model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "mse", .metrics = {"mae"}});
    const auto [a, y] = plane(128);
    model.fit(a, y, {.epochs = 60, .verbose = false});
    return model;
  }();
  return kept;
}
Data training() {
  const auto [x, y] = plane(128);
  return Data(x, y);
}
Data held_out() {
  const auto [x, y] = plane(128, 2);
  return Data(x, y);
}
Acceptance within(double mae) { return {.data = held_out(), .metrics = {{.metric = "mae", .change = mae}}}; }

std::size_t zeros_in(const Tensor& tensor) { return static_cast<std::size_t>(std::ranges::count(tensor.floats(), 0.0F)); }

TEST(Edit, WidensAndDeepensWithTheSameAnswers) {
  const Changed made = edit(trained(), {Edit::widen("dense", 24), Edit::deepen("dense")}, {.accept = within(1e-4)});
  const Tensor x = plane(20).first;
  EXPECT_THAT(numbers(made.model.predict(x)), Pointwise(FloatNear(1e-4F), numbers(trained().predict(x))));
  EXPECT_EQ(made.model.weights().at(0).second.shape(), Shape({2, 24}));
  EXPECT_EQ(made.verdict->judgement(), Judgement::kAccepted);
}

TEST(Edit, AddsReplacesSetsAndRemoves) {
  const Changed made = edit(trained(), {Edit::add(Dense({.units = 3, .name = "last"})), Edit::add_after("dense", Dropout({.rate = 0.5})),
                                        Edit::set("last", {{"units", 4}, {"activation", Setting("tanh")}}),
                                        Edit::replace("dropout", GaussianNoise({.stddev = 0.1})), Edit::remove("dense_1")});
  std::vector<std::string> kinds;
  for (const LayerSummary& layer : made.model.layers()) kinds.push_back(layer.kind);
  EXPECT_THAT(kinds, testing::ElementsAre("input", "dense", "gaussian_noise", "dense"));
  EXPECT_EQ(made.model.predict(plane(2).first).shape(), Shape({2, 4}));
  EXPECT_THAT(message_of([&] { edit(trained(), {Edit::remove("dense_7")}); }), HasSubstr("dense_1"));
}

TEST(Prune, SetsAnExactNumberOfWeightsToZeroThatStayZero) {
  const Changed made = prune(trained(), {.method = pruning::Magnitude({.sparsity = 0.25})});
  EXPECT_EQ(zeros_in(made.model.weights().at(0).second), 8U);  // of 2 x 16
  Model further = made.model;
  const auto [x, y] = plane(64);
  further.fit(x, y, {.epochs = 2, .verbose = false});
  EXPECT_EQ(zeros_in(further.weights().at(0).second), 8U);
  EXPECT_EQ(parse_json(made.facts)["zeros"], 12);  // and 4 of 16 x 1
}

TEST(Prune, TakesUnitsOutByTheGradientsOfTheLoss) {
  const PruneSettings settings{.method = pruning::Taylor({.sparsity = 0.5}), .granularity = Granularity::kChannel, .data = training()};
  EXPECT_EQ(prune(trained(), settings).model.weights().at(0).second.shape(), Shape({2, 8}));
  EXPECT_THAT(message_of([&] { prune(trained(), {.method = pruning::Taylor()}); }), HasSubstr("gradients of the loss"));
}

TEST(Prune, IsRefusedBeyondItsLimitAndChangesNothing) {
  const PruneSettings settings{.method = pruning::Random({.sparsity = 0.9}), .granularity = Granularity::kChannel, .accept = within(0.001)};
  const auto before = trained().weights();
  EXPECT_THAT(message_of([&] { prune(trained(), settings); }), testing::AllOf(HasSubstr("mae"), HasSubstr("limit")));
  EXPECT_EQ(trained().weights(), before);
  EXPECT_THAT(message_of([&] { prune(trained(), {.accept = {.metrics = {{.metric = "mae", .change = 0.1}}}}); }),
              HasSubstr("held-out rows"));
  EXPECT_THAT(message_of([&] { prune(trained(), {.accept = within(-0.1)}); }), HasSubstr("mae"));
}

TEST(Prune, LeavesPatternsOfZeros) {
  const Changed made = prune(trained(), {.method = pruning::Magnitude(), .pattern = patterns::NOfM({.n = 1, .m = 2})});
  EXPECT_EQ(zeros_in(made.model.weights().at(0).second), 16U);  // one of the two weights of each unit
  EXPECT_EQ(parse_json(made.facts)["pattern"], "n-of-m");
  const Changed blocks =
      prune(trained(), {.method = pruning::Magnitude({.sparsity = 0.5}), .pattern = patterns::Block({.rows = 2, .columns = 4})});
  EXPECT_EQ(zeros_in(blocks.model.weights().at(0).second), 16U);
}

TEST(Prune, TrainsWhatIsLeftBetweenSteps) {
  const PruneSettings settings{.method = pruning::Taylor({.sparsity = 0.5}),
                               .granularity = Granularity::kChannel,
                               .data = training(),
                               .epochs = 2,
                               .steps = 2,
                               .accept = within(0.5)};
  const Changed made = prune(trained(), settings);
  EXPECT_EQ(made.model.weights().at(0).second.shape(), Shape({2, 8}));
  EXPECT_EQ(parse_json(made.facts)["steps"].size(), 2U);
  EXPECT_THAT(message_of([&] { prune(trained(), {.epochs = 2}); }), HasSubstr("give data"));
  EXPECT_THAT(message_of([&] { prune(trained(), {.steps = 2}); }), HasSubstr("training between"));
}

TEST(Prune, NamesWhatAModelLacks) {
  EXPECT_THAT(message_of([&] { prune(trained(), {.granularity = Granularity::kHead}); }), HasSubstr("no attention heads"));
  EXPECT_THAT(message_of([&] { prune(trained(), {.granularity = Granularity::kLayer}); }), HasSubstr("measured on rows"));
  EXPECT_THAT(message_of([&] { prune(trained(), {.granularity = Granularity::kLayer, .data = training(), .accept = within(0.5)}); }),
              HasSubstr("no residual blocks"));
}

TEST(Quantize, AnswersNearlyAsBefore) {
  const Changed made = quantize(trained(), {.data = training(), .accept = within(0.05)});
  const Tensor x = plane(20, 3).first;
  EXPECT_THAT(numbers(made.model.predict(x)), Pointwise(FloatNear(0.2F), numbers(trained().predict(x))));
  const Changed without = quantize(trained());
  EXPECT_THAT(without.notes.back(), HasSubstr("made-up rows"));
  EXPECT_THAT(message_of([&] { quantize(made.model); }), HasSubstr("quantised"));
}

TEST(Factorize, MakesTwoLayersOfOne) {
  const Layer x = Input({.shape = {32}});
  const Model wide({x}, {Dense({.units = 32})(x)}, 1);
  const Changed made = factorize(wide, {.method = factorization::Svd({.rank = 4})});
  EXPECT_EQ(made.model.weights().at(0).second.shape(), Shape({32, 4}));
  EXPECT_EQ(made.model.weights().at(1).second.shape(), Shape({4, 32}));
}

TEST(Distill, TeachesAStudent) {
  const Layer x = Input({.shape = {2}});
  const Model small({x}, {Dense({.units = 1})(x)}, 5);  // compiled as its teacher is
  const Distilled made = distill(small, trained(), training(), {.fit = {.epochs = 100, .verbose = false}});
  EXPECT_EQ(made.history.epochs.size(), 100U);
  EXPECT_LT(made.model.evaluate(held_out()).metric("mae").value, 0.1);
}

TEST(Optimize, JudgesEveryCandidate) {
  std::vector<std::string> said;
  const Optimized found =
      optimize(trained(), training(),
               {.accept = within(0.2), .goal = Goal::kSize, .budget_seconds = 5, .epochs = 1, .on_step = [&](const std::string& what) {
                  said.push_back(what);
                }});
  ASSERT_FALSE(found.candidates.empty());
  EXPECT_FALSE(said.empty());
  EXPECT_THAT(found.page, HasSubstr("<html"));
  for (const Candidate& one : found.candidates) EXPECT_TRUE(one.verdict || !one.problem.empty()) << one.name;
}

TEST(Judge, ComparesTwoModels) {
  Model worse = trained();
  auto weights = worse.weights();
  for (auto& [name, tensor] : weights) tensor = Tensor::full(tensor.shape(), 0.0F);
  worse.set_weights(weights);
  const Verdict verdict = judge(trained(), worse, within(0.01));
  EXPECT_EQ(verdict.judgement(), Judgement::kRefused);
  EXPECT_THAT(verdict.text(), HasSubstr("mae"));
  EXPECT_EQ(judge(trained(), trained(), within(0.01)).judgement(), Judgement::kAccepted);
  EXPECT_EQ(judge(trained(), trained(), within(0.01)).text(), "accepted");
}

}  // namespace
}  // namespace upkeep::api
