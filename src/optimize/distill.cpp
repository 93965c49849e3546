#include "optimize/distill.hpp"

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/shared/activations.hpp"
#include "layers/view/architecture.hpp"
#include "layers/view/build.hpp"
#include "train/losses/loss.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

constexpr const char* kTeacher = "teacher_";
constexpr const char* kDistillation = "distillation";

std::vector<std::string> input_names(const Model& model) {
  std::vector<std::string> names;
  for (const ValueInfo& input : model.graph.inputs)
    if (!model.graph.initializer(input.name)) names.push_back(input.name);
  return names;
}

const std::string& only_output(const Architecture& net, const std::vector<std::string>& outputs, const char* whose) {
  if (outputs.size() == 1) return outputs.front();
  throw Error(ErrorCode::kUnsupported, upkeep::format("the {} \"{}\" has {} outputs", whose, net.name, outputs.size()),
              "a model with one output can be distilled");
}

enum class Answers { kNumbers, kLogits, kProbabilities, kYesLogits, kYesProbabilities };

// What the last layer gives, by its activation, and by the loss where it has none.
Answers answers_of(const Architecture& net, const std::string& output, losses::Classes classes) {
  const LayerSpec& layer = net.layer(layer_of(output));
  const std::string activation =
      layer.kind == "softmax" ? "softmax" : layers::read_activation(layer.settings.value("activation", Json(nullptr))).name;
  if (activation == "softmax") return Answers::kProbabilities;
  if (activation == "sigmoid") return Answers::kYesProbabilities;
  if (activation == "linear" && classes == losses::Classes::kSeveral) return Answers::kLogits;
  if (activation == "linear" && classes == losses::Classes::kTwo) return Answers::kYesLogits;
  return Answers::kNumbers;
}

bool of_classes(Answers answers) { return answers == Answers::kLogits || answers == Answers::kProbabilities; }
bool of_questions(Answers answers) { return answers == Answers::kYesLogits || answers == Answers::kYesProbabilities; }

// Writes layers of functions behind others.
class FunctionLayers {
 public:
  explicit FunctionLayers(Architecture& net) : net_(net) {}

  std::string unary(const std::string& function, const std::string& x, Json arguments = Json::object()) {
    arguments["x"] = {{"input", 0}};
    return add(function, std::move(arguments), {x});
  }
  std::string binary(const std::string& function, const std::string& a, const std::string& b) {
    return add(function, {{"x1", {{"input", 0}}}, {"x2", {{"input", 1}}}}, {a, b});
  }
  std::string times(const std::string& x, double factor) { return add("multiply", {{"x1", {{"input", 0}}}, {"x2", factor}}, {x}); }
  void call_last(const std::string& name) { net_.layers.back().name = name; }
  std::string layer(const std::string& kind, Json settings, const std::string& input) {
    net_.layers.push_back({.kind = kind, .name = free_name(net_, "teaching"), .settings = std::move(settings), .inputs = {input}});
    return net_.layers.back().name;
  }

 private:
  std::string add(const std::string& function, Json arguments, std::vector<std::string> inputs) {
    LayerSpec layer{.kind = "operation",
                    .name = free_name(net_, "teaching"),
                    .settings = {{"function", function}, {"arguments", std::move(arguments)}},
                    .inputs = std::move(inputs)};
    net_.layers.push_back(std::move(layer));
    return net_.layers.back().name;
  }

  Architecture& net_;
};

constexpr double kLeastProbability = 1e-7;  // Keras's epsilon

std::string logits(FunctionLayers& layers, const std::string& value, Answers answers) {
  if (answers == Answers::kLogits || answers == Answers::kYesLogits || answers == Answers::kNumbers) return value;
  const std::string p = layers.unary("clip", value, {{"x_min", kLeastProbability}, {"x_max", 1 - kLeastProbability}});
  if (answers == Answers::kProbabilities) return layers.unary("log", p);
  const std::string no = layers.unary("negative", layers.unary("log1p", layers.unary("negative", p)));
  return layers.binary("add", layers.unary("log", p), no);  // log p - log(1 - p)
}

// p_teacher * (log p_teacher - log p_student)
std::string surprise(FunctionLayers& layers, const std::string& p, const std::string& log_teacher, const std::string& log_student) {
  return layers.binary("multiply", p, layers.binary("subtract", log_teacher, log_student));
}

