// Labels to the predictions that they are of: by request id and row, never by a guess.

#include <unordered_map>

#include "log/reader.hpp"

namespace upkeep {

namespace {

struct Answers {  // of one request id: its rows, and where they are among the predictions
  std::unordered_map<std::int32_t, std::int64_t> at;
  std::unordered_map<std::int32_t, std::int64_t> repeated;  // rows that several answers have, and how many
};

std::vector<std::int32_t> row_numbers(const Table& table) {
  const Tensor rows = table.column("row").cast(DType::kInt32);
  return {rows.data<std::int32_t>().begin(), rows.data<std::int32_t>().end()};
}

std::unordered_map<std::string_view, Answers> answers_in(const Table& predictions) {
  std::unordered_map<std::string_view, Answers> found;
  if (predictions.rows() == 0) return found;
  const std::vector<std::string>& ids = predictions.column("request_id").strings();
  const std::vector<std::int32_t> rows = row_numbers(predictions);
  const std::vector<std::string>* errors = predictions.has("error") ? &predictions.column("error").strings() : nullptr;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (errors && !(*errors)[i].empty()) continue;
    Answers& answers = found[ids[i]];
    if (!answers.at.try_emplace(rows[i], static_cast<std::int64_t>(i)).second) ++answers.repeated[rows[i]];
  }
  return found;
}

}  // namespace

LabelMatch match_labels(const Table& predictions, const Table& labels, const std::set<std::string>& outputs) {
  LabelMatch match{.label_rows = std::vector<std::int64_t>(static_cast<std::size_t>(predictions.rows()), -1)};
  if (labels.rows() == 0) return match;
  const auto answers = answers_in(predictions);
  const std::vector<std::string>& ids = labels.column("request_id").strings();
  const std::vector<std::int32_t> rows = row_numbers(labels);
  const std::vector<std::string>* output = labels.has("output") ? &labels.column("output").strings() : nullptr;
  for (std::size_t label = 0; label < rows.size(); ++label) {  // in order of arrival
    if (!outputs.empty() && !outputs.contains(output ? (*output)[label] : std::string())) continue;
    const auto found = answers.find(ids[label]);
    if (found == answers.end()) {
      ++match.unmatched;
      continue;
    }
    const Answers& of = found->second;
    const bool one_row = of.at.size() == 1;
    const auto at = rows[label] >= 0 ? of.at.find(rows[label]) : one_row ? of.at.begin() : of.at.end();
    if (at == of.at.end()) ++(rows[label] >= 0 ? match.unmatched : match.ambiguous);
    else if (of.repeated.contains(at->first)) ++match.ambiguous;
    else match.label_rows[static_cast<std::size_t>(at->second)] = static_cast<std::int64_t>(label);
  }
  return match;
}

}  // namespace upkeep
