// The prediction log as tables.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "log/log_files.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

// As logged_predictions() and logged_labels().
Table read_predictions(const std::filesystem::path& folder, const std::string& model, const PredictionQuery& query = {});
Table read_labels(const std::filesystem::path& folder, const std::string& model);

// The columns of a model's log, by the newest file of each version; none: nothing is logged.
std::vector<std::string> logged_columns(const std::filesystem::path& folder, const std::string& model);
// The outputs among them: "p" of out.p.0.
std::set<std::string> logged_outputs(const std::filesystem::path& folder, const std::string& model);
// The rows of one file, with the columns that its place says.
Table read_log_file(const LogFile& file, const std::string& model, const PredictionQuery& query);

// One below the other. A column that some lack: NaN (integers become float64) or "". One that is numbers here and text there becomes text.
Table stack(const std::vector<Table>& parts);

struct LabelMatch {
  std::vector<std::int64_t> label_rows;  // for each prediction: its row of the labels, or -1
  std::int64_t unmatched = 0;            // labels of which there is no prediction
  std::int64_t ambiguous = 0;            // labels of an id and row that several answers have, or that name no row of a batch
};
// Joins by request id and row; of labels of one row, the last one counts. Predictions that failed have no label. `outputs`: only labels of
// these count ("": of the judged one); empty: all do.
LabelMatch match_labels(const Table& predictions, const Table& labels, const std::set<std::string>& outputs = {});

}  // namespace upkeep