// [N, 1], T^2 times the divergence.
std::string divergence(FunctionLayers& layers, const std::string& teacher, const std::string& student, Answers answers,
                       double temperature) {
  const Json row = {{"axis", -1}, {"keepdims", true}};
  if (answers == Answers::kNumbers) {
    const std::string difference = layers.binary("subtract", teacher, student);
    return layers.unary("mean", layers.unary("square", difference), row);
  }
  const std::string t = layers.times(teacher, 1 / temperature), s = layers.times(student, 1 / temperature);
  const double factor = temperature * temperature;
  if (of_classes(answers)) {
    const std::string terms = surprise(layers, layers.unary("softmax", t), layers.unary("log_softmax", t), layers.unary("log_softmax", s));
    return layers.times(layers.unary("sum", terms, row), factor);
  }
  const std::string not_t = layers.unary("negative", t), not_s = layers.unary("negative", s);
  const std::string yes = surprise(layers, layers.unary("sigmoid", t), layers.unary("log_sigmoid", t), layers.unary("log_sigmoid", s));
  const std::string no =
      surprise(layers, layers.unary("sigmoid", not_t), layers.unary("log_sigmoid", not_t), layers.unary("log_sigmoid", not_s));
  return layers.times(layers.unary("mean", layers.binary("add", yes, no), row), factor);
}

// A layer that is meant; the value of one that gives several is the first.
const Dims& values_of(const std::map<std::string, Dims>& shapes, const std::string& layer, const char* whose) {
  if (const auto found = shapes.find(layer); found != shapes.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, dims] : shapes) names.push_back(name);
  throw unknown_name(upkeep::format("layer of the {}", whose), layer, names);
}

// [N, 1], the mean squared difference of both layers' values.
std::string feature_distance(FunctionLayers& layers, const MatchedLayers& pair, const Dims& own, const Dims& others) {
  const bool alike = own.size() == others.size() && own.size() > 1 && std::equal(own.begin() + 1, own.end() - 1, others.begin() + 1);
  if (!alike || !others.back().known())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the student's \"{}\" gives {}, the teacher's \"{}\" {}", pair.student, to_string(own), pair.teacher,
                               to_string(others)),
                "match layers whose values differ in their last axis at most");
  std::string student = pair.student;
  if (own.back() != others.back()) student = layers.layer("dense", {{"units", others.back().value}, {"use_bias", false}}, student);
  const std::string squares = layers.unary("square", layers.binary("subtract", kTeacher + pair.teacher, student));
  Json axes = Json::array();
  for (std::size_t axis = 1; axis < own.size(); ++axis) axes.push_back(axis);
  const std::string mean = layers.unary("mean", squares, {{"axis", std::move(axes)}, {"keepdims", true}});
  return own.size() == 2 ? mean : layers.layer("flatten", Json::object(), mean);
}

void expect_equal_shapes(const std::map<std::string, Dims>& student, const std::string& output, const std::map<std::string, Dims>& teacher,
                         const std::string& other) {
  const Dims &own = student.at(output), &its = teacher.at(other);
  if (own.size() != 2 || its.size() != 2 || own.back() != its.back())
    throw Error(ErrorCode::kUnsupported, upkeep::format("the student answers {}, the teacher {}", to_string(own), to_string(its)),
                "both must answer rows of equal width");
}

// The teacher's layers behind the student's, and the distance between both as a second output.
Architecture with_teacher(const Architecture& student, const Architecture& teacher, losses::Classes classes,
                          const DistillOptions& options) {
  Architecture net = student;
  const std::vector<std::string> own = output_layers(student), others = output_layers(teacher);
  const std::string &output = only_output(student, own, "student"), &other = only_output(teacher, others, "teacher");
  const std::map<std::string, Dims> shapes = output_shapes(student), other_shapes = output_shapes(teacher);
  expect_equal_shapes(shapes, output, other_shapes, other);
  for (const LayerSpec& layer : teacher.layers) {
    if (layer.inputs.empty()) continue;
    LayerSpec copy = layer;
    copy.name = kTeacher + layer.name;
    copy.inference = true;
    if (!copy.shares.empty()) copy.shares = kTeacher + layer.shares;
    for (std::string& input : copy.inputs)
      if (!teacher.layer(layer_of(input)).inputs.empty()) input = kTeacher + input;
    net.layers.push_back(std::move(copy));
  }
  const Answers mine = answers_of(student, output, classes), its = answers_of(teacher, other, classes);
  if (of_classes(mine) != of_classes(its) || of_questions(mine) != of_questions(its))
    throw Error(ErrorCode::kUnsupported, "student and teacher answer different things: one classes, the other numbers or yes and no",
                "the last layers' activations say so: softmax, sigmoid or none");
  FunctionLayers functions(net);
  std::string distance =
      divergence(functions, logits(functions, kTeacher + other, its), logits(functions, output, mine), mine, options.temperature);
  for (const MatchedLayers& pair : options.matched) {
    const std::string apart =
        feature_distance(functions, pair, values_of(shapes, pair.student, "student"), values_of(other_shapes, pair.teacher, "teacher"));
    distance = functions.binary("add", distance, functions.times(apart, options.match_weight));
  }
  functions.call_last(kDistillation);
  net.outputs = {output, kDistillation};
  check(net);
  return net;
}

