// upkeep prune: takes out what a model needs least: single weights, channels, attention heads or residual blocks. How they are chosen comes
// from the room optimize/prune, and which weights become zero together from optimize/prune/patterns.

#include "optimize/prune/prune.hpp"
#include "optimize/prune/shared/judged.hpp"

#include "analyze/summary.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/relearning.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"
#include "optimize/prune/patterns/pattern.hpp"
#include "optimize/prune/shared/residual_blocks.hpp"
#include "train/columns.hpp"
#include "train/training_request.hpp"

namespace upkeep::commands {

struct PruneOptions : RelearningRequest {
  std::string model;
  std::string output;
  std::string method = "magnitude";
  std::string granularity = "element";
  std::optional<double> sparsity;
  std::int64_t round_to = 0;
  std::int64_t steps = 1;
  std::int64_t batches = 100;
  std::int64_t seed = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::PruneOptions;

template <>
inline const Settings settings<PruneOptions> = with_relearning<PruneOptions>(describe<PruneOptions>(
    "prune", "take out what a model needs least: single weights, or whole units, filters, heads and residual blocks",
    field("model", &PruneOptions::model, "a model file, or name@alias in --registry"),
    field("output", &PruneOptions::output, "where the pruned model goes"),
    field("method", &PruneOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/prune`"),
    field("granularity", &PruneOptions::granularity,
          "channel: units, filters and heads are taken out of the graph with all that belongs to them, which makes it smaller and faster; "
          "head: attention heads alone; layer: residual blocks, those first without which the answers to --data change least; or a pattern "
          "of "
          "zeros of `upkeep catalog optimize/prune/patterns` (element, n-of-m:n=2,m=4, block:rows=4,columns=1), which training keeps"),
    field("sparsity", &PruneOptions::sparsity,
          "part of the weights, the channels or the residual blocks that goes; the same as the method's setting. Residual blocks go as "
          "long as "
          "--accept allows where no part is said",
          range(0.0, 1.0, Ends::kOpenRight)),
    field("round_to", &PruneOptions::round_to,
          "channels that are left in a group: a multiple of this, rounded up; 0: 8 for convolutions of 32 channels and more, whose kernels "
          "are "
          "fast for it, else 1",
          range(0, 4096)),
    field("steps", &PruneOptions::steps, "in so many steps, with --epochs of training after each", range(1, 1000)),
    field("batches", &PruneOptions::batches, "at most so many, drawn from the rows, for gradients and activations", range(1, 1e9)),
    field("seed", &PruneOptions::seed, "of the rows drawn, those held out and the training", range(0, 1e15)),
    field("registry", &PruneOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

std::string weight_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"weight", "size", "zeros before", "zeros"}};
  const bool some_stay = std::ranges::any_of(facts["weights"], [](const Json& one) { return one.contains("kept"); });
  if (some_stay) rows[0].emplace_back("stays whole because");
  for (const Json& one : facts["weights"]) {
    rows.push_back({one["name"].get<std::string>(), one["size"].dump(), one["zeros_before"].dump(), one["zeros"].dump()});
    if (some_stay) rows.back().push_back(one.value("kept", ""));
  }
  return text_table(rows);
}

std::string group_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"of", "what", "before", "left", "in"}};
  for (const Json& one : facts["groups"]) {
    const auto weights = one["weights"].get<std::vector<std::string>>();
    std::string others = weights.size() > 1 ? weights[1] : "";
    if (weights.size() > 2) others += upkeep::format(" and {} more", weights.size() - 2);
    rows.push_back({one["name"].get<std::string>(), one["unit"].get<std::string>(), one["channels"].dump(), one["kept"].dump(), others});
  }
  return text_table(rows);
}

// "channels", "heads", or "channels and heads".
std::string units_of(const Json& facts) {
  std::set<std::string> units;
  for (const Json& one : facts["groups"]) units.insert(one["unit"].get<std::string>());
  return join({units.begin(), units.end()}, " and ");
}

std::string block_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"left out", "change of the answers", "inside"}};
  for (const Json& one : facts["removed"])
    rows.push_back(
        {one["name"].get<std::string>(), number(one["change"].get<double>()), join(one["inner"].get<std::vector<std::string>>())});
  return text_table(rows);
}

// What goes: --granularity, read once.
struct Granularity {
  enum class What { kZeros, kChannels, kHeads, kLayers } what = What::kZeros;
  NamedSettings pattern;  // of zeros
};

Granularity granularity_of(const PruneOptions& options) {
  using enum Granularity::What;
  const NamedSettings wanted = parse_named(options.granularity);
  for (const auto& [name, what] : {std::pair("channel", kChannels), std::pair("head", kHeads), std::pair("layer", kLayers)})
    if (wanted.name == name) {
      if (!wanted.values.empty()) throw unknown_name("setting", wanted.values.begin().key(), {});
      return {what, {}};
    }
  std::vector<std::string> known = pruning::patterns::catalog().names();
  known.insert(known.begin(), {"channel", "head", "layer"});
  if (!pruning::patterns::catalog().find(wanted.name)) throw unknown_name("granularity", wanted.name, known);
  return {kZeros, wanted};
}

NamedSettings method_of(const PruneOptions& options, const Granularity& granularity) {
  NamedSettings method = parse_named(options.method);
  if (options.sparsity) method.values["sparsity"] = *options.sparsity;
  const bool zeros = granularity.what == Granularity::What::kZeros;
  const bool said = zeros && pruning::patterns::catalog().at(granularity.pattern.name).says_how_many;
  if (said && method.values.contains("sparsity"))
    throw Error(ErrorCode::kInvalidArgument, "the pattern " + granularity.pattern.name + " says how many weights stay",
                "leave out --sparsity, or give --granularity element");
  if (!said && !method.values.contains("sparsity"))
    throw Error(ErrorCode::kInvalidArgument, "how sparse?", "give --sparsity 0.5, or --method NAME:sparsity=0.5");
  return method;
}

void expect_rows(const PruneOptions& options, const std::string& why) {
  if (options.data.empty())
    throw Error(ErrorCode::kInvalidArgument, why, "give --data TABLE, and --target and --loss where the model does not say them");
}

// Rows without their targets.
Dataset unlabelled(const PruneOptions& options, const Model& model) {
  return load_dataset(model, options.data,
                      {.targets = options.target, .features = options.features, .ignore = options.ignore, .no_targets = true});
}

// Gradients name the weights as training does, so that the model is taken in that form.
pruning::Measured measured_for(const PruneOptions& options, const NamedSettings& method, const Relearner& relearner, Model& model) {
  const pruning::Needs needs = needs_of(method);
  if (needs == pruning::Needs::kNothing) return {};
  const bool gradients = needs == pruning::Needs::kGradients;
  expect_rows(options, method.name + (gradients ? " goes by gradients of the loss" : " goes by what the weights multiply"));
  const WeightGradientOptions how{
      .batch_size = options.batch_size, .batches = options.batches, .seed = static_cast<std::uint64_t>(options.seed)};
  if (relearner.asked()) return measure(method, model, relearner.rows(), relearner.how().compile, how);
  if (!gradients) return measure(method, model, unlabelled(options, model), std::nullopt, how);
  const TrainingRequest request{.target = options.target, .features = options.features, .ignore = options.ignore, .loss = options.loss};
  const Compile compile = compile_for(model, request);
  return measure(method, model, training_data_for(model, options.data, request, compile), compile, how);
}

std::string size_of(const Model& model) {
  const Summary summary = summarise(model, {.by = "operators"});
  return upkeep::format("{} parameters, {} FLOPs a row", summary.parameters, short_number(static_cast<double>(summary.flops.total())));
}

// False: refused. Where single weights went, those of the tensors that changed most come back first.
bool accepted(const Acceptance& acceptance, const Model& before, Model& pruned, Change& change, Json& document, Output& output) {
  if (!acceptance.asked() || !change.facts.contains("weights")) return acceptance.accepts(pruned, change.pass, document, output);
  Accepted made = accept_pruned_elements(acceptance.judge(), before, pruned, change);
  document["change"] = change.facts;
  const bool accepts = acceptance.accepts(made, change.pass, document, output);
  pruned = std::move(made.model);
  return accepts;
}

// Rows by which residual blocks are weighed.
Tensors weighing_rows(const PruneOptions& options, const Relearner& relearner, const Model& model) {
  expect_rows(options, "which residual blocks matter least is measured on rows");
  const Dataset data = relearner.asked() ? relearner.rows() : unlabelled(options, model);
  return data.rows(0, std::min(data.rows(), options.batch_size * options.batches)).inputs;
}

Change prune_residual_blocks(const Tensors& rows, Model& model, double part) {
  const std::size_t blocks = residual_blocks(model).size();
  if (blocks == 0)
    throw Error(ErrorCode::kInvalidArgument, "the model has no residual blocks",
                "a block adds what it computes to its own input, of one shape");
  return prune_blocks(model, pruning::share_of(part, blocks), rows);
}

// What goes of the model, in place, with the training between and after.
Change pruned(const PruneOptions& options, const Granularity& granularity, NamedSettings method, const Relearner& relearner, Model& model) {
  using enum Granularity::What;
  if (granularity.what == kLayers) {
    Change change = prune_residual_blocks(weighing_rows(options, relearner, model), model, method.values["sparsity"].get<double>());
    model = relearner.learnt(model);
    return change;
  }
  const auto step = [&](Model& now, double part) {
    if (method.values.contains("sparsity")) method.values["sparsity"] = part;
    const pruning::Measured measured = measured_for(options, method, relearner, now);
    if (granularity.what == kZeros) return prune_elements(now, method, measured, granularity.pattern);
    return prune_channels(now, method, {.round_to = options.round_to, .heads = granularity.what == kHeads}, measured);
  };
  const double part = method.values.value("sparsity", 0.0);
  if (!relearner.asked()) return step(model, part);
  Change change =
      prune_in_steps(model, step, {.part = part, .count = options.steps, .of_what_is_left = granularity.what != kZeros}, relearner.how());
  note_training(change.facts["steps"].back().value("why_not", ""));
  return change;
}

// As many residual blocks as are accepted.
bool shallower(const PruneOptions& options, const Relearner& relearner, const Acceptance& acceptance, Model& model, Change& change,
               Json& document, Output& output) {
  Accepted made = shallowest_accepted(
      acceptance.judge(), model, weighing_rows(options, relearner, model), [&](const Model& now) { return relearner.learnt(now); }, change);
  for (const std::string& attempt : made.verdict.attempts) note(attempt);
  document["change"] = change.facts;
  const bool accepts = acceptance.accepts(made, change.pass, document, output);
  model = std::move(made.model);
  return accepts;
}

void say(const Change& change, const Model& before, const Model& model, const PruneOptions& options, Output& output) {
  const Json& facts = change.facts;
  const std::string& file = options.output;
  if (facts.contains("weights")) {
    output.text(weight_table(facts));
    output.text(upkeep::format("{} of {} weights are zero ({:.1f} %), saved {}", facts["zeros"].dump(), facts["size"].dump(),
                               100 * facts["sparsity"].get<double>(), file));
    return;
  }
  output.text(facts.contains("groups") ? group_table(facts) : block_table(facts));
  output.text(upkeep::format("before: {}\nnow:    {}", size_of(before), size_of(model)));
  if (facts.contains("groups"))
    output.text(upkeep::format("{} of {} {} are left, saved {}", facts["kept"].dump(), facts["channels"].dump(), units_of(facts), file));
  else output.text(upkeep::format("{} of {} residual blocks are gone, saved {}", facts["removed"].size(), facts["blocks"].dump(), file));
  if (facts.value("layers", "kept") != "kept" && find(before.metadata, kLayersKey))
    note("the layers' settings cannot say what is left of them: they are recognised anew from the graph, without dropout and penalties");
  if (options.epochs == 0)
    note("train it on before you judge it: --epochs 5 --data ..., or upkeep train " + file + " --data ... --output ...");
}

// Whether the limits decide how many residual blocks go.
bool goes_by_limits(const PruneOptions& options, const Granularity& granularity) {
  const bool part = options.sparsity || parse_named(options.method).values.contains("sparsity");
  return granularity.what == Granularity::What::kLayers && !part && !options.accept.empty();
}

int run_prune(const PruneOptions& options, const Ordered&, Output& output) {
  const Granularity granularity = granularity_of(options);
  const bool by_limits = goes_by_limits(options, granularity);
  const NamedSettings method = by_limits ? NamedSettings{} : method_of(options, granularity);
  if (options.steps > 1 && (options.epochs == 0 || granularity.what == Granularity::What::kLayers))
    throw Error(ErrorCode::kInvalidArgument, "--steps have training between", "give --epochs and --data, and channels or elements to go");
  expect_writable(options.output);
  Model model = open_model(options.model, options.registry);
  PruneOptions judged = options;
  if (judged.accept.empty() && judged.epochs == 0) judged.data.clear();  // gradients read it too
  const Relearner relearner(judged, model, static_cast<std::uint64_t>(options.seed));
  const Acceptance acceptance = relearner.acceptance();
  const Model before = model;
  Change change;
  if (!by_limits) change = pruned(options, granularity, method, relearner, model);
  Json document = {{"output", options.output}, {"change", change.facts}};
  const bool accepts = by_limits           ? shallower(options, relearner, acceptance, model, change, document, output)
                       : relearner.asked() ? acceptance.accepts(model, change.pass, document, output)
                                           : accepted(acceptance, before, model, change, document, output);
  if (!accepts) return kRefusedExit;
  save_model(model, options.output);
  output.result(document);
  say(change, before, model, options, output);
  return 0;
}

}  // namespace

void add_prune(CommandCatalog& catalog) {
  catalog.add(entry<PruneOptions>(
      "optimise", {"model", "output"}, {"model", "output"},
      {"upkeep prune in.onnx out.onnx --sparsity 0.5", "upkeep prune in.onnx out.onnx --granularity channel --sparsity 0.5 --round-to 8",
       "upkeep prune in.onnx out.onnx --granularity channel --method taylor:scope=global --sparsity 0.3 --data d.npz --target y",
       "upkeep prune in.h5 out.h5 --method random:sparsity=0.3,seed=1", "upkeep prune in.onnx out.onnx --granularity n-of-m:n=2,m=4",
       "upkeep prune in.onnx out.onnx --granularity channel --method taylor --sparsity 0.5 --data d.npz --epochs 6 --accept accuracy:-0.01 "
       "--accept latency:-33%",
       "upkeep prune in.onnx out.onnx --granularity layer --data d.npz --epochs 3 --accept accuracy:-0.01",
       "upkeep prune in.onnx out.onnx --sparsity 0.6 --data d.csv --accept accuracy:-0.01"},
      run_prune));
}

}  // namespace upkeep::commands
