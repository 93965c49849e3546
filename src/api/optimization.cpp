#include "upkeep/optimization.hpp"

#include "analyze/search_page.hpp"
#include "api/acceptance.hpp"
#include "api/network.hpp"
#include "api/parts.hpp"
#include "api/settings.hpp"
#include "api/training.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/random_inputs.hpp"
#include "graph/onnx.hpp"
#include "optimize/distill.hpp"
#include "optimize/factorize/factorize.hpp"
#include "optimize/prune/patterns/pattern.hpp"
#include "optimize/prune/prune.hpp"
#include "optimize/prune/shared/judged.hpp"
#include "optimize/prune/shared/residual_blocks.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/relearn.hpp"
#include "optimize/search.hpp"
#include "optimize/structure/structure.hpp"
#include "train/trainable.hpp"
#include "train/weight_gradients.hpp"

namespace upkeep::api {

static Changed changed_to(upkeep::Model model, Change change, std::optional<Verdict> verdict) {
  return {.model = ModelParts::make(std::move(model)),
          .notes = std::move(change.notes),
          .facts = change.facts.dump(),
          .verdict = std::move(verdict)};
}

static std::optional<Judge> judge_for(const Model& model, const upkeep::Model& before, const Acceptance& accept) {
  return judge_of(before, ModelParts::compiled(model), accept);
}

// --- structure ---------------------------------------------------------------------------------------------------------

static std::string with_place(const Layer& layer, const std::string& place, const std::string& name) {
  NamedSettings all{layer.kind(), to_json(layer.settings())};
  if (!layer.name().empty()) all.values["name"] = layer.name();
  if (!place.empty()) all.values[place] = name;
  return to_text(all);
}

Edit Edit::add(const Layer& layer) { return {"add", with_place(layer, "", "")}; }
Edit Edit::add_after(const std::string& name, const Layer& layer) { return {"add", with_place(layer, "after", name)}; }
Edit Edit::add_before(const std::string& name, const Layer& layer) { return {"add", with_place(layer, "before", name)}; }
Edit Edit::remove(const std::string& name) { return {"remove", name}; }
Edit Edit::replace(const std::string& name, const Layer& layer) { return {"replace", name + "=" + Network::text_of(layer)}; }
Edit Edit::set(const std::string& name, const Setting::Object& settings) { return {"set", to_text({name, to_json(settings)})}; }
Edit Edit::deepen(const std::string& name) { return {"deepen", name}; }
Edit Edit::widen(const std::string& name, std::int64_t size, double noise) {
  return {"widen", upkeep::format("{}={}{}", name, size, noise == 0 ? "" : upkeep::format(":noise={:.17g}", noise))};
}

class EditParts {
 public:
  static EditSteps steps(const std::vector<Edit>& edits) {
    EditSteps steps;
    for (const Edit& edit : edits) steps.emplace_back(edit.step_, edit.argument_);
    return steps;
  }
};

Changed edit(const Model& model, const std::vector<Edit>& steps, const EditSettings& settings) {
  if (steps.empty()) throw Error(ErrorCode::kInvalidArgument, "nothing to edit", "give Edit::add(...), Edit::set(...) and others");
  const upkeep::Model before = ModelParts::graph(model);
  const std::optional<Judge> judge = judge_for(model, before, settings.accept);
  Edited made = upkeep::edit(before, EditParts::steps(steps), settings.seed);
  std::optional<Verdict> verdict = accepted(judge, made.model, made.change.pass);
  return changed_to(std::move(made.model), std::move(made.change), std::move(verdict));
}

// --- pruning -----------------------------------------------------------------------------------------------------------

// Gradients name the weights as training does, so that the model is taken in that form.
static upkeep::pruning::Measured measured_for(const Model& model, upkeep::Model& graph, const NamedSettings& method,
                                              const PruneSettings& settings) {
  const upkeep::pruning::Needs needs = needs_of(method);
  if (needs == upkeep::pruning::Needs::kNothing) return {};
  const bool gradients = needs == upkeep::pruning::Needs::kGradients;
  if (!settings.data)
    throw Error(ErrorCode::kInvalidArgument,
                method.name + (gradients ? " goes by gradients of the loss" : " goes by what the weights multiply"),
                "give data with targets");
  const std::optional<Compile>& compile = ModelParts::compiled(model);
  if (!compile) throw Error(ErrorCode::kFailedPrecondition, method.name + " reads the data as training does", "compile() the model first");
  return measure(method, graph, DataParts::of(*settings.data, graph, compile), compile,
                 {.batch_size = settings.batch_size, .batches = settings.batches, .seed = settings.seed});
}

// Trains what is left on, where that is asked for.
class PruneTraining {
 public:
  PruneTraining(const Model& model, const upkeep::Model& before, const PruneSettings& settings) : before_(before), settings_(settings) {
    if (settings.steps > 1 && (settings.epochs == 0 || settings.granularity == Granularity::kLayer))
      throw Error(ErrorCode::kInvalidArgument, "steps have training between", "give epochs and data, and channels or elements to go");
    if (settings.epochs == 0) return;
    if (!settings.data) throw Error(ErrorCode::kInvalidArgument, "epochs train on rows", "give data with targets");
    compile_ = ModelParts::compiled(model);
    if (!compile_) throw Error(ErrorCode::kFailedPrecondition, "epochs train as the model was compiled", "compile() the model first");
    rows_ = DataParts::with_targets(*settings.data, before, compile_);
  }

