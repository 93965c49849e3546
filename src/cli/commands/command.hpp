// Commands: `upkeep NAME ...`. Options are one described struct; parsing, --help and the reference pages come from the description.
//
// Results go to stdout (one JSON document with --json), notes and bars to stderr. Exit code 0 done, 1 refused or failed with a reason, 2
// wrong usage; of the commands that judge a deployed model 3 for an alarm and 4 where something cannot be told.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"

namespace upkeep::commands {

inline constexpr int kAlarmExit = 3;
inline constexpr int kUnknownExit = 4;

// Where a command's result goes: text for people, or the document for programs.
class Output {
 public:
  explicit Output(bool json) : json_(json) {}
  bool json() const { return json_; }
  void text(std::string_view line);   // a line on stdout; nothing with --json
  void result(const Json& document);  // the document on stdout; nothing without --json

 private:
  bool json_;
};

// Options given as they stood on the command line, for commands where their order matters.
using Ordered = std::vector<std::pair<std::string, std::string>>;  // name without dashes, value

struct ExtraOption {
  std::string name;  // "add"
  std::string help;
};

struct CommandEntry {
  std::string name;
  std::string help;                                         // one line
  std::vector<std::string> examples;                        // whole command lines
  Settings settings;                                        // field "batch_size" is the flag --batch-size
  std::vector<std::string> positionals;                     // fields given without a flag, in order; a list takes the rest
  std::vector<std::string> required;                        // fields that must be given
  std::function<std::vector<ExtraOption>()> extra_options;  // repeatable flags that come from another room's catalog
  std::function<int(const Json& options, const Ordered& extra, Output& output)> run;
  std::string group;  // train, convert, deploy, maintain, ...: how `upkeep --help` sorts
};
using CommandCatalog = Catalog<CommandEntry>;
const CommandCatalog& catalog();

// An entry whose options are the described struct T.
template <typename T>
CommandEntry entry(std::string group, std::vector<std::string> positionals, std::vector<std::string> required,
                   std::vector<std::string> examples, std::function<int(const T& options, const Ordered& extra, Output& output)> run) {
  const Settings& about = settings<T>;
  return {.name = about.name(),
          .help = about.help(),
          .examples = std::move(examples),
          .settings = about,
          .positionals = std::move(positionals),
          .required = std::move(required),
          .extra_options = nullptr,
          .run = [run = std::move(run)](const Json& options, const Ordered& extra,
                                        Output& output) { return run(parse<T>(options), extra, output); },
          .group = std::move(group)};
}

}  // namespace upkeep::commands

namespace upkeep {

// The whole command line: argv[0] is ignored. Prints, catches every Error, returns the exit code.
int run_command_line(const std::vector<std::string>& arguments);

}  // namespace upkeep
