// upkeep maintain: one pass of the loop (monitor, triggers, actions, gates, promotion) or, with --watch, a pass every so often.

#include <csignal>
#include <thread>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "deploy/registry/registry.hpp"
#include "maintain/maintain.hpp"
#include "maintain/options.hpp"

namespace upkeep::commands {

struct MaintainCommand {
  std::string file;
  std::string report;
  bool watch = false;
  double every_seconds = 60;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::MaintainCommand;

template <>
inline const Settings settings<MaintainCommand> = describe<MaintainCommand>(
    "maintain", "one pass: monitor, decide, retrain or edit, compare, promote; every decision is an event",
    field("file", &MaintainCommand::file, "upkeep.yaml: model, triggers, actions, gates (docs/maintain-yaml.md)"),
    field("report", &MaintainCommand::report, "an HTML page of the pass: decisions, evidence and the monitor's plots"),
    field("watch", &MaintainCommand::watch, "go on, pass after pass, until SIGTERM or Ctrl-C"),
    field("every_seconds", &MaintainCommand::every_seconds, "with --watch, from the end of a pass to the next", "s", range(0.1, 1e7)));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

volatile std::sig_atomic_t stopped = 0;

MaintainResult pass(const MaintainCommand& command, Output& output) {
  const MaintainOptions options = load_maintain(command.file);
  if (!std::filesystem::is_directory(options.registry))
    throw Error(ErrorCode::kNotFound, upkeep::format("no registry at {}", options.registry.string()), "upkeep registry publish makes one")
        .in(command.file);
  Registry registry(options.registry);
  MaintainResult result = maintain(options, registry);
  if (!command.report.empty()) write_file(command.report, maintain_page(result));
  output.result(to_json(result));
  output.text(summary(result));
  if (!command.report.empty()) output.text("saved " + command.report);
  return result;
}

// A pass that cannot begin (a log that is being moved, a disk that is full) is said and tried again.
void watch(const MaintainCommand& command, Output& output) {
  const auto before_term = std::signal(SIGTERM, [](int) { stopped = 1; });
  const auto before_int = std::signal(SIGINT, [](int) { stopped = 1; });
  while (stopped == 0) {
    try {
      pass(command, output);
    } catch (const Error& error) {
      note(error.what());
    }
    const Stopwatch waited;
    while (stopped == 0 && waited.seconds() < command.every_seconds) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::signal(SIGTERM, before_term);
  std::signal(SIGINT, before_int);
}

int run_maintain(const MaintainCommand& command, const Ordered&, Output& output) {
  if (!command.watch) {
    const Outcome outcome = pass(command, output).outcome;
    return outcome == Outcome::kFailed ? 1 : outcome == Outcome::kUnknown ? kUnknownExit : 0;
  }
  load_maintain(command.file);  // a file that is wrong is refused at once
  watch(command, output);
  return 0;
}

}  // namespace

void add_maintain(CommandCatalog& catalog) {
  catalog.add(entry<MaintainCommand>(
      "maintain", {"file"}, {"file"},
      {"upkeep maintain upkeep.yaml --report pass.html", "upkeep maintain upkeep.yaml --watch --every-seconds 300"}, run_maintain));
}

}  // namespace upkeep::commands
