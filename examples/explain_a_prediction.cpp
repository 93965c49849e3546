// Trains a small net on a table, and asks why it answers what it does: row by row, and over all rows.

#include <upkeep/explain.hpp>
#include <upkeep/upkeep.hpp>

#include <cmath>
#include <cstdio>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

// Prices that grow with the size, fall with the distance, and know nothing of the colour.
static Table houses() {
  const std::int64_t rows = 400;
  const Tensor size = random_uniform({rows}, 1), distance = random_uniform({rows}, 2), colour = random_uniform({rows}, 3);
  std::vector<float> price;
  for (std::size_t i = 0; i < 400; ++i)
    price.push_back(3 * size.floats()[i] - 2 * distance.floats()[i] + size.floats()[i] * distance.floats()[i]);
  return Table({{"size", size}, {"distance", distance}, {"colour", colour}, {"price", Tensor({rows}, price)}});
}

int main() try {
  const Table table = houses();
  const Layer in = Input({.shape = {3}});
  Model model({in}, {Dense({.units = 1})(Dense({.units = 16, .activation = "tanh"})(in))}, /*seed=*/1);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  const Data data = model.data(table, {.targets = {"price"}});
  model.fit(data, {.epochs = 40, .seed = 1});

  const Explainer explainer(model, data);
  for (const Explanation& one : explainer.explain(data.rows(0, 3), {.method = explaining::ExactShapley()})) {
    std::printf("row %d: %s = %.3f, base %.3f\n", static_cast<int>(one.row + 1), one.element.c_str(), one.answer, one.base);
    double sum = one.base;
    for (const FeatureAttribution& part : one.attributions) {
      std::printf("  %s = %s: %+.3f\n", part.feature.c_str(), part.value.c_str(), part.attribution);
      sum += part.attribution;
    }
    expect(std::abs(sum - one.answer) < 1e-4, "the base and the attributions add up to the answer");
  }

  const EffectOverRows importance = explainer.effect(effects::PermutationImportance(), data);
  for (const Figure& figure : importance.figures) std::printf("%s: %.4f\n", figure.feature.c_str(), figure.value);
  expect(importance.figures.back().feature == "colour", "the model does not look at the colour");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
