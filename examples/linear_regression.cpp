// A linear regression, its whole life: fit, tune, save, load, analyse, then new parameters, structure and strategy.
// Each line does what the line of the same Keras program does:
//
//   X = np.random.random((100, 10)); y = X @ np.random.random((10, 1)) + np.random.random((100, 1))
//   model = Sequential([Dense(10, activation="relu"), Dense(1)])
//   model.compile(optimizer="adam", loss="mse", metrics=["mae"])
//   model.fit(X, y, epochs=100, batch_size=32)
//   ...

#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <fstream>

using namespace upkeep;

static void report(const char* what, const History& history) {
  std::printf("%-44s", what);
  for (const auto& [name, value] : history.epochs.back())
    if (name != "seconds") std::printf("  %s %.4g", name.c_str(), value);
  std::printf("\n");
}

int main() try {
  const Tensor x = random_uniform({100, 10}, 1);
  const Tensor y = add(matmul(x, random_uniform({10, 1}, 2)), random_uniform({100, 1}, 3));

  Sequential model({Dense({.units = 10, .activation = "relu"}), Dense({.units = 1})}, /*seed=*/4);
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  report("fit", model.fit(x, y, {.epochs = 100, .batch_size = 32}));

  model.set_learning_rate(0.001);
  report("learning rate 0.001", model.fit(x, y, {.epochs = 100, .batch_size = 32}));

  model.save("linear_regression.h5");
  Sequential loaded = Sequential::load("linear_regression.h5");

  const Evaluation evaluation = loaded.evaluate(x, y);
  std::printf("loaded model: loss %.4g\n", *evaluation.loss);
  for (const Estimate& one : evaluation.metrics)
    std::printf("loaded model: %s %.4g [%.4g, %.4g]\n", one.metric.c_str(), one.value, one.low, one.high);
  std::ofstream("linear_regression.html") << evaluation.page;

  loaded.add(Dense({.units = 20, .activation = "relu"}));
  History history = loaded.fit(x, y, {.epochs = 100, .batch_size = 32});
  report("one more layer, Dense(20, relu)", history);

  loaded.set_learning_rate(0.0005);
  loaded.add(Dense({.units = 30}));
  const Schedule decay = schedules::ExponentialDecay({.decay_steps = 100, .decay_rate = 0.9});
  history = loaded.fit(x, y, {.epochs = 100, .batch_size = 32, .schedule = decay});
  report("learning rate, Dense(30), decaying rate", history);
  save_learning_curves(history, "Linear regression", "linear_regression_curves.html");
  std::printf("%s", loaded.summary().c_str());
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "linear_regression: %s\n", error.what());
  return 1;
}
