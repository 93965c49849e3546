// Labels: what turned out to be true, joined to predictions by request id and row.

#include "log/labels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "data/sources/arrow_table.hpp"
#include "log/label_columns.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

// Labels of one request and output that say no row.
struct WithoutRow {
  std::string_view output;
  std::int64_t count = 0;
  std::int32_t next = 0;  // row for the next of these
};

// One request id among the labels that are given: what the log knows of it.
struct Request {
  std::vector<std::int32_t> answered;  // rows in the log
  std::vector<WithoutRow> without_row;
  bool sorted = false;

  WithoutRow& without_row_of(std::string_view output) {
    const auto found = std::ranges::find(without_row, output, &WithoutRow::output);
    return found != without_row.end() ? *found : without_row.emplace_back(WithoutRow{.output = output});
  }

  void sort() {
    if (!std::exchange(sorted, true)) std::ranges::sort(answered);
  }
  bool stands_for_several(std::int32_t row) const {
    const auto [begin, end] = std::ranges::equal_range(answered, row);
    return end - begin > 1;
  }
  bool has(std::int32_t row) const { return std::ranges::binary_search(answered, row); }
};
using Requests = std::unordered_map<std::string_view, Request>;

Requests requests_of(const LabelColumns& labels) {
  Requests requests;
  requests.reserve(labels.ids.size());
  for (std::size_t i = 0; i < labels.ids.size(); ++i) {
    Request& request = requests[labels.ids[i]];
    if (labels.rows[i] < 0) ++request.without_row_of(labels.outputs[i]).count;
  }
  return requests;
}

// The rows in one file that the requests have. Returns how many requests were met for the first time.
std::size_t find_in(const fs::path& file, Requests& requests) {
  const Table part = in_context(file.string(), [&] { return sources::load_parquet(file, {"request_id", "row", "error"}); });
  const std::vector<std::string>& ids = part.column("request_id").strings();
  const Tensor rows = part.column("row").cast(DType::kInt32);
  const std::vector<std::string>* errors = part.has("error") ? &part.column("error").strings() : nullptr;
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (errors && !(*errors)[i].empty()) continue;
    const auto request = requests.find(ids[i]);
    if (request == requests.end()) continue;
    fresh += request->second.answered.empty();
    request->second.answered.push_back(rows.data<std::int32_t>()[i]);
  }
  return fresh;
}

// Looking up more ids than this in a file's filter takes longer than reading the file.
constexpr std::size_t kLookedUp = 20'000;

// The newest days first, until every request is found; a request's rows lie within one day. Files whose filters say that they have none of
// the ids are not read.
void find_requests(const fs::path& model_folder, Requests& requests) {
  std::vector<std::string_view> ids;
  if (requests.size() <= kLookedUp)
    for (const auto& [id, _] : requests) ids.push_back(id);
  with_log_files(model_folder, LogKind::kPredictions, {}, [&](std::vector<LogFile> files) {
    for (auto& [_, request] : requests) request.answered.clear();
    std::ranges::stable_sort(files, std::greater(), &LogFile::date);
    std::size_t found = 0;
    for (std::size_t i = 0; i < files.size() && (found < requests.size() || (i > 0 && files[i].date == files[i - 1].date)); ++i)
      if (ids.empty() || sources::may_hold_any(files[i].path, "request_id", ids)) found += find_in(files[i].path, requests);
  });
}

Error which_row(std::string_view id, const Request& request, const WithoutRow& without_row) {
  const std::size_t rows = request.answered.size();
  std::string labels = without_row.count == 1 ? "1 label" : upkeep::format("{} labels", without_row.count);
  if (!without_row.output.empty()) labels += upkeep::format(" of output \"{}\"", without_row.output);
  if (rows == 0)
    return Error(ErrorCode::kInvalidArgument,
                 upkeep::format("request \"{}\" has {} without \"row\", and no prediction of it is logged", id, labels),
                 "say with a column \"row\" (0, 1, ...) which row of the batch each one is of");
  return Error(ErrorCode::kInvalidArgument, upkeep::format("request \"{}\" answered {} rows and has {} without \"row\"", id, rows, labels),
               "say with a column \"row\" (0, 1, ...) which row each one is of, or give a label for every row in order");
}

