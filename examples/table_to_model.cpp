// From a table to a model that is trained, judged and asked: typed settings, a hook that stops early, a checkpoint, slices.

#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <fstream>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

// Flowers that two measures tell apart, seen in two gardens.
static void write_table() {
  const Tensor noise = random_normal({200, 2}, 1);
  std::ofstream table("flowers.csv");
  table << "length;width;garden;kind\n";
  for (std::size_t row = 0; row < 200; ++row) {
    const bool rose = row % 2 == 0;
    table << noise.floats()[2 * row] + (rose ? 3 : 0) << ';' << noise.floats()[2 * row + 1] + (rose ? 0 : 3) << ';'
          << (row % 3 == 0 ? "north" : "south") << ';' << (rose ? "rose" : "tulip") << '\n';
  }
}

int main() try {
  write_table();
  const Table table = read_table("flowers.csv", {.source = sources::Csv({.separator = ";"})});

  const Layer x = Input({.shape = {2}});
  Model model({x}, {Dense({.units = 2, .activation = "softmax"})(Normalization()(x))}, /*seed=*/1);
  model.compile(
      {.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});

  // The classes become indices by their names; the columns and classes become part of the model.
  const auto [training, held_out] = model.data(table, {.targets = {"kind"}, .features = {"length", "width"}}).split(0.25, /*seed=*/1);
  std::printf("classes: %s, %s\n", training.class_names()[0].c_str(), training.class_names()[1].c_str());

  const LearningRateTest rates = model.learning_rate_test(training, {.steps = 50});
  std::printf("a rate of %.2g is suggested\n", rates.suggestion);

  const FitSettings settings{.epochs = 60,
                             .validation = held_out,
                             .callbacks = {callbacks::EarlyStopping({.patience = 10, .restore_best_weights = true})},
                             .class_weights = balanced_class_weights(training),
                             .checkpoint = "run.ckpt",
                             .resume = true,  // the same program goes on where it was stopped
                             .on_epoch = [](std::int64_t epoch, const Figures& figures) {
                               if (epoch % 10 == 0)
                                 std::printf("epoch %lld: %s %.4f\n", static_cast<long long>(epoch), figures.front().first.c_str(),
                                             figures.front().second);
                               return AfterEpoch::kGoOn;
                             }};
  const History history = model.fit(training, settings);
  save_learning_curves(history, "Flowers", "curves.html");

  const Evaluation evaluation = model.evaluate(held_out, {.slice_by = SliceBy{table, "garden"}});
  const Estimate& accuracy = evaluation.metric("accuracy");
  std::printf("accuracy %.3f in [%.3f, %.3f]\n", accuracy.value, accuracy.low, accuracy.high);
  for (const Slice& slice : evaluation.slices)
    std::printf("  garden %s: %.3f of %lld rows\n", slice.value.c_str(), slice.metrics.front().value, static_cast<long long>(slice.rows));
  expect(accuracy.value > 0.9, "two measures tell the flowers apart");

  model.save("flowers.onnx");
  const Model loaded = Model::load("flowers.onnx");  // knows its columns and classes
  const Table one({{"length", Tensor({1}, std::vector<float>{3})}, {"width", Tensor({1}, std::vector<float>{0})}});
  expect(loaded.predict_classes(loaded.inputs(one)).front() == "rose", "a long one is a rose");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "table_to_model: %s\n", error.what());
  return 1;
}
