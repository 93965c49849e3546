// A model that is no list of layers: two inputs, a layer that both share, two outputs with losses of their own, and images that are
// augmented on the way.

#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

int main() try {
  const Layer left = Input({.shape = {8, 8, 1}, .name = "left"}), right = Input({.shape = {8, 8, 1}, .name = "right"});
  const Layer eye = Conv2D({.filters = 4, .kernel_size = 3, .activation = "relu", .name = "eye"});  // one layer, used twice
  const auto seen = [&](const Value& image) { return GlobalAveragePooling2D()(eye(image)); };
  const Value both = Concatenate()({seen(left), seen(right)});
  const Value difference = Dense({.units = 1, .kernel_regularizer = regularizers::L2({.l2 = 1e-4}), .name = "difference"})(both);
  const Value brighter = Dense({.units = 1, .activation = "sigmoid", .name = "brighter"})(both);
  Model model({left, right}, {difference, brighter}, /*seed=*/3);
  std::printf("%s", model.summary().c_str());

  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}),
                 .outputs = {{"difference", {.loss = "mse", .metrics = {"mae"}}},
                             {"brighter", {.loss = "binary_crossentropy", .loss_weight = 0.5, .metrics = {"binary_accuracy"}}}},
                 .schedule = schedules::CosineDecay({.decay_steps = 400})});

  // Images of one grey each: how much brighter the left one is, and whether.
  constexpr std::int64_t kRows = 128;
  const Tensor a = random_uniform({kRows}, 1), b = random_uniform({kRows}, 2);
  std::vector<float> left_pixels, right_pixels, by, whether;
  for (std::size_t row = 0; row < kRows; ++row) {
    left_pixels.insert(left_pixels.end(), 64, a.floats()[row]);
    right_pixels.insert(right_pixels.end(), 64, b.floats()[row]);
    by.push_back(a.floats()[row] - b.floats()[row]);
    whether.push_back(by.back() > 0 ? 1.0F : 0.0F);
  }
  const Data data(Tensors{{"left", Tensor({kRows, 8, 8, 1}, left_pixels)}, {"right", Tensor({kRows, 8, 8, 1}, right_pixels)}},
                  Tensors{{"difference", Tensor({kRows, 1}, by)}, {"brighter", Tensor({kRows, 1}, whether)}});
  model.fit(data, {.epochs = 100, .augment = {augmenters::FlipHorizontal()}, .verbose = false});

  for (const auto& [name, value] : model.evaluate(data).outputs) std::printf("%s %.4g\n", name.c_str(), value);
  expect(*model.evaluate(data).loss < 0.5, "it learned something");
  model.save("functional.keras");  // Keras 3 loads it
  Tensors answers = model.predict(data);
  Table({{"left", data.inputs().at("left")},
         {"right", data.inputs().at("right")},
         {"difference", answers.at("difference")},
         {"brighter", answers.at("brighter")}})
      .save("answers.npz");

  answers = model.run(data.rows(0, 3).inputs());
  expect(answers.at("difference").shape() == Shape{3, 1} && answers.at("brighter").shape() == Shape{3, 1}, "outputs by name");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "functional_model: %s\n", error.what());
  return 1;
}