enum class Fate { kMatched, kUnmatched, kAmbiguous };

// Sets the row where it is not said and there is only one that it can be.
Fate fate_of(std::string_view id, Request& request, std::string_view output, std::int32_t& row) {
  request.sort();
  const std::size_t rows = request.answered.size();
  if (rows == 0) {
    if (row < 0 && request.without_row_of(output).count > 1) throw which_row(id, request, request.without_row_of(output));
    return Fate::kUnmatched;
  }
  const bool one_row = request.answered.front() == request.answered.back();
  if (row < 0 && one_row) row = request.answered.front();
  if (row >= 0) return request.stands_for_several(row) ? Fate::kAmbiguous : request.has(row) ? Fate::kMatched : Fate::kUnmatched;
  if (std::ranges::adjacent_find(request.answered) != request.answered.end()) return Fate::kAmbiguous;
  WithoutRow& without_row = request.without_row_of(output);
  if (!std::cmp_equal(without_row.count, rows)) throw which_row(id, request, without_row);
  row = request.answered[static_cast<std::size_t>(without_row.next++)];
  return Fate::kMatched;
}

// Gives every label its row, says which ones are kept.
LabelCounts resolve(LabelColumns& labels, Requests& requests, std::vector<std::int64_t>& kept) {
  LabelCounts counts{.labels = static_cast<std::int64_t>(labels.ids.size())};
  std::unordered_map<std::string_view, std::set<std::pair<std::int32_t, std::string_view>>> seen;
  for (std::size_t i = 0; i < labels.ids.size(); ++i) {
    const std::string_view id = labels.ids[i];
    const Fate fate = fate_of(id, requests.at(id), labels.outputs[i], labels.rows[i]);
    ++(fate == Fate::kMatched ? counts.matched : fate == Fate::kUnmatched ? counts.unmatched : counts.ambiguous);
    if (fate == Fate::kAmbiguous) continue;
    kept.push_back(static_cast<std::int64_t>(i));
    if (requests.size() < labels.ids.size() && !seen[id].insert({labels.rows[i], labels.outputs[i]}).second) ++counts.replaced;
  }
  return counts;
}

template <typename T>
Tensor picked(const std::vector<T>& values, const std::vector<std::int64_t>& rows) {
  std::vector<T> some;
  some.reserve(rows.size());
  for (const std::int64_t row : rows) some.push_back(values[static_cast<std::size_t>(row)]);
  return Tensor({static_cast<std::int64_t>(rows.size())}, std::move(some));
}

// label for numbers, label_text for texts: every file has both, so that all of them are one table.
std::string encoded(const LabelColumns& labels, const std::vector<std::int64_t>& kept, TimePoint arrived) {
  const Shape shape{static_cast<std::int64_t>(kept.size())};
  const bool texts = labels.labels.dtype() == DType::kString;
  sources::ParquetDetails details;
  Table table;
  table.add("request_id", picked(labels.ids, kept));
  table.add("row", picked(labels.rows, kept));
  for (const std::int64_t i : kept) details.missing["row"].push_back(labels.rows[static_cast<std::size_t>(i)] < 0);
  table.add("time", picked(labels.times, kept));
  table.add("label", texts ? Tensor::full<double>(shape, 0)
                           : picked(std::vector<double>(labels.labels.data<double>().begin(), labels.labels.data<double>().end()), kept));
  table.add("label_text", texts ? picked(labels.labels.strings(), kept) : Tensor(shape, std::vector<std::string>(kept.size())));
  details.missing[texts ? "label" : "label_text"].assign(kept.size(), 1);
  table.add("source", picked(labels.sources, kept));
  table.add("arrived", Tensor::full<std::int64_t>(shape, arrived.time_since_epoch().count()));
  table.add("output", picked(labels.outputs, kept));
  table.set_time("time");
  table.set_time("arrived");
  return sources::parquet_bytes(table, details);
}

