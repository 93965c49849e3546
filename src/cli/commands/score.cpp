// upkeep score: how maintainable a deployed model is, by drills on a copy of its registry.

#include "score/score.hpp"

#include "base/files.hpp"
#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "registry/registry.hpp"
#include "score/page.hpp"

namespace upkeep::commands {

struct ScoreCommand {
  std::string model;
  std::string registry = "registry";
  std::string artifacts;
  std::vector<std::string> side;
  std::vector<std::string> gate;
  std::string settings;
  std::string report;
  bool thorough = false;
  bool no_record = false;
  std::int64_t seed = 0;
  double max_age = 30;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::ScoreCommand;

template <>
inline const Settings settings<ScoreCommand> = describe<ScoreCommand>(
    "score", "how maintainable a deployed model is: drills on a copy, points by side, the minimum as headline",
    field("model", &ScoreCommand::model, "NAME@ALIAS, or NAME:VERSION (which has no alias to roll back)"),
    field("registry", &ScoreCommand::registry, "folder or URI of the registry that has it"),
    field("artifacts", &ScoreCommand::artifacts, "of the registry: a folder or a URI (default: what it was made with)"),
    field("side", &ScoreCommand::side, "only these: stability, scalability, readability, understandability, effort"),
    field("gate", &ScoreCommand::gate, "end with 1 unless it holds: SIDE>=POINTS or score>=POINTS"),
    field("settings", &ScoreCommand::settings, "a YAML file, DRILL: {SETTING: VALUE}, of `upkeep catalog score/drills`"),
    field("report", &ScoreCommand::report, "an HTML page with every item and its evidence, in one file"),
    field("thorough", &ScoreCommand::thorough, "more repeats, for narrower intervals"),
    field("no_record", &ScoreCommand::no_record, "do not write the score into the registry's history"),
    field("seed", &ScoreCommand::seed, "of what is drawn"),
    field("max_age", &ScoreCommand::max_age, "how long the evidence counts", "days", range(0, 36500, Ends::kOpenLeft)));

}  // namespace upkeep

namespace upkeep::commands {

static score::ScoreOptions score_options(const ScoreCommand& command) {
  score::ScoreOptions options{
      .thorough = command.thorough, .seed = static_cast<std::uint64_t>(command.seed), .max_age_days = command.max_age};
  for (const std::string& side : command.side) options.sides.push_back(drills::side_from_string(side));
  if (!command.settings.empty()) options.settings = score::score_settings(parse_yaml(read_file(command.settings)));
  return options;
}

static int run_score(const ScoreCommand& command, const Ordered&, Output& output) {
  const score::ScoreOptions options = score_options(command);
  for (const std::string& gate : command.gate) score::gate_failure({}, gate);  // a gate that is none is told before the work
  Registry registry = Registry::existing({command.registry, command.artifacts});
  const score::Score score = score::score_model(registry, command.model, options);
  if (!command.no_record) score::record_score(registry, score);
  if (!command.report.empty()) write_file(command.report, score::score_page(score));
  Json document = score::to_json(score);
  Json failures = Json::array();
  for (const std::string& gate : command.gate)
    if (const std::string failure = score::gate_failure(score, gate); !failure.empty()) failures.push_back(failure);
  document["failed_gates"] = failures;
  output.result(document);
  output.text(score::to_text(score));
  if (!command.report.empty()) output.text("saved " + command.report);
  for (const Json& failure : failures) output.text("gate: " + failure.get<std::string>());
  return failures.empty() ? 0 : 1;
}

void add_score(CommandCatalog& catalog) {
  catalog.add(entry<ScoreCommand>(
      "maintain", {"model"}, {"model"},
      {"upkeep score price@production --registry reg", "upkeep score price@production --registry reg --gate stability>=60 --json",
       "upkeep score price@production --registry reg --side stability,readability --settings score.yaml --thorough"},
      run_score));
}

}  // namespace upkeep::commands
