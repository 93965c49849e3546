// Tables in which another system logged what a model was asked and answered, as a log that the monitor reads.
//
// The signature names the columns: each feature is read from the column of its name. Which column holds the time, and which ones hold ids,
// versions, labels and answers, the caller says.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/cells.hpp"
#include "maintain/monitor/window.hpp"

namespace upkeep {

struct ForeignLog {
  std::filesystem::path tables;  // a table, or a folder of tables
  std::string time;              // its column: ISO 8601 texts, timestamps or numbers
  TimeUnit time_unit = TimeUnit::kDetect;
  std::string id;                   // empty: every row is a request of its own
  std::string version;              // empty: `only_version`
  std::vector<std::string> labels;  // COLUMN of the judged output, or OUTPUT=COLUMN. Rows without a value have none yet
  // COLUMN of the model's judged output, or OUTPUT=COLUMN. An output of classes has a column of scores for each class in their order, or
  // one of the classes themselves; a binary output one of scores, or of classes (texts, truth values, whole numbers); a number one for each
  // target.
  std::vector<std::string> predictions;
  std::int64_t only_version = 0;
  TimePoint since = TimePoint::min();  // both ends included
  TimePoint until = TimePoint::max();
};

struct ReadForeignLog {
  JoinedLog log;
  std::set<std::string> outputs;  // of which there are answers
  std::set<std::string> labels;   // among them: those that the log holds as classes, not as scores
  std::vector<std::string> notes;
};

// `signature`: of the version that the columns are named by. Throws Error: a column that is not there, with the candidates; an output that
// the model has not; more or fewer columns than an output has; cells that are no ids, times or answers, with their row.
ReadForeignLog read_foreign_log(const ForeignLog& what, const Signature& signature);

// What a signature says of the log's columns: outputs that are not in it are left out, classes are labels.
Signature signature_in(const ReadForeignLog& read, Signature signature);

}  // namespace upkeep