  bool asked() const { return rows_.has_value(); }
  Relearning how() const {
    return {.compile = *compile_,
            .rows = *rows_,
            .epochs = settings_.epochs,
            .batch_size = settings_.batch_size,
            .seed = settings_.seed,
            .teaching = {.label_weight = settings_.label_weight}};
  }
  upkeep::Model learnt(const upkeep::Model& changed) const { return asked() ? relearn(changed, before_, how()).model : changed; }

 private:
  const upkeep::Model& before_;
  const PruneSettings& settings_;
  std::optional<Compile> compile_;
  std::optional<Dataset> rows_;
};

// Residual blocks: the part of them that the method says, or as many as are accepted.
static Changed prune_layers(const upkeep::Model& before, const NamedSettings& method, const PruneSettings& settings,
                            const PruneTraining& training, const std::optional<Judge>& judge) {
  if (!settings.data) throw Error(ErrorCode::kInvalidArgument, "which residual blocks matter least is measured on rows", "give data");
  const Dataset data = DataParts::of(*settings.data, before, std::nullopt);
  const Tensors rows = data.rows(0, std::min(data.rows(), settings.batch_size * settings.batches)).inputs;
  const bool told = method.values.contains("sparsity");
  if (!told && !judge)
    throw Error(ErrorCode::kInvalidArgument, "how many residual blocks go?", "give the method a sparsity, or limits to accept");
  Change change;
  if (!told) {
    Accepted made = shallowest_accepted(*judge, before, rows, [&](const upkeep::Model& now) { return training.learnt(now); }, change);
    Verdict verdict = accepted(*judge, made, change.pass);
    return changed_to(std::move(made.model), std::move(change), std::move(verdict));
  }
  upkeep::Model pruned = before;
  const std::size_t count = upkeep::pruning::share_of(method.values["sparsity"].get<double>(), residual_blocks(before).size());
  change = prune_blocks(pruned, count, rows);
  pruned = training.learnt(pruned);
  std::optional<Verdict> verdict = accepted(judge, pruned, change.pass);
  return changed_to(std::move(pruned), std::move(change), std::move(verdict));
}

static Change prune_once(upkeep::Model& model, const NamedSettings& method, const PruneSettings& settings,
                         const upkeep::pruning::Measured& measured) {
  if (settings.granularity == Granularity::kElement) return prune_elements(model, method, measured, named(settings.pattern));
  return prune_channels(model, method, {.round_to = settings.round_to, .heads = settings.granularity == Granularity::kHead}, measured);
}

// Steps with training after each.
static Change prune_and_train(const Model& model, upkeep::Model& pruned, const NamedSettings& method, const PruneSettings& settings,
                              const PruneTraining& training) {
  const bool zeros = settings.granularity == Granularity::kElement;
  const bool said = zeros && upkeep::pruning::patterns::catalog().at(named(settings.pattern).name).says_how_many;
  const auto step = [&](upkeep::Model& now, double part) {
    NamedSettings asked = method;
    if (!said) asked.values["sparsity"] = part;
    return prune_once(now, asked, settings, measured_for(model, now, asked, settings));
  };
  const double part = upkeep::pruning::catalog().at(method.name).ranking(method.values).amount.sparsity;
  return prune_in_steps(pruned, step, {.part = part, .count = settings.steps, .of_what_is_left = !zeros}, training.how());
}

Changed prune(const Model& model, const PruneSettings& settings) {
  const NamedSettings method = named(settings.method);
  upkeep::Model before = ModelParts::graph(model);
  const std::optional<Judge> judge = judge_for(model, before, settings.accept);
  const PruneTraining training(model, before, settings);
  if (settings.granularity == Granularity::kLayer) return prune_layers(before, method, settings, training, judge);
  if (training.asked()) {
    upkeep::Model pruned = before;
    Change change = prune_and_train(model, pruned, method, settings, training);
    std::optional<Verdict> verdict = accepted(judge, pruned, change.pass);
    return changed_to(std::move(pruned), std::move(change), std::move(verdict));
  }
  const upkeep::pruning::Measured measured = measured_for(model, before, method, settings);
  upkeep::Model pruned = before;
  Change change = prune_once(pruned, method, settings, measured);
  if (!judge || settings.granularity != Granularity::kElement) {
    std::optional<Verdict> verdict = accepted(judge, pruned, change.pass);
    return changed_to(std::move(pruned), std::move(change), std::move(verdict));
  }
  Accepted made = accept_pruned_elements(*judge, before, pruned, change);
  Verdict verdict = accepted(*judge, made, change.pass);
  return changed_to(std::move(made.model), std::move(change), std::move(verdict));
}

// --- quantisation ------------------------------------------------------------------------------------------------------

static constexpr std::int64_t kMadeUpRows = 256;

Changed quantize(const Model& model, const QuantizeSettings& settings) {
  const NamedSettings method = named(settings.method);
  upkeep::Model graph = ModelParts::graph(model);
  const std::optional<Judge> judge = judge_for(model, graph, settings.accept);
  QuantizeContext context{
      .rows = {}, .row_numbers = {}, .keep_float = settings.keep_float, .threads = settings.threads, .sensitivity = settings.sensitivity};
  const bool needs_rows = settings.sensitivity || upkeep::quantization::catalog().at(method.name).needs_rows;
  const bool made_up = !settings.data && needs_rows;
  if (settings.data) context.rows = DataParts::of(*settings.data, graph, std::nullopt).inputs;
  else if (made_up) context.rows = random_inputs(graph, std::min(kMadeUpRows, 4 * enough_rows(graph)), settings.seed);
  Change change;
  std::optional<Verdict> verdict;
  if (judge) {
    QuantizedAndJudged result = quantize_judged(graph, method, context, *judge);
    change = std::move(result.change);
    verdict = accepted(*judge, result.made, change.pass);
    graph = std::move(result.made.model);
  } else {
    change = upkeep::quantize(graph, method, context);
  }
  if (made_up) change.notes.emplace_back("calibrated with made-up rows, whose ranges may not be those of real ones");
  return changed_to(std::move(graph), std::move(change), std::move(verdict));
}

// --- factorisation -----------------------------------------------------------------------------------------------------

Changed factorize(const Model& model, const FactorizeSettings& settings) {
  const NamedSettings method = named(settings.method);
  const upkeep::Model before = ModelParts::graph(model);
  const std::optional<Judge> judge = judge_for(model, before, settings.accept);
  upkeep::Model made = before;
  Change change = upkeep::factorize(made, method);
  if (!judge) return changed_to(std::move(made), std::move(change), std::nullopt);
  const auto without = [&](const std::vector<std::string>& layers) {
    upkeep::Model candidate = before;
    upkeep::factorize(candidate, method, layers);
    return candidate;
  };
  Accepted result = accept_with_reverts(*judge, without, factorized_layers(change));
  Verdict verdict = accepted(*judge, result, change.pass);
  made = before;
  change = upkeep::factorize(made, method, result.verdict.reverted);
  return changed_to(std::move(result.model), std::move(change), std::move(verdict));
}

// --- distillation ------------------------------------------------------------------------------------------------------

// The student's settings, else the teacher's without what is about its weights and steps.
static Compile compile_of_student(const Model& student, const Model& teacher) {
  if (ModelParts::compiled(student)) return *ModelParts::compiled(student);
  if (!ModelParts::compiled(teacher))
    throw Error(ErrorCode::kFailedPrecondition, "neither student nor teacher is compiled", "compile() the student first");
  Compile compile = *ModelParts::compiled(teacher);
  compile.rates.clear();
  compile.schedule.reset();
  return compile;
}

Distilled distill(const Model& student, const Model& teacher, const Data& data, const DistillSettings& settings) {
  const Compile compile = compile_of_student(student, teacher);
  const upkeep::Model large = ModelParts::graph(teacher);
  Run run(ModelParts::graph(student), data, compile, settings.fit);
  upkeep::Distilled made = upkeep::distill(prepared(ModelParts::graph(student), run.rows(), compile), large, compile, run.rows(),
                                           run.options(), {.temperature = settings.temperature, .label_weight = settings.label_weight});
  const std::optional<Judge> judge = judge_of(teacher_for(made.model, large), compile, settings.accept);
  std::optional<Verdict> verdict = accepted(judge, made.model, "distill");
  return {.model = ModelParts::make(std::move(made.model)), .history = std::move(made.history), .verdict = std::move(verdict)};
}

// --- search ------------------------------------------------------------------------------------------------------------

static Candidate candidate_of(const SearchCandidate& one) {
  Candidate made{.name = one.name, .steps = one.steps, .problem = one.problem, .front = one.front};
  if (one.verdict) made.verdict = verdict_of(*one.verdict);
  return made;
}

Optimized optimize(const Model& model, const Data& training, const OptimizeSettings& settings) {
  if (!settings.accept.data || settings.accept.metrics.empty())
    throw Error(ErrorCode::kInvalidArgument, "candidates are judged by a metric on held-out rows", "give accept with data and metrics");
  const upkeep::Model graph = ModelParts::graph(model);
  const std::optional<Compile>& compile = ModelParts::compiled(model);
  const upkeep::Goal goal = settings.goal == Goal::kSize ? upkeep::Goal::kSize : upkeep::Goal::kLatency;
  SearchResult result = search(graph, DataParts::of(training, graph, compile), DataParts::of(*settings.accept.data, graph, compile),
                               {.limits = limits_of(settings.accept),
                                .goal = goal,
                                .budget_seconds = settings.budget_seconds,
                                .compile = compile,
                                .epochs = settings.epochs,
                                .batch_size = settings.batch_size,
                                .step = settings.step,
                                .method = to_text(named(settings.method)),
                                .seed = settings.seed,
                                .threads = settings.threads,
                                .checkpoint = settings.checkpoint,
                                .on_step = settings.on_step,
                                .stop = [&] { return settings.cancel.cancelled(); }});
  Optimized made{.candidates = {}, .out_of_budget = result.out_of_budget, .page = search_page("Optimisation", graph, result, goal)};
  for (const SearchCandidate& one : result.candidates) made.candidates.push_back(candidate_of(one));
  if (!result.best) return made;
  SearchCandidate& best = result.candidates[*result.best];
  record_acceptance(best.model, graph, *best.verdict, "optimize: " + join(best.steps));
  made.best = ModelParts::make(std::move(best.model));
  return made;
}

}  // namespace upkeep::api
