// upkeep registry: versions of models, the aliases that point at them, and the place that keeps them.

#include "registry/registry.hpp"
#include "base/duration.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "operate/publishing.hpp"
#include "registry/callers.hpp"
#include "registry/name.hpp"
#include "train/known_signature.hpp"

namespace upkeep::commands {

struct RegistryOptions {
  std::string action;
  std::string model;
  std::string registry = "registry";
  std::string artifacts;
  std::string name;
  std::string alias;
  std::string description;
  std::string reference;
  std::string reason;
  std::string actor;
  bool strict = false;
  bool hold = true;
  std::string grace = "7d";
};

static const Choices kActions = {"publish", "promote", "rollback", "hold",    "release", "list",
                                 "history", "verify",  "delete",   "collect", "export",  "import"};

}  // namespace upkeep::commands

namespace upkeep {

using commands::RegistryOptions;

template <>
inline const Settings settings<RegistryOptions> = describe<RegistryOptions>(
    "registry", "versions of models, aliases that point at them, and their history",
    field("action", &RegistryOptions::action, "what to do", one_of(commands::kActions)),
    field("model", &RegistryOptions::model,
          "publish: a model file. promote: NAME:VERSION. rollback, hold, release, list, history: NAME. delete: NAME:VERSION or NAME@ALIAS. "
          "export, import: the archive, a file.tar"),
    field("registry", &RegistryOptions::registry, "a folder, sqlite:FILE, or postgresql://USER@HOST/DATABASE; publish and import make it"),
    field(
        "artifacts", &RegistryOptions::artifacts,
        "where files are kept, and to be said when the registry is made: a folder, or s3://BUCKET/PREFIX (default: blobs/ beside SQLite's "
        "file)"),
    field("name", &RegistryOptions::name, "publish: the model's name (default: the file's)"),
    field("alias", &RegistryOptions::alias,
          "promote, rollback, hold, release: which alias (default production). publish: an alias to move at once"),
    field("description", &RegistryOptions::description, "publish: what this version is"),
    field("reference", &RegistryOptions::reference, "publish: the table that it was trained on, for the monitor to compare with"),
    field("reason", &RegistryOptions::reason, "why, for the history"),
    field("actor", &RegistryOptions::actor, "who, for the history (default USER@HOST)"),
    field("strict", &RegistryOptions::strict, "promote: refuse a version that would break callers of the one before"),
    field("hold", &RegistryOptions::hold, "rollback: maintenance leaves the alias there until it is released"),
    field("grace", &RegistryOptions::grace, "delete, collect: so long the files of deleted versions stay"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

namespace fs = std::filesystem;

RegistryAddress address_of(const RegistryOptions& options) { return {options.registry, options.artifacts}; }

const std::string& needed(const std::string& value, const RegistryOptions& options, const char* what) {
  if (value.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("registry {} needs {}", options.action, what),
                upkeep::format("upkeep registry --help shows how"));
  return value;
}

Registry opened(const RegistryOptions& options) { return Registry::existing(address_of(options)); }

std::string alias_of(const RegistryOptions& options) { return options.alias.empty() ? "production" : options.alias; }

// NAME, whatever stands behind it.
std::string name_of(const RegistryOptions& options) {
  const std::string& name = needed(options.model, options, "the model's NAME");
  return name.substr(0, name.find_first_of("@:"));
}

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
      address_of(options), std::move(model),
      {.name = name, .reference = options.reference, .alias = options.alias, .description = options.description, .change = change});
  output.result(to_json(version));
  output.text(upkeep::format("{}:{}  {} bytes  sha256 {}{}", name, version.version, version.size_bytes, version.artifact,
                             options.alias.empty() ? "" : "  @" + options.alias));
  if (version.facts.contains("acceptance")) output.text(acceptance_line(version.facts["acceptance"]));
  return 0;
}

// What callers of the version that the alias points at would notice. A damaged version can be replaced, and does not replace another:
// throws Error{kCorrupt}.
std::vector<std::string> breaks_of(const Registry& registry, const ModelVersion& version, std::optional<std::int64_t> current) {
  if (current && *current == version.version) return {};
  const Model after = registry.load(version);
  if (!current) return {};
  try {
    const Model before = registry.load(registry.version(version.model, *current));
    return broken_callers(known_signature(before), known_signature(after));
  } catch (const Error& error) {
    return {upkeep::format("their signatures cannot be compared ({})", error.what())};
  }
}

int promote(const RegistryOptions& options, Attribution change, Output& output) {
  Registry registry = opened(options);
  const std::string& named = needed(options.model, options, "NAME:VERSION");
  if (const auto reference = parse_reference(named); reference && !reference->version && reference->alias.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("which version of \"{}\" is meant?", named),
                upkeep::format("{}:{} is the newest", named, registry.resolve(named).version));
  const ModelVersion version = registry.resolve(named);
  const std::string alias = alias_of(options);
  const std::optional<std::int64_t> current = registry.alias(version.model, alias);
  const std::vector<std::string> breaks = breaks_of(registry, version, current);
  const std::string warning =
      breaks.empty() ? "" : upkeep::format("version {} may break callers of version {}: {}", version.version, *current, join(breaks, "; "));
  if (options.strict && !breaks.empty())
    throw Error(ErrorCode::kFailedPrecondition, warning, "promote it without --strict once callers can use it");
  if (!breaks.empty()) note(warning), change.evidence["breaks"] = breaks;
  const auto event = registry.promote(version.model, version.version, alias, change, {.from = current.value_or(0)});
  if (registry.held(version.model, alias))
    note(upkeep::format("maintenance leaves {}@{} there until it is released", version.model, alias));
  output.result(event ? to_json(*event) : Json{{"kind", "unchanged"}, {"model", version.model}, {"alias", alias}, {"to", version.version}});
  output.text(event ? upkeep::format("{}@{}  {}", version.model, alias,
                                     event->from ? upkeep::format("{} -> {}", *event->from, *event->to) : std::to_string(*event->to))
                    : upkeep::format("{}@{} already is version {}", version.model, alias, version.version));
  return 0;
}

int roll_back(const RegistryOptions& options, const Attribution& change, Output& output) {
  Registry registry = opened(options);
  const Event event =
      registry.rollback(name_of(options), alias_of(options), change, options.hold ? AfterRollback::kHold : AfterRollback::kRelease);
  output.result(to_json(event));
  output.text(upkeep::format("{}@{}  {} -> {}{}", event.model, event.alias, event.from.value_or(0), event.to.value_or(0),
                             options.hold ? "  held until `upkeep registry release`" : ""));
  return 0;
}

int hold_or_release(const RegistryOptions& options, const Attribution& change, Output& output) {
  Registry registry = opened(options);
  const std::string name = name_of(options), alias = alias_of(options);
  const bool holds = options.action == "hold";
  const auto event = holds ? registry.hold(name, alias, change) : registry.release(name, alias, change);
  output.result(event ? to_json(*event) : Json{{"kind", "unchanged"}, {"model", name}, {"alias", alias}});
  output.text(upkeep::format("{}@{} {} {}", name, alias, event ? "is" : "already was", holds ? "held" : "released"));
  return 0;
}

std::size_t collected(Registry& registry, const RegistryOptions& options, const std::string& otherwise) {
  const auto count = registry.collect(in_context("--grace", [&] { return duration_from_text(options.grace); }));
  if (!count) note("somebody is publishing, or files may not be removed from here: " + otherwise);
  return count.value_or(0);
}

int remove(const RegistryOptions& options, const Attribution& change, Output& output) {
  Registry registry = opened(options);
  const auto reference = parse_reference(needed(options.model, options, "NAME:VERSION or NAME@ALIAS"));
  if (!reference || !is_registry_reference(options.model))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is neither a version nor an alias", options.model),
                "write NAME:VERSION or NAME@ALIAS");
  const Event event = reference->version ? registry.remove_version(reference->model, *reference->version, change)
                                         : registry.remove_alias(reference->model, reference->alias, change);
  const std::size_t files = collected(registry, options, "`upkeep registry collect` does it later");
  Json document = to_json(event);
  document["removed_files"] = files;
  output.result(document);
  output.text(upkeep::format("{} is deleted; {} files removed", options.model, files));
  return 0;
}