// Behind all that came before, whatever the clocks of their writers said.
TimePoint arrival(const fs::path& model_folder, const Clock& clock) {
  const std::vector<LogFile> files = log_files(model_folder, LogKind::kLabels);
  TimePoint now = clock.now();
  if (files.empty()) return now;
  if (const auto newest = time_of_stamp(files.back().stamp)) now = std::max(now, *newest + std::chrono::microseconds(1));
  return now;
}

void write_labels(const fs::path& model_folder, const LabelColumns& labels, const std::vector<std::int64_t>& kept, const Clock& clock) {
  const TimePoint arrived = arrival(model_folder, clock);
  const fs::path folder = label_partition(model_folder, arrived);
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw Error(ErrorCode::kIo, upkeep::format("cannot make folder \"{}\": {}", folder.string(), problem.message()));
  write_new_file(folder / new_file_name(arrived), encoded(labels, kept, arrived));
}

// Outputs that labels name are those of the logged answers, where there are any.
void check_outputs(const fs::path& folder, const std::string& model, const LabelColumns& labels) {
  const std::set<std::string> named(labels.outputs.begin(), labels.outputs.end());
  if (named == std::set<std::string>{""}) return;
  const std::set<std::string> outputs = logged_outputs(folder, model);
  for (const std::string& output : named)
    if (!output.empty() && !outputs.empty() && !outputs.contains(output))
      throw unknown_name("output", output, {outputs.begin(), outputs.end()});
}

LabelCounts append(const fs::path& folder, const std::string& model, LabelColumns labels, const Clock& clock) {
  if (labels.ids.empty()) return {};
  check_outputs(folder, model, labels);
  Requests requests = requests_of(labels);
  find_requests(folder / model, requests);
  std::vector<std::int64_t> kept;
  const LabelCounts counts = resolve(labels, requests, kept);
  if (kept.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("request id \"{}\" stands for {} logged requests, so its label is of none of them", labels.ids.front(),
                               requests.at(labels.ids.front()).answered.size()),
                "give every request an id of its own");
  write_labels(folder / model, labels, kept, clock);
  return counts;
}

// --- reading -----------------------------------------------------------------------------------------------------------

Tensor whole_rows(const Tensor& given) {
  const Tensor wide = given.cast(DType::kFloat64);
  std::vector<std::int32_t> rows;
  for (const double row : wide.data<double>()) rows.push_back(std::isnan(row) ? -1 : static_cast<std::int32_t>(row));
  return Tensor(given.shape(), std::move(rows));
}

// One file's labels as readers know them.
Table label_file(const LogFile& file) {
  return in_context(file.path.string(), [&] {
    const Table read = sources::load_parquet(file.path);
    const Shape shape{read.rows()};
    const bool texts = read.has("label_text") &&
                       std::ranges::any_of(read.column("label_text").strings(), [](const std::string& text) { return !text.empty(); });
    Table made;
    made.add("request_id", read.column("request_id"));
    made.add("row", whole_rows(read.column("row")));
    made.add("time", read.column("time").cast(DType::kInt64));
    if (!texts) {
      made.add("label", read.column("label"));
    } else {
      std::vector<std::string> labels = read.column("label_text").strings();
      const Tensor numbers = read.column("label").cast(DType::kFloat64);
      for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i].empty()) labels[i] = upkeep::format("{}", numbers.data<double>()[i]);
      made.add("label", Tensor(shape, std::move(labels)));
    }
    made.add("source", read.column("source"));
    const std::int64_t stamp = time_of_stamp(file.stamp).value_or(TimePoint()).time_since_epoch().count();
    made.add("arrived", read.has("arrived") ? read.column("arrived").cast(DType::kInt64) : Tensor::full<std::int64_t>(shape, stamp));
    const bool outputs = read.has("output") && read.column("output").dtype() == DType::kString;
    made.add("output", outputs ? read.column("output") : Tensor(shape, std::vector<std::string>(static_cast<std::size_t>(read.rows()))));
    return made;
  });
}

