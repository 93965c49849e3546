// Labels: what turned out to be true, joined to predictions by (request id, row).

#include <cmath>
#include <unordered_map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "log/log_files.hpp"
#include "log/prediction_log.hpp"

namespace upkeep {

namespace fs = std::filesystem;

static Error bad_row(std::int64_t row, std::string what, std::string hint = {}) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} of the labels: {}", row + 1, what), std::move(hint));
}

// Ids that are numbers in a CSV are text all the same.
static Tensor ids_of(const Table& labels) {
  const Tensor& given = labels.column("request_id");
  std::vector<std::string> ids;
  if (given.dtype() == DType::kString) {
    ids = given.strings();
  } else {
    const Tensor wide = in_context("request_id", [&] { return as_elements(given, DType::kInt64); });
    for (const std::int64_t id : wide.data<std::int64_t>()) ids.push_back(std::to_string(id));
  }
  for (std::size_t row = 0; row < ids.size(); ++row)
    if (ids[row].empty()) throw bad_row(static_cast<std::int64_t>(row), "the request_id is missing");
  return Tensor({labels.rows()}, std::move(ids));
}

static Tensor rows_of(const Table& labels) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(labels.rows()), 0);
  if (labels.has("row")) {
    if (labels.column("row").dtype() == DType::kString)
      throw Error(ErrorCode::kInvalidArgument, "the column \"row\" of the labels is text", "0, 1, ... within the request");
    const Tensor wide = labels.column("row").cast(DType::kFloat64);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double number = wide.data<double>()[i];
      if (!(number >= 0 && number < 2e9) || number != std::floor(number))
        throw bad_row(static_cast<std::int64_t>(i), "the column \"row\" needs 0, 1, ...");
      rows[i] = static_cast<std::int32_t>(number);
    }
  }
  return Tensor({labels.rows()}, std::move(rows));
}

static Tensor labels_of(const Table& labels) {
  const Tensor& given = labels.column("label");
  if (given.rank() != 1) throw Error(ErrorCode::kInvalidArgument, upkeep::format("a label is one value, not {}", to_string(given.shape())));
  if (given.dtype() == DType::kString) {
    for (std::size_t row = 0; row < given.strings().size(); ++row)
      if (given.strings()[row].empty()) throw bad_row(static_cast<std::int64_t>(row), "the label is missing");
    return given;
  }
  Tensor numbers = given.cast(DType::kFloat64);
  for (std::size_t row = 0; row < static_cast<std::size_t>(numbers.size()); ++row)
    if (!std::isfinite(numbers.data<double>()[row])) throw bad_row(static_cast<std::int64_t>(row), "the label is missing or not finite");
  return numbers;
}

static Tensor times_of(const Table& labels, TimePoint now) {
  std::vector<std::int64_t> times(static_cast<std::size_t>(labels.rows()), now.time_since_epoch().count());
  if (labels.has("time")) {
    const Tensor& given = labels.column("time");
    if (given.dtype() != DType::kString) return given.cast(DType::kInt64);
    for (std::size_t row = 0; row < times.size(); ++row)
      times[row] = in_context(upkeep::format("row {} of the labels", row + 1),
                              [&] { return time_from_iso8601(given.strings()[row]).time_since_epoch().count(); });
  }
  return Tensor({labels.rows()}, std::move(times));
}

static Tensor sources_of(const Table& labels) {
  if (labels.has("source") && labels.column("source").dtype() == DType::kString) return labels.column("source");
  return Tensor({labels.rows()}, std::vector<std::string>(static_cast<std::size_t>(labels.rows())));
}

std::int64_t append_labels(const fs::path& folder, const std::string& model, const Table& labels, const Clock& clock) {
  static const std::vector<std::string> kColumns{"request_id", "row", "label", "time", "source"};
  for (const std::string& name : labels.names())
    if (!std::ranges::contains(kColumns, name)) throw unknown_name("column of labels:", name, kColumns);
  const TimePoint now = clock.now();
  Table made;
  made.add("request_id", ids_of(labels));
  made.add("row", rows_of(labels));
  made.add("time", times_of(labels, now));
  made.add("label", labels_of(labels));
  made.add("source", sources_of(labels));
  if (made.rows() == 0) return 0;
  std::error_code problem;
  fs::create_directories(folder / model, problem);
  if (problem) throw Error(ErrorCode::kIo, upkeep::format("cannot make folder \"{}\": {}", (folder / model).string(), problem.message()));
  save_table(made, folder / model / logs::segment_name("labels", now));
  return made.rows();
}

static Table no_labels() {
  Table none;
  none.add("request_id", Tensor({0}, std::vector<std::string>{}));
  none.add("row", Tensor({0}, std::vector<std::int32_t>{}));
  none.add("time", Tensor({0}, std::vector<std::int64_t>{}));
  none.add("label", Tensor({0}, std::vector<double>{}));
  none.add("source", Tensor({0}, std::vector<std::string>{}));
  return none;
}

Table read_labels(const fs::path& folder, const std::string& model) {
  std::vector<Table> parts;
  for (const fs::path& file : logs::segments(folder / model, "labels")) parts.push_back(load_table(file));
  if (parts.empty()) return no_labels();
  const Table all = logs::stack(parts);
  const auto& ids = all.column("request_id").strings();
  const auto rows = all.column("row").data<std::int32_t>();
  const auto times = all.column("time").data<std::int64_t>();
  std::unordered_map<std::string, std::int64_t> newest;  // "id row" -> row of `all`
  for (std::int64_t i = 0; i < all.rows(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto [known, fresh] = newest.try_emplace(upkeep::format("{} {}", ids[at], rows[at]), i);
    if (!fresh && times[at] >= times[static_cast<std::size_t>(known->second)]) known->second = i;
  }
  std::vector<std::int64_t> kept;
  for (const auto& [_, row] : newest) kept.push_back(row);
  std::ranges::sort(kept);
  return all.take(kept);
}

}  // namespace upkeep
