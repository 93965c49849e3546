// upkeep log: what the prediction log of a model holds; many small files become few; old days go.

#include "base/duration.hpp"
#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "log/retention.hpp"
#include "registry/registry.hpp"

namespace upkeep::commands {

struct LogOptions {
  std::string action;
  std::string model;
  std::string registry = "registry";
  std::string artifacts;
  std::string log;
  std::string older_than;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::LogOptions;

template <>
inline const Settings settings<LogOptions> = describe<LogOptions>(
    "log", "show, compact or expire the prediction log of a model",
    field("action", &LogOptions::action, "what to do", one_of({"status", "compact", "expire"})),
    field("model", &LogOptions::model, "the model's name in the log"),
    field("registry", &LogOptions::registry, "folder or URI of the registry whose log it is"),
    field("artifacts", &LogOptions::artifacts, "of the registry: a folder or a URI (default: what it was made with)"),
    field("log", &LogOptions::log, "another log folder"),
    field("older_than", &LogOptions::older_than, "expire: days that ended longer ago are removed, labels included: 90d"));

}  // namespace upkeep

namespace upkeep::commands {

static std::string day_text(const std::optional<std::chrono::sys_days>& day) { return day ? upkeep::format("{:%F}", *day) : "none"; }

static void show_log_status(const std::filesystem::path& folder, const LogOptions& options, Output& output) {
  const LogStatus status = log_status(folder, options.model);
  output.result({{"model", options.model},
                 {"prediction_rows", status.prediction_rows},
                 {"prediction_files", status.prediction_files},
                 {"label_rows", status.label_rows},
                 {"label_files", status.label_files},
                 {"old_files", status.old_files},
                 {"bytes", status.bytes},
                 {"versions", status.versions},
                 {"first_day", day_text(status.first)},
                 {"last_day", day_text(status.last)}});
  output.text(upkeep::format("{}: {} rows of predictions in {} files, from {} to {}; {} rows of labels in {} files; {:.1f} MB",
                             options.model, status.prediction_rows, status.prediction_files, day_text(status.first), day_text(status.last),
                             status.label_rows, status.label_files, static_cast<double>(status.bytes) / 1e6));
}

static void expire_days(const std::filesystem::path& folder, const LogOptions& options, Output& output) {
  const std::chrono::seconds age =
      in_context("--older-than", [&] { return duration_from_text(options.older_than.empty() ? "0" : options.older_than); });
  if (age.count() == 0) throw Error(ErrorCode::kInvalidArgument, "how old a day must be to expire is not said", "--older-than 90d");
  const std::int64_t files = expire_log(folder, options.model, system_clock().now() - age);
  output.result({{"model", options.model}, {"removed_files", files}});
  output.text(upkeep::format("{} files of {} removed", files, options.model));
}

static int run_log(const LogOptions& options, const Ordered&, Output& output) {
  const std::filesystem::path folder =
      options.log.empty() ? log_folder_of({options.registry, options.artifacts}) : std::filesystem::path(options.log);
  if (options.action == "status") {
    show_log_status(folder, options, output);
  } else if (options.action == "expire") {
    expire_days(folder, options, output);
  } else {
    const Compaction done = compact_log(folder, options.model);
    output.result({{"model", options.model}, {"files_before", done.files_before}, {"files_after", done.files_after}});
    output.text(upkeep::format("{} files of {} became {}", done.files_before, options.model, done.files_after));
  }
  return 0;
}

void add_log(CommandCatalog& catalog) {
  catalog.add(entry<LogOptions>("maintain", {"action", "model"}, {"action", "model"},
                                {"upkeep log status price --registry reg", "upkeep log compact price --registry reg",
                                 "upkeep log expire price --registry reg --older-than 90d"},
                                run_log));
}

}  // namespace upkeep::commands
