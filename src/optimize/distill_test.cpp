#include "optimize/distill.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "optimize/optimize_testing.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kRows = 64;

Dataset points(std::int64_t classes) {
  Random random(3);
  std::vector<float> x;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < kRows; ++i) {
    x.push_back(static_cast<float>(random.normal()));
    x.push_back(static_cast<float>(random.normal()));
    labels.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(classes))));
  }
  Dataset data;
  data.inputs["x"] = Tensor({kRows, 2}, std::move(x));
  data.targets = Tensor({kRows, 1}, std::move(labels));
  return data;
}

Model net(int hidden, int units, const std::string& activation, std::uint64_t seed, const std::string& input = "x") {
  return model_of("layers: [{input: {shape: [2], name: " + input + "}}, {dense: {units: " + std::to_string(hidden) +
                      ", activation: tanh}}, {dense: {units: " + std::to_string(units) + ", activation: " + activation + ", name: y}}]",
                  seed);
}

Compile compiled(const std::string& loss) {
  Compile compile;
  compile.optimizer = parse_named("sgd:learning_rate=0");
  compile.loss = parse_named(loss);
  return compile;
}

double figure(const History& history, const std::string& name) { return history.series(name).back(); }

// By the formula, in float64, from the answers of both models.
double by_hand(const Tensor& teacher, const Tensor& student, double temperature) {
  const auto soft = [&](const Tensor& p, std::size_t row) {
    const auto width = static_cast<std::size_t>(p.dim(1));
    std::vector<double> values;
    double sum = 0;
    for (std::size_t i = 0; i < width; ++i) {
      values.push_back(std::pow(static_cast<double>(p.floats()[row * width + i]), 1 / temperature));
      sum += values.back();
    }
    for (double& value : values) value /= sum;
    return values;
  };
  double all = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    const std::vector<double> t = soft(teacher, row), s = soft(student, row);
    for (std::size_t i = 0; i < t.size(); ++i) all += t[i] * std::log(t[i] / s[i]);
  }
  return temperature * temperature * all / kRows;
}

// With a learning rate of 0 the figures are those of the untrained student.
TEST(Distill, AddsTheDivergenceFromTheTeacherToTheLabelsLoss) {
  const Dataset data = points(3);
  const Model student = net(3, 3, "softmax", 1), teacher = net(8, 3, "softmax", 2);
  const Distilled made = distill(student, teacher, compiled("sparse_categorical_crossentropy"), data,
                                 {.batch_size = kRows, .threads = 1, .show_progress = false}, {.temperature = 2, .label_weight = 0.25});
  const double expected = by_hand(predict(teacher, data.inputs).at("y"), predict(student, data.inputs).at("y"), 2);
  EXPECT_NEAR(figure(made.history, "distillation_loss"), expected, 1e-5);
  EXPECT_NEAR(figure(made.history, "loss"), 0.25 * figure(made.history, "y_loss") + 0.75 * expected, 1e-5);
  EXPECT_EQ(*made.model.graph.initializer("y/kernel"), *student.graph.initializer("y/kernel"));
}

// The values of the hidden layer, tanh(x W + b).
std::vector<double> hidden(const Model& model, const Tensor& x) {
  const Tensor &w = *model.graph.initializer("dense/kernel"), &b = *model.graph.initializer("dense/bias");
  const auto units = static_cast<std::size_t>(b.size());
  std::vector<double> values;
  for (std::size_t row = 0; row < kRows; ++row)
    for (std::size_t j = 0; j < units; ++j)
      values.push_back(
          std::tanh(double{x.floats()[2 * row]} * w.floats()[j] + double{x.floats()[2 * row + 1]} * w.floats()[units + j] + b.floats()[j]));
  return values;
}

TEST(Distill, BringsMatchedLayersTogether) {
  const Dataset data = points(3);
  const Model student = net(8, 3, "softmax", 1), teacher = net(8, 3, "softmax", 2);
  const FitOptions fit{.batch_size = kRows, .threads = 1, .show_progress = false};
  const Distilled plain = distill(student, teacher, compiled("sparse_categorical_crossentropy"), data, fit);
  const Distilled matched = distill(student, teacher, compiled("sparse_categorical_crossentropy"), data, fit,
                                    {.matched = {{"dense", "dense"}}, .match_weight = 3});
  const std::vector<double> own = hidden(student, data.inputs.at("x")), others = hidden(teacher, data.inputs.at("x"));
  double squares = 0;
  for (std::size_t i = 0; i < own.size(); ++i) squares += (own[i] - others[i]) * (own[i] - others[i]) / static_cast<double>(own.size());
  EXPECT_NEAR(figure(matched.history, "distillation_loss") - figure(plain.history, "distillation_loss"), 3 * squares, 1e-5);
}

