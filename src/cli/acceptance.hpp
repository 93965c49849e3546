// Options of the commands that change a model and may have the change judged (optimize/acceptance.hpp):
//
//   struct PruneOptions : AcceptanceRequest { ... };
//   template <> inline const Settings settings<PruneOptions> = with_acceptance<PruneOptions>(describe<PruneOptions>(...));
//
//   const Acceptance acceptance(options, before);                     // before any work: limits, data and names are checked
//   if (!acceptance.accepts(after, "prune magnitude", document, output)) return kRefusedExit;   // the table is printed, nothing is written
//   save_model(after, options.output);                                 // with its record in the metadata
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/inherited.hpp"
#include "cli/commands/command.hpp"
#include "optimize/acceptance.hpp"

namespace upkeep {

inline constexpr int kRefusedExit = 1;

struct AcceptanceRequest {
  std::vector<std::string> accept;
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
};

template <typename T>
Settings with_acceptance(const Settings& own) {
  std::vector<Field> fields = own.fields();
  fields.insert(
      fields.end(),
      {inherited<T>(
           "accept", &AcceptanceRequest::accept,
           "what may change on --data, METRIC:CHANGE: accuracy:-0.005, mae:+2%, latency:-20% (at least), size:-50%, zipped:-50%; a "
           "change is refused, and nothing written, unless its 95 % interval lies within. May stand several times"),
       inherited<T>("data", &AcceptanceRequest::data, "held-out rows with their targets: .csv, .parquet, .npz, a folder of images"),
       inherited<T>("target", &AcceptanceRequest::target,
                    "column of the data that was predicted (default: the model's own); OUTPUT=COLUMN,... for several outputs"),
       inherited<T>("features", &AcceptanceRequest::features,
                    "columns of the data to predict from; INPUT=COLUMN for several inputs (default: the model's own)"),
       inherited<T>("ignore", &AcceptanceRequest::ignore, "columns of the data to leave out")});
  return Settings(own.name(), own.help(), std::move(fields));
}

// The rows that a model is judged by, read as `evaluate` reads them.
Dataset judged_data(const Model& model, const AcceptanceRequest& request);

class Acceptance {
 public:
  // Throws Error: a limit that cannot be read, --accept without --data, and the other way about.
  Acceptance(const AcceptanceRequest& request, const Model& before);
  // The same by rows that were read already.
  Acceptance(const AcceptanceRequest& request, const Model& before, const Dataset& rows);

  bool asked() const { return judge_.has_value(); }
  const Judge& judge() const { return *judge_; }  // when asked

  // True without limits. Else judges, prints the table, puts "acceptance" into the document and, where accepted, the record into the model;
  // where it is not, the document is the command's result, and a note says why.
  bool accepts(Model& after, const std::string& pass, Json& document, commands::Output& output) const;
  // The same for a candidate that was judged already, by accept_with_reverts().
  bool accepts(Accepted& made, const std::string& pass, Json& document, commands::Output& output) const;

 private:
  void judge_by(const AcceptanceRequest& request, const Model& before, const Dataset& rows);

  std::optional<Judge> judge_;
  std::string data_;  // the file's name
};

// Ends a command whose result is not accepted: the document says that nothing was written, a note says why. Returns the exit code.
int refuse(const Verdict& verdict, Json& document, commands::Output& output);

// What an acceptance record (optimize/acceptance.hpp) or a verdict as JSON says: a table and lines below it.
std::string acceptance_text(const Json& record);
// In one line: "accepted: accuracy 0.94 -> 0.938 (-0.005 allowed)".
std::string acceptance_line(const Json& record);

}  // namespace upkeep
