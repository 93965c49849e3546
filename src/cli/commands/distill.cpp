// upkeep distill: trains a small model by the labels and by the answers of a large one, and the same model alone as the control.

#include "optimize/distill.hpp"

#include "analyze/analysis.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "base/some_of.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/preparation.hpp"
#include "convert/formats/format.hpp"
#include "optimize/relearn.hpp"
#include "train/known_signature.hpp"
#include "train/validation.hpp"

namespace upkeep::commands {

struct DistillCommandOptions {
  std::string student;
  std::string output;
  std::string teacher;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  double validation = 0.2;
  std::vector<std::string> accept;
  std::vector<std::string> loss;
  std::string optimizer;
  std::string schedule;
  std::vector<std::string> metrics;
  std::vector<std::string> augment;
  double temperature = DistillOptions().temperature;
  double label_weight = DistillOptions().label_weight;
  std::vector<std::string> match;
  double match_weight = DistillOptions().match_weight;
  std::int64_t epochs = 20;
  std::int64_t batch_size = 32;
  std::optional<std::int64_t> seed;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::DistillCommandOptions;

template <>
inline const Settings settings<DistillCommandOptions> = describe<DistillCommandOptions>(
    "distill", "train a small model by the answers of a large one, beside the labels",
    field("student", &DistillCommandOptions::student, "an architecture, or a model to go on from"),
    field("output", &DistillCommandOptions::output, "where the distilled model goes"),
    field("teacher", &DistillCommandOptions::teacher, "the large model: a file, or name@alias in --registry"),
    field("data", &DistillCommandOptions::data, "table to train on, as for `upkeep train`"),
    field("target", &DistillCommandOptions::target, "column to predict (default: the teacher's)"),
    field("features", &DistillCommandOptions::features, "columns to predict from (default: the teacher's)"),
    field("ignore", &DistillCommandOptions::ignore, "columns to leave out"),
    field("validation", &DistillCommandOptions::validation, "share of the rows that is held out, and that all three models are measured on",
          range(0.0, 1.0, Ends::kOpen)),
    field("accept", &DistillCommandOptions::accept,
          "what may change from the teacher to the student, METRIC:CHANGE: accuracy:-0.005, mae:+2%, latency:-20%, size:-50%; beyond it "
          "nothing is written"),
    field("loss", &DistillCommandOptions::loss, "of the labels (default: the teacher's)"),
    field("optimizer", &DistillCommandOptions::optimizer, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog train/optimizers`"),
    field("schedule", &DistillCommandOptions::schedule, "of the learning rate: `upkeep catalog train/schedules`"),
    field("metrics", &DistillCommandOptions::metrics, "metrics of `upkeep catalog metrics`, with commas (default: the teacher's)"),
    field("augment", &DistillCommandOptions::augment, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog data/augment`, in order"),
    field("temperature", &DistillCommandOptions::temperature, "by which both models' logits are divided",
          range(0.0, 1000.0, Ends::kOpenLeft)),
    field("label_weight", &DistillCommandOptions::label_weight, "of the labels' loss in the sum; the rest is the teacher's",
          range(0.0, 1.0, Ends::kOpenRight)),
    field("match", &DistillCommandOptions::match,
          "layers whose values are brought together as well, STUDENT=TEACHER,...; where widths differ the student's are projected, and the "
          "projection is left out in the end"),
    field("match_weight", &DistillCommandOptions::match_weight, "of their mean squared difference, beside the teacher's answers",
          range(0.0, 1e6)),
    field("epochs", &DistillCommandOptions::epochs, "passes over the data", range(1, 1e9)),
    field("batch_size", &DistillCommandOptions::batch_size, "rows in a step", range(1, 1e9)),
    field("seed", &DistillCommandOptions::seed, "of weights, rows held out and shuffling (default: a random one, which is printed)"),
    field("threads", &DistillCommandOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &DistillCommandOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

// The student's settings where it says some, else the teacher's without what is about its weights and steps; then the command line's.
Compile student_compile(const Model& student, const Model& teacher, const TrainingRequest& request) {
  if (compile_of(student) || !request.loss.empty()) return compile_for(student, request);
  Compile compile = compile_for(teacher, request);
  compile.rates.clear();
  compile.schedule.reset();
  return compile;
}

TrainingRequest request_of(const DistillCommandOptions& options, const Model& teacher) {
  TrainingRequest request{.target = options.target, .features = options.features, .ignore = options.ignore};
  request.loss = options.loss;
  request.optimizer = options.optimizer;
  request.schedule = options.schedule;
  request.metrics = options.metrics;
  if (request.target.empty()) request.target = own_targets(teacher);
  return request;
}

// Both must see the same numbers in the same order, and count classes alike.
void expect_same_rows(const Dataset& student, const Dataset& teacher) {
  const bool same = student.inputs.size() == 1 && teacher.inputs.size() == 1
                        ? student.inputs.begin()->second == teacher.inputs.begin()->second
                        : student.inputs == teacher.inputs;
  if (!same)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the student reads {}, the teacher {}", some_of(student.feature_names), some_of(teacher.feature_names)),
                "give --features in the teacher's order; inputs must have the same element types and shapes");
  if (student.class_names != teacher.class_names)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the teacher's classes are {}, those of the data {}", join(teacher.class_names), join(student.class_names)),
                "distil on data that has every class of the teacher");
}

FitOptions fit_of(const DistillCommandOptions& options, std::uint64_t seed, const Dataset& validation) {
  FitOptions fit{
      .epochs = options.epochs, .batch_size = options.batch_size, .validation = validation, .seed = seed, .threads = options.threads};
  if (!options.schedule.empty()) fit.schedule = parse_named(options.schedule);
  for (const std::string& augmenter : options.augment) fit.augment.push_back(parse_named(augmenter));
  return fit;
}

DistillOptions teaching_of(const DistillCommandOptions& options) {
  DistillOptions teaching{.temperature = options.temperature, .label_weight = options.label_weight, .match_weight = options.match_weight};
  for (const std::string& pair : options.match) {
    const std::size_t place = pair.find('=');
    if (place == std::string::npos || place == 0 || place + 1 == pair.size())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("--match {}: no pair of layers", pair), "give STUDENT=TEACHER");
    teaching.matched.push_back({pair.substr(0, place), pair.substr(place + 1)});
  }
  return teaching;
}

// Two verdicts on the distilled student: against the teacher, with the limits, and against the student that was trained alone.
struct Comparisons {
  Verdict to_teacher;
  Verdict to_control;
};

Comparisons compare_models(const Model& distilled, const Model& control, const Model& teacher, const Dataset& held_out,
                           const std::vector<Limit>& limits, std::uint64_t seed) {
  JudgeOptions options{.metrics = default_metrics(distilled, held_out.targets), .seed = seed};
  Comparisons made;
  made.to_control = Judge(control, held_out, {}, options).judge_metrics(distilled);
  made.to_teacher = Judge(teacher_for(distilled, teacher), held_out, limits, options).judge(distilled);
  return made;
}

int run_distill(const DistillCommandOptions& options, const Ordered&, Output& output) {
  const std::uint64_t seed = seed_or_random(options.seed);
  const std::vector<Limit> limits = in_context("--accept", [&] { return parse_acceptances(options.accept); });
  const DistillOptions teaching = teaching_of(options);
  expect_writable(options.output);
  const Model teacher = open_model(options.teacher, options.registry);
  TrainingRequest request = request_of(options, teacher);
  const Table table = load_table(options.data);
  if (request.features.empty()) request.features = feature_columns(teacher, table);
  const TrainingRequest asked = request;
  const Preparation preparation({.model = options.student, .registry = options.registry, .seed = seed}, table, request);
  const Compile compile = student_compile(preparation.model(), teacher, request);
  Dataset all = in_context(options.data, [&] { return training_data_for(preparation.model(), table, request, compile); });
  expect_same_rows(all, in_context("the teacher", [&] { return training_data_for(teacher, table, asked, compile); }));
  const HeldOut parts = hold_out(std::move(all), options.validation, seed);
  const Model student = in_context(options.data, [&] { return preparation.learned_from(parts.training, compile); });
  if (!options.seed) note(upkeep::format("seed {}", seed));
  const FitOptions fit = fit_of(options, seed, parts.validation);

  note("the student with its teacher");
  Distilled made = distill(student, teacher, compile, parts.training, fit, teaching);
  note("the student alone, as the control");
  Trainer alone(without_run(student, compile), compile);
  alone.fit(parts.training, fit);
  const Comparisons verdicts = compare_models(made.model, alone.model(), teacher, parts.validation, limits, seed);
  Json document = {{"output", options.output},
                   {"seed", seed},
                   {"rows", parts.training.rows()},
                   {"validation_rows", parts.validation.rows()},
                   {"acceptance", to_json(verdicts.to_teacher)},
                   {"control", to_json(verdicts.to_control)},
                   {"history", to_json(made.history)}};
  output.text("from the teacher to the student:\n" + acceptance_text(document["acceptance"]));
  output.text("\nfrom the student trained alone to the distilled one:\n" + acceptance_text(document["control"]));
  if (!verdicts.to_teacher.accepted()) return refuse(verdicts.to_teacher, document, output);
  record_acceptance(made.model, teacher, verdicts.to_teacher, "distill", std::filesystem::path(options.data).filename().string());
  save_model(made.model, options.output);
  output.result(document);
  output.text(upkeep::format("saved {}", options.output));
  return 0;
}

}  // namespace

void add_distill(CommandCatalog& catalog) {
  catalog.add(entry<DistillCommandOptions>(
      "optimise", {"student", "output"}, {"student", "output", "teacher", "data"},
      {"upkeep distill student.yaml small.onnx --teacher big.onnx --data d.csv --epochs 20 --accept accuracy:-0.01",
       "upkeep distill student.yaml small.onnx --teacher big.onnx --data d.csv --match hidden=block_3,last=block_6"},
      run_distill));
}

}  // namespace upkeep::commands
