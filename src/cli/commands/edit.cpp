// upkeep edit: changes the structure of a model. What can be done to it comes from the room optimize/structure.

#include "base/format.hpp"
#include "base/names.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/relearning.hpp"
#include "convert/formats/format.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::commands {

struct EditOptions : RelearningRequest {
  std::string model;
  std::string output;
  std::optional<std::int64_t> seed;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::EditOptions;

template <>
inline const Settings settings<EditOptions> = with_relearning<EditOptions>(describe<EditOptions>(
    "edit", "add, remove and replace layers; weights that still fit are kept",
    field("model", &EditOptions::model, "a model file, an architecture, or name@alias in --registry"),
    field("output", &EditOptions::output, "where the edited model goes: .onnx, .h5, ..."),
    field("seed", &EditOptions::seed, "of fresh weights, rows held out and training (default: a random one, which is said)"),
    field("registry", &EditOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

static std::vector<ExtraOption> edits() {
  std::vector<ExtraOption> options;
  for (const structure::StructureEntry& one : structure::catalog()) options.push_back({one.name, one.help + ": " + one.argument});
  return options;
}

static int run_edit(const EditOptions& options, const Ordered& steps, Output& output) {
  if (steps.empty())
    throw Error(ErrorCode::kInvalidArgument, "nothing to edit",
                upkeep::format("give --{}; upkeep edit --help", join(structure::catalog().names(), ", --")));
  expect_writable(options.output);
  const std::uint64_t seed = seed_or_random(options.seed);
  const Model model = open_model(options.model, options.registry, seed);
  const Relearner relearner(options, model, seed);
  const Acceptance acceptance = relearner.acceptance();
  Edited edited = edit(model, steps, seed);
  Json document = {{"output", options.output}, {"change", edited.change.facts}};
  if (relearner.asked()) {
    document["before_training"] = to_json(acceptance.judge().judge_metrics(edited.model));
    edited.model = relearner.learnt(edited.model);
    output.text("before training, " + acceptance_line(document["before_training"]));
  }
  if (!acceptance.accepts(edited.model, edited.change.pass, document, output)) return kRefusedExit;
  save_model(edited.model, options.output);
  output.result(document);
  for (const std::string& note : edited.change.notes) output.text(note);
  output.text(upkeep::format("saved {} (seed {})", options.output, seed));
  return 0;
}

void add_edit(CommandCatalog& catalog) {
  CommandEntry made =
      entry<EditOptions>("optimise", {"model", "output"}, {"model", "output"},
                         {"upkeep edit in.onnx out.onnx --add dense:units=20,activation=relu",
                          "upkeep edit in.h5 out.h5 --set dense_1:units=30 --remove dropout --seed 1",
                          "upkeep edit in.onnx out.onnx --widen dense_1=64 --deepen dense_1 --set conv2d:kernel_size=5",
                          "upkeep edit in.onnx out.onnx --activation silu=hard_silu --data d.csv --epochs 2 --accept accuracy:-0.01"},
                         run_edit);
  made.extra_options = edits;
  catalog.add(std::move(made));
}

}  // namespace upkeep::commands
