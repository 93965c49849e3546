// upkeep monitor: what the prediction log says about a deployed model.

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "maintain/monitor/drift/drift.hpp"
#include "operate/watching.hpp"
#include "registry/name.hpp"
#include "registry/registry.hpp"

namespace upkeep::commands {

struct MonitorCommand {
  std::string model;
  std::string registry = "registry";
  std::string artifacts;
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
  std::string time;
  std::string time_unit;
  std::string id;
  std::string version;
  std::vector<std::string> label;
  std::vector<std::string> prediction;
  bool exit_code = false;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::MonitorCommand;

template <>
inline const Settings settings<MonitorCommand> = describe<MonitorCommand>(
    "monitor", "what the prediction log says: traffic, errors, latency, drift, quality",
    field("model", &MonitorCommand::model,
          "the model's name; NAME:VERSION or NAME@ALIAS judges that version only; with a log of another system a model's file, too"),
    field("registry", &MonitorCommand::registry, "folder or URI of the registry whose model and log these are"),
    field("artifacts", &MonitorCommand::artifacts, "of the registry: a folder or a URI (default: what it was made with)"),
    field(
        "log", &MonitorCommand::log,
        "another folder of the prediction log (without a registry, nothing is known of the model); or, with --time, a table or a folder of "
        "tables that another system logged, whose features are called as the model's signature calls them"),
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
    field("time", &MonitorCommand::time, "of another system's log: the column of times, ISO 8601 (UTC where no offset is said) or numbers"),
    field("time_unit", &MonitorCommand::time_unit, "what numbers in that column count since 1970; default: told by their size",
          one_of({"s", "ms", "us", "ns"})),
    field("id", &MonitorCommand::id, "of another system's log: the column of ids, one for each answer"),
    field("version", &MonitorCommand::version, "of another system's log: the column of the version that answered"),
    field("label", &MonitorCommand::label,
          "of another system's log: the column of what turned out to be true, empty where it is not known; COLUMN, or OUTPUT=COLUMN"),
    field(
        "prediction", &MonitorCommand::prediction,
        "of another system's log: the columns of answers: COLUMN, or OUTPUT=COLUMN; of classes a column of scores for each, or one of the "
        "classes"),
    field("exit_code", &MonitorCommand::exit_code, "end with 3 where there is an alarm, with 4 where something cannot be told"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

namespace fs = std::filesystem;

// "SINCE..UNTIL"
// A window ends before its second time, so that windows side by side share no row.
TimePoint last_before(const std::string& text) { return time_from_iso8601(text) - std::chrono::microseconds(1); }

std::optional<std::pair<TimePoint, TimePoint>> window_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no window", text),
                "write 2026-01-01T00:00:00Z..2026-01-31T00:00:00Z");
  return std::pair(time_from_iso8601(text.substr(0, dots)), last_before(text.substr(dots + 2)));
}

void expect_own_log(const MonitorCommand& command) {
  for (const auto& [option, value] : {std::pair("--id", command.id), {"--version", command.version}, {"--time-unit", command.time_unit}})
    if (!value.empty())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is of the log of another system", option),
                  "say with --time which column of --log TABLE holds the times");
  if (!command.prediction.empty() || !command.label.empty())
    throw Error(ErrorCode::kInvalidArgument, "--prediction and --label are of the log of another system",
                "say with --time which column of --log TABLE holds the times");
}

operate::MonitorOptions options_of(const MonitorCommand& command) {
  operate::MonitorOptions options{.model = command.model,
                                  .registry = command.registry,
                                  .artifacts = command.artifacts,
                                  .alias = command.alias,
                                  .log = command.log,
                                  .reference = command.reference,
                                  .against = window_of(command.against),
                                  .per = command.per,
                                  .last_rows = command.rows,
                                  .targets = command.target,
                                  .categories = command.category,
                                  .metrics = command.metrics,
                                  .measures = command.measures,
                                  .correction = command.correction,
                                  .confidence = command.confidence};
  if (!command.since.empty()) options.since = time_from_iso8601(command.since);
  if (!command.until.empty()) options.until = last_before(command.until);
  if (command.time.empty()) {
    expect_own_log(command);
    return options;
  }
  if (command.log.empty())
    throw Error(ErrorCode::kInvalidArgument, "--time is of the log of another system", "name its table or folder with --log");
  options.tables = {.tables = command.log,
                    .time = command.time,
                    .time_unit = command.time_unit,
                    .id = command.id,
                    .version = command.version,
                    .labels = command.label,
                    .predictions = command.prediction};
  if (fs::is_regular_file(command.model)) {
    options.model_file = command.model;
    options.model.clear();
  }
  return options;
}

int run_monitor(const MonitorCommand& command, const Ordered&, Output& output) {
  const MonitorReport report = operate::watch(options_of(command));
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
       "upkeep monitor price --log logs --reference train.parquet --category city,store --exit-code",
       "upkeep monitor price.onnx --log requests.parquet --time at --id order --prediction offered --label paid --reference train.parquet"},
      run_monitor));
}

}  // namespace upkeep::commands
