// Monitoring: what the prediction log says about a deployed model. Reads files, changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"
#include "log/profile.hpp"
#include "maintain/monitor/checks/check.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "maintain/monitor/quality.hpp"
#include "maintain/monitor/timeline.hpp"
#include "maintain/monitor/traffic.hpp"
#include "upkeep/history.hpp"

namespace upkeep {

struct MonitorOptions {
  std::filesystem::path log;        // the log folder, which holds MODEL/
  std::string name;                 // the model's name in the log
  std::optional<Model> model;       // knows features, classes and metrics; its answers to the reference are compared with the log's
  std::optional<Signature> logged;  // what the log holds of its answers, where that is not what the model gives: classes in place of scores
  std::function<std::optional<Signature>(std::int64_t)> signature_of_version;  // of versions that answered; none: the model's
  std::optional<std::pair<TimePoint, TimePoint>> against;  // a past window of the log, both ends included, in place of the reference
  std::string per;                                         // "hour", "day", "week": a timeline too
  std::filesystem::path reference;                         // table that the model was trained on; empty: drift is not judged
  std::shared_ptr<const ReferenceProfile> profile;         // of that table and model, over whose cells the log's profiles are
  std::int64_t most_rows = 100'000;                        // a window of more is judged from profiles, where these answer what is asked
  std::optional<std::int64_t> version;                     // drift and quality of this version's rows only; traffic counts all
  TimePoint since = TimePoint::min();                      // both ends included
  TimePoint until = TimePoint::max();
  TimePoint labels_until = TimePoint::max();
  std::int64_t last_rows = 0;             // drift and quality of the last so many rows; 0: all
  std::vector<std::string> features;      // the reference's columns in the order of the model's input; none: the model's, else the log's
  std::vector<std::string> categories;    // features that are categories, beside those that the model knows as such
  std::vector<std::string> targets;       // the reference's; none: the model's
  std::vector<std::string> metrics;       // none: what the model was compiled with
  std::vector<std::string> more_metrics;  // beside those
  std::vector<NamedSettings> measures = kDriftMeasures;
  std::string correction = "benjamini-hochberg";
  double confidence = 0.95;
  std::uint64_t seed = 0;        // of the bootstrap
  std::int64_t window_rows = 0;  // of quality over time: labelled rows in a window, or its length; 0: chosen
  std::chrono::seconds window{0};
};

// What a report comes to. Unknown is not good: nothing is wrong as far as can be told, and something cannot be told.
enum class Health { kOk, kUnknown, kAlarm };
std::string_view to_string(Health health);  // "ok", "unknown", "alarm"

// What a report is judged from, where that is not all rows.
struct ProfileBasis {
  std::int64_t segments = 0;
  std::int64_t from_rows = 0;  // of them, counted from their rows: without a profile, of another reference, or only in part in the window
  double cell_error = 0;       // what a distribution function is off by, at most
};

std::string to_text(const ProfileBasis& basis);  // "from profiles of 365 segments ..., cell error <= 0.001"

struct MonitorReport {
  std::string name;
  std::optional<std::int64_t> version;
  std::int64_t rows = 0;  // that drift and quality were judged on, failed requests included
  TimePoint first{};      // of those rows; the epoch when there were none
  TimePoint last{};
  Traffic traffic;
  std::optional<ProfileBasis> profiles;  // absent: all rows were read
  std::optional<DriftReport> drift;      // absent without a reference or without rows
  std::optional<Quality> quality;        // absent without rows
  std::vector<Quality> other_outputs;    // of other outputs that labels name
  std::vector<Period> timeline;          // where it was asked for
  std::vector<checks::Finding> checks;   // alarms first
  std::vector<std::string> alarms;       // one sentence each
  std::vector<std::string> unknown;      // what could not be told, and why
  std::vector<std::string> notes;        // what was left out, and why
  History training;                      // the model's, where it says how it was trained

  Health health() const;
};

// Throws Error: unreadable log or reference, unknown metrics or measures. An empty log is a report with a note.
MonitorReport monitor(const MonitorOptions& options);
// The output whose labels may name no output: the model's judged one; empty where no model is known.
std::string judged_output_of(const MonitorOptions& options);
// The same over a log that was read before; `past`: of the window to compare with, where there is one; `log`, `against`, `since`, `until`
// and `labels_until` of the options do not count.
MonitorReport monitor(const JoinedLog& log, const MonitorOptions& options, const JoinedLog* past = nullptr);

// The model's answers to a table, as columns of the log.
Table answers_to(const Model& model, const Signature& signature, const Table& table, const MonitorOptions& options);

// The rows that drift and quality are judged on.
std::vector<std::int64_t> judged_rows(const JoinedLog& log, const MonitorOptions& options);

Json to_json(const MonitorReport& report);
std::string summary(const MonitorReport& report);       // a few lines for a terminal
std::string monitor_page(const MonitorReport& report);  // one self-contained HTML file
// The sections of that page, for a page that tells more.
void add_monitor(report::Page& page, const MonitorReport& report);

}  // namespace upkeep
