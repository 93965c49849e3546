// upkeep maintain: one pass of the loop (monitor, triggers, actions, gates, promotion) or, with --watch, a pass every so often.

#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "maintain/gauges.hpp"
#include "maintain/maintain.hpp"
#include "maintain/notify.hpp"
#include "maintain/options.hpp"
#include "maintain/pass_pages.hpp"
#include "registry/registry.hpp"

namespace upkeep::commands {

struct MaintainCommand {
  std::string file;
  std::string report;
  std::string notify;
  std::string metrics_file;
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
    field("report", &MaintainCommand::report,
          "an HTML page of the pass: decisions, evidence and the monitor's plots; with --watch an index of the pages of all passes"),
    field("notify", &MaintainCommand::notify,
          "address that a pass which found something is posted to as JSON, with --watch when what it found changes; signed by the key in "
          "UPKEEP_NOTIFY_SECRET"),
    field("metrics_file", &MaintainCommand::metrics_file, "Prometheus gauges of the last pass, for a textfile collector"),
    field("watch", &MaintainCommand::watch, "go on, pass after pass, until SIGTERM or Ctrl-C"),
    field("every_seconds", &MaintainCommand::every_seconds, "with --watch, from the end of a pass to the next", "s", range(0.1, 1e7)));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

volatile std::sig_atomic_t stopped = 0;

// A notification that nobody takes is said, and does not undo the pass.
void tell(const MaintainCommand& command, const MaintainResult& result) {
  const char* secret = std::getenv("UPKEEP_NOTIFY_SECRET");
  try {
    notify(notification(result, system_clock().now()), {.url = command.notify, .secret = secret ? secret : ""});
  } catch (const Error& error) {
    note(error.what());
  }
}

// Each line with the time, so that a log of many passes can be read.
std::string stamped(const std::string& text, TimePoint now) {
  const std::string stamp = to_iso8601(now).substr(0, 19) + "Z ";
  std::string lines = stamp;
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += stamp;
  }
  return lines;
}

MaintainResult pass(const MaintainCommand& command, Output& output, std::string& told) {
  const MaintainOptions options = load_maintain(command.file);
  Registry registry = in_context(command.file, [&] { return Registry::existing(options.registry); });
  MaintainResult result = maintain(options, registry);
  const TimePoint now = system_clock().now();
  if (!command.report.empty() && command.watch) keep_pass(command.report, result, now);
  else if (!command.report.empty()) write_file(command.report, maintain_page(result));
  if (!command.metrics_file.empty()) write_file(command.metrics_file, prometheus_gauges(result, now));
  output.result(to_json(result));
  output.text(command.watch ? stamped(summary(result), now) : summary(result));
  if (!command.report.empty() && !command.watch) output.text("saved " + command.report);
  if (const std::string found = news(result); !command.notify.empty() && found != told) {
    if (!found.empty() || command.watch) tell(command, result);  // that it is over is news too
    told = found;
  }
  return result;
}

// A pass that cannot begin (a log that is being moved, a disk that is full) is said and tried again.
void watch(const MaintainCommand& command, Output& output) {
  const auto before_term = std::signal(SIGTERM, [](int) { stopped = 1; });
  const auto before_int = std::signal(SIGINT, [](int) { stopped = 1; });
  std::string told;
  while (stopped == 0) {
    try {
      pass(command, output, told);
    } catch (const Error& error) {
      note(stamped(error.what(), system_clock().now()));
    }
    const Stopwatch waited;
    while (stopped == 0 && waited.seconds() < command.every_seconds) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::signal(SIGTERM, before_term);
  std::signal(SIGINT, before_int);
}

int run_maintain(const MaintainCommand& command, const Ordered&, Output& output) {
  if (!command.watch) {
    std::string told;
    const Outcome outcome = pass(command, output, told).outcome;
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
      {"upkeep maintain upkeep.yaml --report pass.html",
       "upkeep maintain upkeep.yaml --watch --every-seconds 300 --notify https://hooks.example/upkeep --metrics-file upkeep.prom"},
      run_maintain));
}

}  // namespace upkeep::commands
