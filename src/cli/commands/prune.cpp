// upkeep prune: sets weights to zero, down to a given sparsity. How they are chosen comes from the room optimize/prune.

#include "optimize/prune/prune.hpp"
#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::commands {

struct PruneOptions {
  std::string model;
  std::string output;
  std::string method = "magnitude";
  std::optional<double> sparsity;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::PruneOptions;

template <>
inline const Settings settings<PruneOptions> = describe<PruneOptions>(
    "prune", "set weights to zero, down to a given sparsity; training keeps them there",
    field("model", &PruneOptions::model, "a model file, or name@alias in --registry"),
    field("output", &PruneOptions::output, "where the pruned model goes"),
    field("method", &PruneOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/prune`"),
    field("sparsity", &PruneOptions::sparsity, "part of the weights that is zero afterwards; the same as the method's setting",
          range(0.0, 1.0, Ends::kOpenRight)),
    field("registry", &PruneOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

static std::string weight_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"weight", "size", "zeros before", "zeros"}};
  for (const Json& one : facts["weights"])
    rows.push_back({one["name"].get<std::string>(), one["size"].dump(), one["zeros_before"].dump(), one["zeros"].dump()});
  return text_table(rows);
}

static int run_prune(const PruneOptions& options, const Ordered&, Output& output) {
  NamedSettings method = parse_named(options.method);
  if (options.sparsity) method.values["sparsity"] = *options.sparsity;
  if (!method.values.contains("sparsity"))
    throw Error(ErrorCode::kInvalidArgument, "how sparse?", "give --sparsity 0.5, or --method NAME:sparsity=0.5");
  Model model = open_model(options.model, options.registry);
  const Change change = prune(model, method);
  save_model(model, options.output);
  output.result({{"output", options.output}, {"change", change.facts}});
  output.text(weight_table(change.facts));
  output.text(upkeep::format("{} of {} weights are zero ({:.1f} %), saved {}", change.facts["zeros"].dump(), change.facts["size"].dump(),
                             100 * change.facts["sparsity"].get<double>(), options.output));
  return 0;
}

void add_prune(CommandCatalog& catalog) {
  catalog.add(entry<PruneOptions>(
      "optimise", {"model", "output"}, {"model", "output"},
      {"upkeep prune in.onnx out.onnx --sparsity 0.5", "upkeep prune in.h5 out.h5 --method random:sparsity=0.3,seed=1"}, run_prune));
}

}  // namespace upkeep::commands
