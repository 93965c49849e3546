// What the prediction log says about a deployed model, as a value: traffic, drift, checks and quality. Reads files, changes nothing.
//
//   const operate::Report report = operate::monitor({.model = "price", .registry = "registry", .per = "day"});
//   if (report.health == operate::Health::kAlarm) page_somebody(report.alarms.front());
//
// Values own what they hold; calls may be made from several threads at once. All throw Error: a model, log, table, column, metric or
// measure that is not there (with the candidates), a file that cannot be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "upkeep/prediction_log.hpp"
#include "upkeep/signature.hpp"

namespace upkeep::operate {

// What another system logged: a table (CSV, Parquet) or a folder of tables. Features are in the columns that the signature names.
struct TableLog {
  std::filesystem::path tables;
  std::string time;                      // column of ISO 8601 texts (UTC where no offset is said), timestamps or numbers
  std::string time_unit;                 // what numbers count since 1970: "s", "ms", "us", "ns"; empty: told by their size
  std::string id;                        // column; empty: each row is a request of its own
  std::string version;                   // column; empty: one version answered
  std::vector<std::string> labels;       // columns: COLUMN of the judged output, or OUTPUT=COLUMN. Cells without a value: not known yet
  std::vector<std::string> predictions;  // columns of answers: COLUMN, or OUTPUT=COLUMN; for each class or value in the output's order
};

struct MonitorOptions {
  std::string model;                 // its name in log and registry; NAME:VERSION and NAME@ALIAS judge that version only
  std::filesystem::path registry;    // that it is published in, which has its log and its reference: a folder, or a URI; empty: none
  std::string artifacts;             // of the registry: a folder, or a URI; empty: what it was made with
  std::string alias = "production";  // of the version whose features, metrics and reference count
  std::filesystem::path model_file;  // in place of the registry: what the model reads and answers; empty: not known
  std::filesystem::path log;         // folder that holds MODEL/; empty: the registry's
  std::optional<TableLog> tables;    // in place of a log of our own
  std::filesystem::path reference;   // table that the model was trained on; empty: what it was published with
  LogTime since = LogTime::min();    // both ends included
  LogTime until = LogTime::max();
  std::optional<std::pair<LogTime, LogTime>> against;  // a past window of the log, both ends included, in place of the reference
  std::string per;                                     // "hour", "day", "week": a timeline, too
  std::int64_t last_rows = 0;                          // drift and quality of the last so many rows; 0: all
  std::vector<std::string> targets;                    // the reference's; none: the model's
  std::vector<std::string> categories;                 // features that are categories where the model does not say so
  std::vector<std::string> metrics;                    // "mae", "precision:threshold=0.7"; none: the model's
  std::vector<std::string> measures;                   // "psi:bins=20"; none: psi, kolmogorov-smirnov, chi-square
  std::string correction = "benjamini-hochberg";       // of p-values for the number of features
  double confidence = 0.95;                            // of intervals, in (0, 1)
};

enum class Verdict { kOk, kAlarm, kUnknown };  // unknown is not good: too few values, no labels, nothing to compare with
using Health = Verdict;                        // of a whole report: its worst, where unknown is worse than ok

struct Latency {  // of answered requests, in microseconds; NaN: not known
  double p50_us = 0, p95_us = 0, p99_us = 0;
};

struct Traffic {
  std::int64_t requests = 0;
  std::int64_t rows = 0;    // of all batches
  std::int64_t failed = 0;  // requests answered with an error
  Latency latency;
};

struct Measured {
  std::string metric;
  double value = 0, low = 0, high = 0;  // [low, high]: its interval; NaN: cannot be told
  bool higher_is_better = false;
};

struct Measure {
  std::string name;
  double score = 0;               // the distance; NaN: not enough values
  double threshold = 0;           // from here on it is drift, before correction
  std::optional<double> p_value;  // of no drift
  Verdict verdict = Verdict::kUnknown;
};

struct Drift {
  std::string name;  // a feature's column, or "OUTPUT.<i>"
  FeatureKind kind = FeatureKind::kNumber;
  Verdict verdict = Verdict::kUnknown;         // by any measure, or by what is missing
  double missing_before = 0, missing_now = 0;  // shares of the values, in [0, 1]
  std::vector<Measure> measures;
};

struct Finding {
  std::string check;    // "unseen-category"
  std::string subject;  // a feature, "requests", "rows", "labels"
  Verdict verdict = Verdict::kOk;
  std::string text;  // one sentence with its numbers
};

struct Quality {
  std::string output;         // that is judged; empty where the log alone says what was answered
  std::int64_t answered = 0;  // rows
  std::int64_t labelled = 0;
  std::vector<Measured> metrics;
  std::vector<std::pair<std::string, std::vector<Measured>>> versions;  // in the order of their numbers, or of their first answers
  std::vector<Measured> reference;                                      // of the model on the reference table
};

struct Period {
  LogTime begin{}, end{};  // [begin, end)
  std::int64_t rows = 0, labelled = 0;
  std::vector<Drift> features;
  std::vector<Measured> metrics;
};

struct Report {
  std::string model;
  std::optional<std::int64_t> version;  // the only one that was judged
  std::int64_t rows = 0;                // that drift and quality were judged on
  LogTime first{}, last{};              // of those rows; 1970 when there were none
  Health health = Health::kUnknown;
  std::vector<std::string> alarms;   // one sentence each
  std::vector<std::string> unknown;  // what could not be told, and why
  std::vector<std::string> notes;    // what was left out, and why
  Traffic traffic;
  std::vector<Drift> features;  // none without a reference
  std::vector<Drift> predictions;
  std::vector<Finding> checks;   // alarms first
  std::vector<Quality> quality;  // of each output that labels judge, the model's judged output first; none without rows
  std::vector<Period> timeline;
  std::string json;     // all of it, as `upkeep monitor --json` prints it
  std::string summary;  // a few lines for a terminal
  std::string page;     // one self-contained HTML file
};

// A log without rows in the window is a report that says so.
Report monitor(const MonitorOptions& options);

}  // namespace upkeep::operate
