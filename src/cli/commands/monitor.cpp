// upkeep monitor: what the prediction log says about a deployed model.

#include "maintain/monitor/monitor.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "deploy/registry/name.hpp"
#include "deploy/registry/registry.hpp"
#include "maintain/monitor/drift/drift.hpp"
#include "maintain/reference.hpp"

namespace upkeep::commands {

struct MonitorCommand {
  std::string model;
  std::string registry = "registry";
  std::string log;
  std::string reference;
  std::string alias = "production";
  std::string since;
  std::string until;
  std::string against;
  std::string per;
  std::int64_t rows = 0;
  std::vector<std::string> target;
  std::vector<std::string> category;
  std::vector<std::string> metrics;
  std::vector<std::string> measures = {"psi", "kolmogorov-smirnov", "chi-square"};
  std::string correction = "benjamini-hochberg";
  double confidence = 0.95;
  std::string report;
  bool exit_code = false;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::MonitorCommand;

template <>
inline const Settings settings<MonitorCommand> = describe<MonitorCommand>(
    "monitor", "what the prediction log says: traffic, errors, latency, drift, quality",
    field("model", &MonitorCommand::model, "the model's name; NAME:VERSION or NAME@ALIAS judges that version only"),
    field("registry", &MonitorCommand::registry, "registry folder, whose model and log these are"),
    field("log", &MonitorCommand::log, "another folder of the prediction log; without a registry, nothing is known of the model"),
    field("reference", &MonitorCommand::reference, "the table that the model was trained on (default: what it was published with)"),
    field("alias", &MonitorCommand::alias, "which version's features, metrics and reference are meant"),
    field("since", &MonitorCommand::since, "only predictions from this time on: 2026-01-31T12:00:00Z"),
    field("until", &MonitorCommand::until, "only predictions before this time"),
    field("against", &MonitorCommand::against, "compare with a past window of the log instead of the reference: SINCE..UNTIL"),
    field("per", &MonitorCommand::per, "drift and quality by period, too: hour, day or week"),
    field("rows", &MonitorCommand::rows, "judge drift and quality by the last so many rows; 0: all", "rows", range(0, 1e12)),
    field("target", &MonitorCommand::target, "the reference's column that is predicted (default: the model's own)"),
    field("category", &MonitorCommand::category, "features that are categories, where the model does not say so"),
    field("metrics", &MonitorCommand::metrics, "of quality (default: what the model was compiled with)"),
    field("measures", &MonitorCommand::measures, "of drift: NAME or NAME:SETTING=VALUE,... of `upkeep catalog maintain/monitor/drift`"),
    field("correction", &MonitorCommand::correction, "of p-values for the number of features", one_of(drift::corrections())),
    field("confidence", &MonitorCommand::confidence, "of intervals", range(0.5, 1.0, Ends::kOpen)),
    field("report", &MonitorCommand::report, "an HTML page with all of it, in one file"),
    field("exit_code", &MonitorCommand::exit_code, "end with 3 where there is an alarm, with 4 where something cannot be told"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

namespace fs = std::filesystem;

struct Subject {
  std::string name;
  std::optional<std::int64_t> version;
};

Subject subject_of(const std::string& text) {
  const auto reference = parse_reference(text);
  if (!reference)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" names no model", text), "write NAME, NAME:VERSION or NAME@ALIAS");
  return {reference->model, reference->version};
}

// The version whose features, metrics and reference count.
ModelVersion meant(const Registry& registry, const MonitorCommand& command, const Subject& subject) {
  if (is_registry_reference(command.model)) return registry.resolve(command.model);
  if (registry.alias(subject.name, command.alias)) return registry.resolve(subject.name + "@" + command.alias);
  return registry.resolve(subject.name);
}

// Of a version that the registry still has.
std::optional<Signature> known_signature(const fs::path& folder, const std::string& name, std::int64_t version) {
  try {
    const Registry registry(folder);
    return signature_of(registry.load(registry.version(name, version)));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return std::nullopt;
  }
}

void learn_from_registry(const MonitorCommand& command, const Subject& subject, MonitorOptions& options) {
  const Registry registry(command.registry);
  const ModelVersion version = meant(registry, command, subject);
  options.model = registry.load(version);
  if (options.log.empty()) options.log = registry.log_folder();
  if (is_registry_reference(command.model)) options.version = version.version;
  if (options.reference.empty()) options.reference = kept_reference(version, registry);
  options.signature_of_version = [folder = fs::path(command.registry), name = subject.name](std::int64_t answered) {
    return known_signature(folder, name, answered);
  };
}

// "SINCE..UNTIL"
std::optional<std::pair<TimePoint, TimePoint>> window_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no window", text),
                "write 2026-01-01T00:00:00Z..2026-01-31T00:00:00Z");
  return std::pair(time_from_iso8601(text.substr(0, dots)), time_from_iso8601(text.substr(dots + 2)));
}

MonitorOptions options_of(const MonitorCommand& command) {
  const Subject subject = subject_of(command.model);
  MonitorOptions options{.log = command.log, .name = subject.name, .reference = command.reference, .version = subject.version};
  if (!command.since.empty()) options.since = time_from_iso8601(command.since);
  if (!command.until.empty()) options.until = time_from_iso8601(command.until);
  options.last_rows = command.rows;
  options.against = window_of(command.against);
  if (!command.per.empty()) period_length(command.per);  // a period that is none is refused at once
  options.per = command.per;
  if (!command.per.empty()) options.window = period_length(command.per);
  options.targets = command.target;
  options.categories = command.category;
  options.metrics = command.metrics;
  options.measures.clear();
  for (const std::string& measure : command.measures) options.measures.push_back(parse_named(measure));
  options.correction = command.correction;
  options.confidence = command.confidence;
  if (fs::is_directory(command.registry)) learn_from_registry(command, subject, options);
  else if (command.log.empty())
    throw Error(ErrorCode::kNotFound, upkeep::format("no registry at {}", command.registry), "say where with --registry DIR, or --log DIR");
  if (!fs::is_directory(options.log / options.name))
    throw Error(ErrorCode::kNotFound, upkeep::format("no predictions of \"{}\" in {}", options.name, options.log.string()),
                "upkeep serve writes them");
  return options;
}

int run_monitor(const MonitorCommand& command, const Ordered&, Output& output) {
  const MonitorReport report = monitor(options_of(command));
  if (!command.report.empty()) write_file(command.report, monitor_page(report));
  output.result(to_json(report));
  output.text(summary(report));
  if (!command.report.empty()) output.text("saved " + command.report);
  if (!command.exit_code || report.health() == Health::kOk) return 0;
  return report.health() == Health::kAlarm ? kAlarmExit : kUnknownExit;
}

}  // namespace

void add_monitor(CommandCatalog& catalog) {
  catalog.add(entry<MonitorCommand>(
      "maintain", {"model"}, {"model"},
      {"upkeep monitor price --registry reg --report monitor.html",
       "upkeep monitor price:2 --registry reg --since 2026-01-01 --measures psi:bins=20,kolmogorov-smirnov --json",
       "upkeep monitor price --registry reg --since 2026-02-01T00:00:00Z --against 2026-01-01T00:00:00Z..2026-01-31T00:00:00Z --per day",
       "upkeep monitor price --log logs --reference train.parquet --category city store --exit-code"},
      run_monitor));
}

}  // namespace upkeep::commands
