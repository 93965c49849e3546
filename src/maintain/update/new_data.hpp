// Newly labelled rows of the log as training data: which requests are held out, and the table that a candidate is trained on.
//
// A label belongs to a row, not to the version that answered it: rows of every version count, and those that the reference already has (its
// column "upkeep.request") do not count twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/table.hpp"
#include "graph/graph.hpp"
#include "maintain/monitor/monitor.hpp"
#include "train/columns.hpp"

namespace upkeep {

// Whether a request is held out: a share of all request ids, by their SHA-256. All rows of a request are on the same side, and stay there
// for good: what was held out once is trained on never.
bool is_held_out(std::string_view request_id, double share);

struct NewData {
  Table training;               // features, target, population, request: the reference, then newly labelled rows that are not held out
  Table held_out;               // features and target of the others
  std::int64_t new_rows = 0;    // of `training`
  std::int64_t known_rows = 0;  // labelled rows that the reference has already
  std::int64_t incomplete = 0;  // rows left out: a feature is missing and the model has no answer to them
  std::int64_t unusable = 0;    // labelled rows left out: no label, no number, or a class that the model does not know
  std::int64_t partly = 0;      // rows left out: some of the model's outputs have no label for them
  std::string held_out_digest;  // SHA-256 over the held-out (request, row) pairs
  DataColumns columns;          // how both feed the model
};

struct NewDataOptions {
  std::vector<std::string> features;  // none: the model's, else every numeric column of the reference but the target
  std::vector<std::string> targets;   // none: the model's; COLUMN, or OUTPUT=COLUMN for each of several outputs
  double held_out = 0.3;
  std::string population;  // what the new rows are called in the column "upkeep.population"
  // Other versions' rows judge a candidate only where their labels came after this: before, they judged the current version.
  TimePoint judged_until = TimePoint::min();
  std::int64_t version = 0;  // the current one
};

// `rows`: of the log, those that count. Of a model with several outputs a row needs a label of each. Throws Error: an output without one
// target, a feature that the log or the reference lacks.
NewData new_data(const Model& model, const Table& reference, const JoinedLog& log, const std::vector<std::int64_t>& rows,
                 const NewDataOptions& options);

}  // namespace upkeep
