// upkeep registry: versions of models, and the aliases that point at them.

#include "registry/registry.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "operate/publishing.hpp"

namespace upkeep::commands {

struct RegistryOptions {
  std::string action;
  std::string model;
  std::string registry = "registry";
  std::string name;
  std::string alias;
  std::string description;
  std::string reference;
  std::string reason;
  std::string actor;
};

static const Choices kActions = {"publish", "promote", "rollback", "list", "history", "verify"};

}  // namespace upkeep::commands

namespace upkeep {

using commands::RegistryOptions;

template <>
inline const Settings settings<RegistryOptions> = describe<RegistryOptions>(
    "registry", "versions of models, aliases that point at them, and their history",
    field("action", &RegistryOptions::action, "what to do", one_of(commands::kActions)),
    field("model", &RegistryOptions::model, "publish: a model file. promote: NAME:VERSION. rollback, list, history: NAME"),
    field("registry", &RegistryOptions::registry, "registry folder; publish makes it"),
    field("name", &RegistryOptions::name, "publish: the model's name (default: the file's)"),
    field("alias", &RegistryOptions::alias, "promote, rollback: the alias to move (default production). publish: an alias to move at once"),
    field("description", &RegistryOptions::description, "publish: what this version is"),
    field("reference", &RegistryOptions::reference, "publish: the table that it was trained on, for the monitor to compare with"),
    field("reason", &RegistryOptions::reason, "why, for the history"),
    field("actor", &RegistryOptions::actor, "who, for the history (default USER@HOST)"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

namespace fs = std::filesystem;

const std::string& needed(const std::string& value, const RegistryOptions& options, const char* what) {
  if (value.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("registry {} needs {}", options.action, what),
                upkeep::format("upkeep registry --help shows how"));
  return value;
}

Registry opened(const RegistryOptions& options) { return Registry::existing(options.registry); }

Json to_json(const ModelVersion& version) {
  return {{"model", version.model},
          {"version", version.version},
          {"aliases", version.aliases},
          {"created", to_iso8601(version.created)},
          {"size_bytes", version.size_bytes},
          {"sha256", version.artifact},
          {"actor", version.actor},
          {"description", version.description},
          {"facts", version.facts}};
}

Json to_json(const Event& event) {
  Json document = {{"id", event.id},       {"time", to_iso8601(event.time)}, {"kind", event.kind},        {"model", event.model},
                   {"actor", event.actor}, {"reason", event.reason},         {"evidence", event.evidence}};
  if (!event.alias.empty()) document["alias"] = event.alias;
  if (event.from) document["from"] = *event.from;
  if (event.to) document["to"] = *event.to;
  return document;
}

std::string short_time(TimePoint time) { return to_iso8601(time).substr(0, 19) + "Z"; }

std::string text_of(const Event& event) {
  const std::string what = event.alias.empty() ? event.kind : event.kind + " " + event.alias;
  const std::string from = event.from ? upkeep::format("{} ", *event.from) : "";
  const std::string to = event.to ? upkeep::format("-> {}", *event.to) : "";
  return what + " " + from + to;
}

int publish(const RegistryOptions& options, const Attribution& change, Output& output) {
  const std::string& file = needed(options.model, options, "a model file");
  Model model = open_model(file, options.registry);
  const std::string name = options.name.empty() ? fs::path(file).stem().string() : options.name;
  const ModelVersion version = operate::publish_model(
      options.registry, std::move(model),
      {.name = name, .reference = options.reference, .alias = options.alias, .description = options.description, .change = change});
  output.result(to_json(version));
  output.text(upkeep::format("{}:{}  {} bytes  sha256 {}{}", name, version.version, version.size_bytes, version.artifact,
                             options.alias.empty() ? "" : "  @" + options.alias));
  if (version.facts.contains("acceptance")) output.text(acceptance_line(version.facts["acceptance"]));
  return 0;
}

int promote(const RegistryOptions& options, const Attribution& change, Output& output) {
  Registry registry = opened(options);
  const ModelVersion version = registry.resolve(needed(options.model, options, "NAME:VERSION"));
  const std::string alias = options.alias.empty() ? "production" : options.alias;
  const auto event = registry.promote(version.model, version.version, alias, change);
  output.result(event ? to_json(*event) : Json{{"kind", "unchanged"}, {"model", version.model}, {"alias", alias}, {"to", version.version}});
  output.text(event ? upkeep::format("{}@{}  {}", version.model, alias,
                                     event->from ? upkeep::format("{} -> {}", *event->from, *event->to) : std::to_string(*event->to))
                    : upkeep::format("{}@{} already is version {}", version.model, alias, version.version));
  return 0;
}

int roll_back(const RegistryOptions& options, const Attribution& change, Output& output) {
  Registry registry = opened(options);
  const std::string& name = needed(options.model, options, "the model's NAME");
  const std::string alias = options.alias.empty() ? "production" : options.alias;
  const Event event = registry.rollback(name.substr(0, name.find_first_of("@:")), alias, change);
  output.result(to_json(event));
  output.text(upkeep::format("{}@{}  {} -> {}", event.model, alias, event.from.value_or(0), event.to.value_or(0)));
  return 0;
}

int list(const RegistryOptions& options, Output& output) {
  const Registry registry = opened(options);
  Json document = Json::array();
  std::vector<std::vector<std::string>> rows{{"model", "version", "aliases", "created", "bytes", "description"}};
  for (const std::string& name : options.model.empty() ? registry.models() : std::vector{options.model})
    for (const ModelVersion& one : registry.versions(name)) {
      document.push_back(to_json(one));
      rows.push_back({one.model, std::to_string(one.version), join(one.aliases), short_time(one.created), std::to_string(one.size_bytes),
                      one.description});
    }
  output.result(document);
  output.text(rows.size() == 1 ? "no models" : text_table(rows));
  return 0;
}

int history(const RegistryOptions& options, Output& output) {
  const Registry registry = opened(options);
  Json document = Json::array();
  std::vector<std::vector<std::string>> rows{{"time", "model", "event", "who", "why"}};
  for (const Event& event : registry.history(options.model)) {
    document.push_back(to_json(event));
    std::vector<std::string> why;
    if (!event.reason.empty()) why.push_back(event.reason);
    if (event.evidence.contains("acceptance")) why.push_back(acceptance_line(event.evidence["acceptance"]));
    rows.push_back({short_time(event.time), event.model, text_of(event), event.actor, join(why, "; ")});
  }
  output.result(document);
  output.text(text_table(rows));
  return 0;
}

int verify(const RegistryOptions& options, Output& output) {
  const std::vector<std::string> problems = opened(options).verify();
  output.result({{"whole", problems.empty()}, {"problems", problems}});
  output.text(problems.empty() ? "whole" : join(problems, "\n"));
  return problems.empty() ? 0 : 1;
}

int run_registry(const RegistryOptions& options, const Ordered&, Output& output) {
  const Attribution change{.actor = options.actor, .reason = options.reason, .evidence = Json::object()};
  if (options.action == "publish") return publish(options, change, output);
  if (options.action == "promote") return promote(options, change, output);
  if (options.action == "rollback") return roll_back(options, change, output);
  if (options.action == "list") return list(options, output);
  if (options.action == "history") return history(options, output);
  return verify(options, output);
}

}  // namespace

void add_registry(CommandCatalog& catalog) {
  catalog.add(entry<RegistryOptions>(
      "deploy", {"action", "model"}, {"action"},
      {"upkeep registry publish model.onnx --name price --reference train.parquet --registry reg",
       "upkeep registry promote price:2 --alias production --reason \"better on July\" --registry reg",
       "upkeep registry rollback price --alias production --registry reg", "upkeep registry history price --registry reg"},
      run_registry));
}

}  // namespace upkeep::commands