Table no_labels() {
  Table none;
  none.add("request_id", Tensor({0}, std::vector<std::string>{}));
  none.add("row", Tensor({0}, std::vector<std::int32_t>{}));
  none.add("time", Tensor({0}, std::vector<std::int64_t>{}));
  none.add("label", Tensor({0}, std::vector<double>{}));
  none.add("source", Tensor({0}, std::vector<std::string>{}));
  none.add("arrived", Tensor({0}, std::vector<std::int64_t>{}));
  none.add("output", Tensor({0}, std::vector<std::string>{}));
  return none;
}

struct Subject {  // of a label
  std::string_view id;
  std::int32_t row;
  std::string_view output;
  bool operator==(const Subject&) const = default;
};
struct SubjectHash {
  std::size_t operator()(const Subject& key) const {
    const std::hash<std::string_view> hash;
    return (hash(key.id) * 31 + static_cast<std::size_t>(key.row)) * 31 + hash(key.output);
  }
};

}  // namespace

LabelCounts append_labels(const fs::path& folder, const std::string& model, const Table& labels, const LabelReading& reading) {
  return append(folder, model, label_columns(labels, reading), reading.clock);
}

LabelCounts append_labels(const fs::path& folder, const std::string& model, const std::vector<Label>& labels) {
  const Shape shape{static_cast<std::int64_t>(labels.size())};
  const bool numbers = std::ranges::all_of(labels, [](const Label& label) { return std::holds_alternative<double>(label.value); });
  std::vector<std::string> ids, texts, sources, outputs;
  std::vector<double> rows, values;
  std::vector<std::int64_t> times;
  const std::int64_t now = system_clock().now().time_since_epoch().count();
  for (const Label& label : labels) {
    ids.push_back(label.request_id);
    rows.push_back(label.row ? static_cast<double>(*label.row) : std::numeric_limits<double>::quiet_NaN());
    times.push_back(label.time ? label.time->time_since_epoch().count() : now);
    sources.push_back(label.source);
    outputs.push_back(label.output);
    const double* number = std::get_if<double>(&label.value);
    if (numbers) values.push_back(*number);
    else texts.push_back(number ? upkeep::format("{}", *number) : std::get<std::string>(label.value));
  }
  Table table;
  table.add("request_id", Tensor(shape, std::move(ids)));
  table.add("row", Tensor(shape, std::move(rows)));
  table.add("time", Tensor(shape, std::move(times)));
  table.set_time("time");
  table.add("label", numbers ? Tensor(shape, std::move(values)) : Tensor(shape, std::move(texts)));
  table.add("source", Tensor(shape, std::move(sources)));
  table.add("output", Tensor(shape, std::move(outputs)));
  return append_labels(folder, model, table);
}

Table read_labels(const fs::path& folder, const std::string& model) {
  const std::vector<Table> parts = with_log_files(folder / model, LogKind::kLabels, {}, [](const std::vector<LogFile>& files) {
    std::vector<Table> tables;
    for (const LogFile& file : files) tables.push_back(label_file(file));
    return tables;
  });
  if (parts.empty()) return no_labels();
  const Table all = stack(parts);
  const auto arrived = all.column("arrived").data<std::int64_t>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(all.rows()));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {}, [&](std::int64_t row) { return arrived[static_cast<std::size_t>(row)]; });
  const auto& ids = all.column("request_id").strings();
  const auto rows = all.column("row").data<std::int32_t>();
  const auto& outputs = all.column("output").strings();
  std::unordered_set<Subject, SubjectHash> met;
  std::vector<std::int64_t> kept;
  for (auto at = order.rbegin(); at != order.rend(); ++at)  // the last one of each
    if (const auto i = static_cast<std::size_t>(*at); met.insert({ids[i], rows[i], outputs[i]}).second) kept.push_back(*at);
  std::ranges::reverse(kept);
  return all.take(kept);
}

}  // namespace upkeep