Compile compile_beside(const Compile& compile, const std::string& output, const DistillOptions& options) {
  Compile made = compile;
  made.loss = {"mse", Json::object()};
  made.metrics.clear();
  made.weighted_metrics.clear();
  made.outputs = {
      {output,
       {.loss = compile.loss,
        .loss_weight = options.label_weight,
        .metrics = compile.metrics,
        .weighted_metrics = compile.weighted_metrics}},
      {kDistillation, {.loss = {"mae", Json::object()}, .loss_weight = 1 - options.label_weight}}};  // a divergence is never below 0
  made.rates.push_back({std::string(kTeacher) + "*", 0});
  return made;
}

Dataset data_beside(Dataset data, const std::string& output) {
  const std::int64_t rows = data.rows();
  data.output_targets = {{output, data.targets}, {kDistillation, Tensor::full<float>({rows, 1}, 0)}};
  data.targets = Tensor({0}, std::vector<float>{});
  return data;
}

Weights both_weights(const LayeredModel& student, const LayeredModel& teacher) {
  Weights weights = student.weights;
  for (const auto& [name, tensor] : teacher.weights) weights.emplace_back(kTeacher + name, tensor);
  return weights;
}

void expect_sound(const DistillOptions& options, const Compile& compile) {
  if (!(options.temperature > 0) || options.temperature > 1e3)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a temperature of {:g}", options.temperature), "1 to 20 are usual");
  if (!(options.label_weight >= 0 && options.label_weight < 1))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("labels weigh {:g}", options.label_weight), "from 0 to less than 1");
  if (!compile.outputs.empty())
    throw Error(ErrorCode::kUnsupported, "the student has several outputs", "a model with one can be distilled");
}

}  // namespace

Distilled distill(const Model& student, const Model& teacher, const Compile& compile, const Dataset& data, const FitOptions& fit,
                  const DistillOptions& options) {
  expect_sound(options, compile);
  LayeredModel own = in_context("the student", [&] { return with_layers(student); });
  const LayeredModel other = in_context("the teacher", [&] { return with_layers(teacher_for(own.model, teacher)); });
  const Architecture& layers = own.architecture;
  const Architecture net = with_teacher(layers, other.architecture, losses::catalog().at(compile.loss.name).classes, options);
  const std::string output = output_layers(layers).front();
  FitOptions beside = fit;
  if (fit.validation) beside.validation = data_beside(*fit.validation, output);
  Model both = build_model(net, initial_weights(net, fit.seed, both_weights(own, other)));                        // projections are new
  if (const std::string* pruned = find(own.model.metadata, kPrunedKey)) set(both.metadata, kPrunedKey, *pruned);  // its zeros stay
  Trainer trainer(std::move(both), compile_beside(compile, output, options));
  Distilled made;
  made.history = trainer.fit(data_beside(data, output), beside);
  const Model trained = trainer.model();
  for (const NamedWeight& weight : weight_specs(layers))
    *own.model.graph.initializer(weight.name) = *trained.graph.initializer(weight.name);
  own.model.training_tensors.clear();
  set_training_record(own.model, {.compile = compile, .seed = fit.seed, .threads = trainer.threads()});
  made.model = std::move(own.model);
  return made;
}

Model teacher_for(const Model& student, const Model& teacher) {
  const std::vector<std::string> own = input_names(student), others = input_names(teacher);
  if (own.size() != others.size())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the teacher reads {} inputs, the student {}", others.size(), own.size()));
  if (std::ranges::all_of(others, [&](const std::string& name) { return std::ranges::contains(own, name); })) return teacher;
  LayeredModel layered = with_layers(teacher);
  Architecture& net = layered.architecture;
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (std::ranges::contains(net.layers, own[i], &LayerSpec::name))
      throw Error(ErrorCode::kUnsupported, upkeep::format("a layer of the teacher is called \"{}\", as an input of the student", own[i]),
                  "give the student's input another name");
    net.layers[net.index(others[i])].name = own[i];
    for (LayerSpec& layer : net.layers) std::ranges::replace(layer.inputs, others[i], own[i]);
  }
  return build_model(net, layered.weights);
}

}  // namespace upkeep
