#include "train/graph_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "train/testing.hpp"

namespace upkeep {

namespace {

struct Prepared {
  explicit Prepared(const Problem& problem, const Compile& settings = compile("sgd"))
      : trainable(problem.model),
        optimizer(optimizers::catalog().at("sgd").make(Json::object())),
        parameters(trainable.weights(), trainable.values(), *optimizer),
        runner(training_graph(trainable, settings), parameters, 1),
        data(prepare(runner.graph(), problem.data)) {}

  double loss(std::span<const std::int64_t> rows) {
    runner.run(data, rows);
    return runner.loss();
  }

  Trainable trainable;
  std::unique_ptr<optimizers::Optimizer> optimizer;
  Parameters parameters;
  GraphRunner runner;
  TrainingData data;
};

std::vector<std::int64_t> rows(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(end - begin));
  std::iota(all.begin(), all.end(), begin);
  return all;
}

}  // namespace

TEST(GraphRunner, GivesGradientsThatMatchFiniteDifferencesOfTheLoss) {
  Prepared setup(problem("activation: tanh, kernel_regularizer: l2, activity_regularizer: l2", "bias_regularizer: l2"));
  const std::vector<std::int64_t> batch = rows(3, 40);
  setup.loss(batch);
  const std::vector<float> gradients(setup.parameters.gradients().begin(), setup.parameters.gradients().end());
  float* const weights = setup.parameters.weight(0);
  constexpr float kStep = 1.0f / 64;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const float before = weights[i];
    weights[i] = before + kStep;
    const double above = setup.loss(batch);
    weights[i] = before - kStep;
    const double below = setup.loss(batch);
    weights[i] = before;
    // float32 leaves 1e-7 of the loss, over two steps; the third derivative adds the square of the step.
    EXPECT_NEAR(gradients[i], (above - below) / (2 * kStep), 1e-3) << i;
  }
}

TEST(GraphRunner, GivesTheSameForTheSameRowsWhateverRanBetween) {
  Prepared setup(problem());
  const double first = setup.loss(rows(0, 32));
  for (const std::int64_t size : {1, 100, 4, 32, 7}) setup.loss(rows(0, size));
  EXPECT_EQ(setup.loss(rows(0, 32)), first);
}

TEST(GraphRunner, TakesRowsInAnyOrder) {
  Prepared setup(problem());
  setup.loss(std::vector<std::int64_t>{5, 99, 0});
  const auto* targets = reinterpret_cast<const float*>(setup.runner.targets(0));
  const std::span<const float> all = setup.data.targets[0].floats();
  EXPECT_EQ(targets[0], all[5]);
  EXPECT_EQ(targets[1], all[99]);
  EXPECT_EQ(targets[2], all[0]);
}

TEST(GraphRunner, DrawsOtherNumbersInEachStep) {
  Problem dropping = problem();
  Architecture net = architecture_from_yaml("layers: [{input: {shape: [10]}}, {dropout: {rate: 0.5}}, {dense: {units: 1}}]");
  dropping.model = build_model(net, initial_weights(net, 1));
  Prepared setup(dropping);
  const auto loss = [&](std::uint64_t seed, std::int64_t step) {
    setup.runner.run(setup.data, rows(0, 32), {.seed = seed, .step = step});
    return setup.runner.loss();
  };
  const float first = loss(1, 0);
  EXPECT_NE(loss(1, 1), first);
  EXPECT_NE(loss(2, 0), first);
  EXPECT_EQ(loss(1, 0), first);
}

}  // namespace upkeep