TEST(Distill, ProjectsLayersOfOtherWidthsAndLeavesTheProjectionOut) {
  const Dataset data = points(3);
  Compile compile = compiled("sparse_categorical_crossentropy");
  compile.optimizer = parse_named("adam:learning_rate=0.02");
  const Distilled made = distill(net(4, 3, "softmax", 1), net(8, 3, "softmax", 2), compile, data,
                                 {.epochs = 60, .batch_size = kRows, .threads = 1, .show_progress = false},
                                 {.label_weight = 0, .matched = {{"dense", "dense"}}});
  EXPECT_LT(figure(made.history, "distillation_loss"), 0.3 * made.history.series("distillation_loss").front());
  EXPECT_THAT(layer_names(architecture_of(made.model)), testing::ElementsAre("x", "dense", "y"));
}

TEST(Distill, SaysWhichLayersCannotBeMatched) {
  const Dataset data = points(3);
  const auto text = [&](const MatchedLayers& pair) {
    return message_of([&] {
      distill(net(4, 3, "softmax", 1), net(8, 3, "softmax", 2), compiled("sparse_categorical_crossentropy"), data,
              {.batch_size = kRows, .threads = 1, .show_progress = false}, {.matched = {pair}});
    });
  };
  EXPECT_THAT(text({"dens", "dense"}), testing::AllOf(HasSubstr("layer of the student"), HasSubstr("dense")));
  EXPECT_THAT(text({"dense", "hidden"}), HasSubstr("layer of the teacher"));
}

TEST(Distill, ComparesLogitsWithProbabilities) {
  const Dataset data = points(3);
  Model teacher = net(8, 3, "linear", 2);
  const Compile compile = compiled("sparse_categorical_crossentropy:from_logits=true");
  const Distilled same =
      distill(net(8, 3, "linear", 2), teacher, compile, data, {.batch_size = kRows, .threads = 1, .show_progress = false});
  EXPECT_NEAR(figure(same.history, "distillation_loss"), 0, 1e-6);
  const Distilled mixed = distill(net(8, 3, "softmax", 2), teacher, compiled("sparse_categorical_crossentropy"), data,
                                  {.batch_size = kRows, .threads = 1, .show_progress = false});
  EXPECT_NEAR(figure(mixed.history, "distillation_loss"), 0, 1e-6);
}

TEST(Distill, OfYesAndNoIsThatOfTwoClasses) {
  Dataset data = points(2);
  data.targets = data.targets.cast(DType::kFloat32);
  const Model student = net(3, 1, "sigmoid", 1), teacher = net(8, 1, "sigmoid", 2);
  const Distilled made = distill(student, teacher, compiled("binary_crossentropy"), data,
                                 {.batch_size = kRows, .threads = 1, .show_progress = false}, {.temperature = 2});
  const auto both = [](const Tensor& yes) {
    std::vector<float> values;
    for (const float p : yes.floats()) values.insert(values.end(), {p, 1 - p});
    return Tensor({kRows, 2}, std::move(values));
  };
  const double expected = by_hand(both(predict(teacher, data.inputs).at("y")), both(predict(student, data.inputs).at("y")), 2);
  EXPECT_NEAR(figure(made.history, "distillation_loss"), expected, 1e-5);
}

TEST(Distill, BringsTheStudentToTheTeacherAndLeavesTheTeacherAlone) {
  Dataset data = points(2);
  const Model teacher = net(4, 1, "linear", 2, "other");
  const Model renamed = teacher_for(net(8, 1, "linear", 1), teacher);
  EXPECT_EQ(renamed.graph.inputs[0].name, "x");
  data.targets = predict(renamed, data.inputs).at("y");
  Compile compile = compiled("mse");
  compile.optimizer = parse_named("adam:learning_rate=0.02");
  const Distilled made = distill(net(8, 1, "linear", 1), teacher, compile, data,
                                 {.epochs = 150, .batch_size = 16, .threads = 1, .show_progress = false}, {.label_weight = 0});
  EXPECT_LT(figure(made.history, "distillation_loss"), 0.02 * made.history.series("distillation_loss").front());
  EXPECT_EQ(made.model.graph.outputs.size(), 1U);
  EXPECT_EQ(compile_of(made.model)->loss.name, "mse");
  EXPECT_FALSE(std::ranges::any_of(made.model.graph.initializers, [](const auto& one) { return one.first.starts_with("teacher_"); }));
}

TEST(Distill, SaysWhatDoesNotGoTogether) {
  const Dataset data = points(3);
  const auto refused = [&](const Model& student, const Model& teacher, const DistillOptions& options = {}) {
    return message_of(
        [&] { distill(student, teacher, compiled("sparse_categorical_crossentropy"), data, {.show_progress = false}, options); });
  };
  EXPECT_THAT(refused(net(3, 3, "softmax", 1), net(3, 4, "softmax", 1)), HasSubstr("equal width"));
  EXPECT_THAT(refused(net(3, 3, "softmax", 1), net(3, 3, "sigmoid", 1)), HasSubstr("different things"));
  EXPECT_THAT(refused(net(3, 3, "softmax", 1), net(3, 3, "softmax", 1), {.temperature = 0}), HasSubstr("temperature"));
  EXPECT_THAT(refused(net(3, 3, "softmax", 1), net(3, 3, "softmax", 1), {.label_weight = 1}), HasSubstr("labels"));
}

}  // namespace
}  // namespace upkeep
