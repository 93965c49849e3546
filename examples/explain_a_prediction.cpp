// Trains a small net on a table, and asks why it answers what it does.
#include <upkeep/upkeep.hpp>
#include <upkeep/explain.hpp>

#include <cmath>
#include <iostream>
#include <random>

using namespace upkeep;
using namespace upkeep::api;

// Prices that grow with the size, fall with the distance, and know nothing of the colour.
static Table houses() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> size, distance, colour, price;
  for (int i = 0; i < 400; ++i) {
    size.push_back(uniform(random));
    distance.push_back(uniform(random));
    colour.push_back(uniform(random));
    price.push_back(3 * size.back() - 2 * distance.back() + size.back() * distance.back());
  }
  const std::int64_t rows = 400;
  return Table({{"size", Tensor({rows}, size)}, {"distance", Tensor({rows}, distance)}, {"colour", Tensor({rows}, colour)}, {"price", Tensor({rows}, price)}});
}

int main() {
  const Table table = houses();
  const Value in = Input({3}, "houses");
  Model model({in}, {layers::Dense({.units = 1})(layers::Dense({.units = 16, .activation = "tanh"})(in))}, 1);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  model.fit(model.data(table, {.targets = {"price"}}), {.epochs = 60, .seed = 1});

  const Data rows = model.inputs(table);
  const Explainer explainer(model, rows);
  const std::vector<Explanation> why = explainer.explain(rows.rows(0, 3), {.method = explaining::ExactShapley()});
  for (const Explanation& one : why) {
    std::cout << "row " << one.row + 1 << ": " << one.element << " = " << one.answer << ", base " << one.base << '\n';
    double sum = one.base;
    for (const FeatureAttribution& part : one.attributions) {
      std::cout << "  " << part.feature << " = " << part.value << ": " << part.attribution << '\n';
      sum += part.attribution;
    }
    if (std::abs(sum - one.answer) > 1e-4) return 1;
  }

  const EffectOverRows importance = explainer.effect(effects::PermutationImportance(), model.data(table, {.targets = {"price"}}));
  for (const Figure& figure : importance.figures) std::cout << figure.feature << ": " << figure.value << '\n';
  return importance.figures.front().feature == "size" && importance.figures.back().feature == "colour" ? 0 : 1;
}
