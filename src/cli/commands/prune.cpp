// upkeep prune: takes out what a model needs least, single weights or whole channels. How they are chosen comes from the room
// optimize/prune.

#include "optimize/prune/prune.hpp"
#include "optimize/prune/shared/judged.hpp"

#include "analyze/summary.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"
#include "train/columns.hpp"
#include "train/training_request.hpp"

namespace upkeep::commands {

struct PruneOptions : AcceptanceRequest {
  std::string model;
  std::string output;
  std::string method = "magnitude";
  std::string granularity = "element";
  std::optional<double> sparsity;
  std::int64_t round_to = 1;
  std::vector<std::string> loss;
  std::int64_t batch_size = 32;
  std::int64_t batches = 100;
  std::int64_t seed = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::PruneOptions;

template <>
inline const Settings settings<PruneOptions> = with_acceptance<PruneOptions>(describe<PruneOptions>(
    "prune", "take out what a model needs least: single weights, or whole units, filters and heads",
    field("model", &PruneOptions::model, "a model file, or name@alias in --registry"),
    field("output", &PruneOptions::output, "where the pruned model goes"),
    field("method", &PruneOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/prune`"),
    field("granularity", &PruneOptions::granularity,
          "element: weights become zero, and training keeps them there; channel: units, filters and heads are taken out of the graph with "
          "all "
          "that belongs to them, which makes it smaller and faster",
          one_of({"element", "channel"})),
    field("sparsity", &PruneOptions::sparsity, "part of the weights, or of the channels, that goes; the same as the method's setting",
          range(0.0, 1.0, Ends::kOpenRight)),
    field("round_to", &PruneOptions::round_to,
          "channels that are left in a group: a multiple of this, rounded up; 8 or 16 keeps convolutions fast", range(1, 4096)),
    field("loss", &PruneOptions::loss, "a loss of `upkeep catalog train/losses` (default: what the model was compiled with)"),
    field("batch_size", &PruneOptions::batch_size, "rows of a gradient", range(1, 1e9)),
    field("batches", &PruneOptions::batches, "at most so many, drawn from the rows", range(1, 1e9)),
    field("seed", &PruneOptions::seed, "of the rows drawn", range(0, 1e15)),
    field("registry", &PruneOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

std::string weight_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"weight", "size", "zeros before", "zeros"}};
  for (const Json& one : facts["weights"])
    rows.push_back({one["name"].get<std::string>(), one["size"].dump(), one["zeros_before"].dump(), one["zeros"].dump()});
  return text_table(rows);
}

std::string group_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"channels of", "before", "left", "in"}};
  for (const Json& one : facts["groups"]) {
    const auto weights = one["weights"].get<std::vector<std::string>>();
    std::string others = weights.size() > 1 ? weights[1] : "";
    if (weights.size() > 2) others += upkeep::format(" and {} more", weights.size() - 2);
    rows.push_back({one["name"].get<std::string>(), one["channels"].dump(), one["kept"].dump(), others});
  }
  return text_table(rows);
}

NamedSettings method_of(const PruneOptions& options) {
  NamedSettings method = parse_named(options.method);
  if (options.sparsity) method.values["sparsity"] = *options.sparsity;
  if (!method.values.contains("sparsity"))
    throw Error(ErrorCode::kInvalidArgument, "how sparse?", "give --sparsity 0.5, or --method NAME:sparsity=0.5");
  return method;
}

// Gradients name the weights as training does, so that the model is taken in that form.
pruning::Gradients gradients_for(const PruneOptions& options, const NamedSettings& method, Model& model) {
  if (!needs_gradients(method)) return {};
  if (options.data.empty())
    throw Error(ErrorCode::kInvalidArgument, method.name + " goes by gradients of the loss",
                "give --data TABLE, and --target and --loss where the model does not say them");
  const TrainingRequest request{.target = options.target, .features = options.features, .ignore = options.ignore, .loss = options.loss};
  const Compile compile = compile_for(model, request);
  const Dataset data = training_data_for(model, options.data, request, compile);
  model = Trainable(model).model();
  return weight_gradients(model, compile, data,
                          {.batch_size = options.batch_size, .batches = options.batches, .seed = static_cast<std::uint64_t>(options.seed)});
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

int run_prune(const PruneOptions& options, const Ordered&, Output& output) {
  const NamedSettings method = method_of(options);
  Model model = open_model(options.model, options.registry);
  AcceptanceRequest judged = options;
  if (judged.accept.empty()) judged.data.clear();  // gradients read it too
  const Acceptance acceptance(judged, model);
  const pruning::Gradients gradients = gradients_for(options, method, model);
  const Model before = model;
  const bool channels = options.granularity == "channel";
  Change change =
      channels ? prune_channels(model, method, {.round_to = options.round_to}, gradients) : prune_elements(model, method, gradients);
  Json document = {{"output", options.output}, {"change", change.facts}};
  if (!accepted(acceptance, before, model, change, document, output)) return kRefusedExit;
  save_model(model, options.output);
  output.result(document);
  if (channels) {
    output.text(group_table(change.facts));
    output.text(upkeep::format("before: {}\nnow:    {}", size_of(before), size_of(model)));
    output.text(upkeep::format("{} of {} channels are left, saved {}", change.facts["kept"].dump(), change.facts["channels"].dump(),
                               options.output));
    if (change.facts["layers"] != "kept" && find(before.metadata, kLayersKey))
      note("the layers' settings cannot say what is left of them: they are recognised anew from the graph, without dropout and penalties");
    note("train it on before you judge it: upkeep train " + options.output + " --data ... --output ...");
    return 0;
  }
  output.text(weight_table(change.facts));
  output.text(upkeep::format("{} of {} weights are zero ({:.1f} %), saved {}", change.facts["zeros"].dump(), change.facts["size"].dump(),
                             100 * change.facts["sparsity"].get<double>(), options.output));
  return 0;
}

}  // namespace

void add_prune(CommandCatalog& catalog) {
  catalog.add(entry<PruneOptions>(
      "optimise", {"model", "output"}, {"model", "output"},
      {"upkeep prune in.onnx out.onnx --sparsity 0.5", "upkeep prune in.onnx out.onnx --granularity channel --sparsity 0.5 --round-to 8",
       "upkeep prune in.onnx out.onnx --granularity channel --method taylor:scope=global --sparsity 0.3 --data d.npz --target y",
       "upkeep prune in.h5 out.h5 --method random:sparsity=0.3,seed=1",
       "upkeep prune in.onnx out.onnx --sparsity 0.6 --data d.csv --accept accuracy:-0.01"},
      run_prune));
}

}  // namespace upkeep::commands