int collect(const RegistryOptions& options, Output& output) {
  Registry registry = opened(options);
  const std::size_t files = collected(registry, options, "nothing was removed");
  output.result({{"removed_files", files}});
  output.text(upkeep::format("{} files removed", files));
  return 0;
}

int carry(const RegistryOptions& options, Output& output) {
  const std::string& file = needed(options.model, options, "the archive's file");
  const bool out = options.action == "export";
  if (out) {
    opened(options).export_to(file);
  } else {
    if (!fs::exists(file)) throw Error(ErrorCode::kNotFound, upkeep::format("no file {}", file), "`upkeep registry export` writes one");
    Registry(address_of(options)).import_from(file);
  }
  output.result({{"file", file}, {"size_bytes", fs::file_size(file)}});
  output.text(upkeep::format("{} {}", out ? "saved" : "imported", file));
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
  if (options.action == "hold" || options.action == "release") return hold_or_release(options, change, output);
  if (options.action == "delete") return remove(options, change, output);
  if (options.action == "collect") return collect(options, output);
  if (options.action == "export" || options.action == "import") return carry(options, output);
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
       "upkeep registry rollback price --alias production --registry reg", "upkeep registry history price --registry reg",
       "upkeep registry publish model.onnx --name price --registry postgresql://upkeep@db/models --artifacts s3://models/upkeep",
       "upkeep registry export backup.tar --registry reg"},
      run_registry));
}

}  // namespace upkeep::commands
