#include "maintain/monitor/foreign_log.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"
#include "log/reader.hpp"
#include "log/schema.hpp"
#include "maintain/monitor/foreign_tables.hpp"
#include "maintain/monitor/judged.hpp"

namespace upkeep {

namespace {

constexpr std::string_view kOfTable = "the table";
constexpr std::int64_t kDayLength = std::int64_t{86'400} * 1'000'000;

// A column of the table, and what the log calls it.
struct Mapped {
  std::string column;
  std::string logged;
};

std::vector<Mapped> feature_columns_of(const Signature& signature) {
  std::vector<Mapped> features;
  for (const LogColumn& column : log_columns(signature)) {
    const InputSignature* input = column.is_input ? signature.input(column.tensor) : nullptr;
    if (input && column.feature) features.push_back({input->features[*column.feature].column, column.name});
  }
  if (features.empty())
    throw Error(ErrorCode::kFailedPrecondition, "nothing is known of the columns that feed the model",
                "say it with upkeep sign MODEL --feature COLUMN=KIND ..., or give the table it was trained on as --reference");
  return features;
}

std::vector<std::string> names_of(const std::vector<OutputSignature>& outputs) {
  std::vector<std::string> names;
  for (const OutputSignature& output : outputs) names.push_back(output.name);
  return names;
}

// Columns by the outputs that they are of; `what` they hold, for messages.
std::map<std::string, std::vector<std::string>> columns_by_output(const std::vector<std::string>& named, const Signature& signature,
                                                                  std::string_view what) {
  std::map<std::string, std::vector<std::string>> columns;
  for (const std::string& text : named) {
    const std::size_t sign = text.find('=');
    if (sign != std::string::npos && signature.output(text.substr(0, sign))) {
      columns[text.substr(0, sign)].push_back(text.substr(sign + 1));
      continue;
    }
    const OutputSignature* judged = signature.judged_output();
    if (!judged)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("which output's {} does column \"{}\" hold?", what, text),
                  "write OUTPUT=COLUMN; outputs are: " + join(names_of(signature.outputs)));
    columns[judged->name].push_back(text);
  }
  return columns;
}

std::size_t width_of(const OutputSignature& output) {
  if (output.answer == Answer::kLabel || output.answer == Answer::kBinary) return 1;
  if (output.dims && output.dims->size() > 1 && output.dims->back() > 0) return static_cast<std::size_t>(output.dims->back());
  return std::max<std::size_t>(1, std::max(output.classes.size(), output.targets.size()));
}

void check_width(const OutputSignature& output, const std::vector<std::string>& columns) {
  const std::size_t width = width_of(output);
  const bool classes = output.answer == Answer::kClasses;
  if (columns.size() == width || (classes && columns.size() == 1)) return;
  throw Error(ErrorCode::kInvalidArgument,
              upkeep::format("output \"{}\" answers {}, and {} columns of predictions are named", output.name,
                             classes ? upkeep::format("{} classes", width) : upkeep::format("{} values a row", width), columns.size()),
              !classes && output.answer != Answer::kBinary ? "name a column for each value"
              : classes ? upkeep::format("name a column of scores for each class{}, or one column that holds the classes",
                                         output.classes.empty() ? "" : " in the order " + join(output.classes))
                        : "name the column of the second class's score, or of the classes");
}

// Whether one column holds classes where the output gives scores.
bool holds_classes(const OutputSignature& output, const Tensor& values) {
  if (output.answer != Answer::kClasses && output.answer != Answer::kBinary) return false;
  if (values.dtype() == DType::kString || values.dtype() == DType::kBool || is_integer_type(values.dtype())) return true;
  const std::vector<double> numbers = doubles(values);
  const bool whole = std::ranges::all_of(numbers, [](double value) { return std::isnan(value) || value == std::floor(value); });
  const bool several = std::ranges::any_of(numbers, [](double value) { return value > 0; });
  if (output.answer == Answer::kClasses) {
    if (whole) return true;  // whole numbers with gaps
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("output \"{}\" answers classes, and its one column holds fractions", output.name),
                "name a column of scores for each class, or one of classes");
  }
  const bool zero_one = whole && std::ranges::all_of(numbers, [](double value) { return std::isnan(value) || value == 0 || value == 1; });
  return zero_one && several;
}

// By name: "1" of the classes no and yes is yes.
Tensor class_names(const OutputSignature& output, const Tensor& values) {
  std::vector<std::string> names = words(values);
  const auto count = output.answer == Answer::kBinary ? std::int64_t{2} : static_cast<std::int64_t>(width_of(output));
  for (std::string& name : names) {
    if (name.empty() || std::ranges::contains(output.classes, name)) continue;
    const auto index = class_of(name, output.classes, count);
    if (index && *index >= 0) name = output.classes.empty() ? std::to_string(*index) : output.classes[static_cast<std::size_t>(*index)];
  }
  const Shape shape{std::ssize(names)};
  return Tensor(shape, std::move(names));
}

// Times without an offset are in UTC, as data frames keep them; counts those.
std::vector<std::int64_t> times_in_texts(const std::vector<std::string>& texts, const std::string& column, std::int64_t& without_offset) {
  std::vector<std::int64_t> times;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const std::string& text = texts[row];
    if (text.empty()) throw bad_row(kOfTable, row, upkeep::format("the {} is missing", column));
    const bool open = text.size() > 10 && !text.ends_with('Z') && text.find_first_of("+-", 11) == std::string::npos;
    try {
      times.push_back(time_from_iso8601(open ? text + 'Z' : text).time_since_epoch().count());
    } catch (const Error&) {
      throw bad_row(kOfTable, row, upkeep::format("\"{}\" of column \"{}\" is no time", text, column),
                    "times are written as 2026-01-31T12:00:00Z, 2026-01-31 14:00:00+02:00 or 2026-01-31, or are numbers since 1970");
    }
    without_offset += open;
  }
  return times;
}

std::vector<std::int64_t> times_of(const Table& table, const ForeignLog& what, std::int64_t& without_offset) {
  if (table.column(what.time).dtype() == DType::kString || (table.is_time(what.time) && table.has_texts(what.time)))
    return times_in_texts(table.texts(what.time).strings(), what.time, without_offset);
  Table cells;
  cells.add(what.time, table.column(what.time));
  if (table.is_time(what.time)) cells.set_time(what.time);
  std::vector<std::int64_t> times = times_in(cells, what.time, what.time_unit, kOfTable);
  const auto of_day = [](std::int64_t time) { return time >= 0 && time < kDayLength; };
  if (table.is_time(what.time) && !times.empty() && std::ranges::all_of(times, of_day))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("column \"{}\" holds times of day without a date", what.time),
                "--time names the column of dates and times");
  return times;
}

class Reading {
 public:
  Reading(const ForeignLog& what, const Signature& signature)
      : what_(what),
        signature_(signature),
        features_(feature_columns_of(signature)),
        answers_(columns_by_output(what.predictions, signature, "answers")),
        labels_(columns_by_output(what.labels, signature, "labels")) {
    for (const auto& [output, columns] : answers_) check_width(*signature.output(output), columns);
    for (const auto& [output, columns] : labels_) {
      if (!answers_.contains(output))
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("labels judge answers, and no column of answers of output \"{}\" is named", output),
                    "name it with --prediction COLUMN or OUTPUT=COLUMN");
      if (columns.size() > 1)
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} columns of labels of output \"{}\"", columns.size(), output),
                    "one is taken: OUTPUT=COLUMN");
    }
  }

  ReadForeignLog run() {
    Table raw = read_foreign_tables(what_.tables, needed(), [&](const Table& file) { return kept_of(file); });
    if (without_offset_ > 0) read_.notes.push_back(upkeep::format("{} times without an offset are taken as UTC", without_offset_));
    if (raw.rows() == 0) return std::move(read_);
    assemble(in_window(raw));
    return std::move(read_);
  }

 private:
  std::vector<std::string> needed() const {
    std::vector<std::string> columns;
    const auto add = [&](const std::string& column) {
      if (!column.empty() && !std::ranges::contains(columns, column)) columns.push_back(column);
    };
    for (const std::string& column : {what_.time, what_.id, what_.version}) add(column);
    for (const Mapped& feature : features_) add(feature.column);
    for (const auto* by_output : {&answers_, &labels_})
      for (const auto& [_, of] : *by_output)
        for (const std::string& column : of) add(column);
    return columns;
  }

  // One file's part under the log's names.
  Table kept_of(const Table& file) {
    Table kept;
    kept.add("time", Tensor({file.rows()}, times_of(file, what_, without_offset_)));
    if (!what_.id.empty()) {
      Table cells;
      cells.add(what_.id, as_it_stands(file, what_.id));
      kept.add("request_id", Tensor({file.rows()}, ids_in(cells, what_.id, kOfTable)));
    }
    if (!what_.version.empty()) kept.add("version", Tensor({file.rows()}, words(as_it_stands(file, what_.version))));
    for (const auto& [output, columns] : labels_) kept.add("label." + output, labels_in(file, columns.front(), *signature_.output(output)));
    for (const Mapped& feature : features_) kept.add(feature.logged, scalar(file, feature.column));
    for (const auto& [output, columns] : answers_)
      for (std::size_t i = 0; i < columns.size(); ++i) kept.add(upkeep::format("out.{}.{}", output, i), scalar(file, columns[i]));
    return kept;
  }

  // A name: "007" is not 7.
  static Tensor as_it_stands(const Table& file, const std::string& column) {
    return file.has_texts(column) ? file.texts(column) : file.column(column);
  }

  // Names of classes as they stand there, missing ones empty: "True" is no 1.
  static Tensor labels_in(const Table& file, const std::string& column, const OutputSignature& output) {
    Tensor values = scalar(file, column);
    if (output.answer == Answer::kNumber || !file.has_texts(column) || values.dtype() == DType::kString) return values;
    std::vector<std::string> texts = file.texts(column).strings();
    for (std::int64_t row = 0; row < file.rows(); ++row)
      if (is_missing(values, row)) texts[static_cast<std::size_t>(row)].clear();
    return Tensor({file.rows()}, std::move(texts));
  }

  static Tensor scalar(const Table& file, const std::string& column) {
    const Tensor& values = file.column(column);
    if (values.size() != file.rows())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("column \"{}\" holds arrays, not one value a row", column));
    return values;
  }

  Table in_window(const Table& raw) const {
    std::vector<std::int64_t> rows;
    const std::vector<std::int64_t> times = integers(raw.column("time"));
    for (std::size_t i = 0; i < times.size(); ++i)
      if (times[i] >= what_.since.time_since_epoch().count() && times[i] <= what_.until.time_since_epoch().count())
        rows.push_back(static_cast<std::int64_t>(i));
    std::ranges::stable_sort(rows, {}, [&](std::int64_t row) { return times[static_cast<std::size_t>(row)]; });
    return raw.take(rows);
  }

  // The numbers of a registry's versions as they are; any other texts are names ("1.10" is not 1.1), in the order of their first answers.
  std::vector<std::int64_t> versions_of(const Table& raw) {
    if (!raw.has("version")) return std::vector<std::int64_t>(static_cast<std::size_t>(raw.rows()), what_.only_version);
    const std::vector<std::string>& texts = raw.column("version").strings();
    std::map<std::string, std::int64_t> numbers;
    VersionNames names;
    bool all_numbers = true;
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (texts[row].empty()) throw bad_row(kOfTable, row, "the version is missing");
      const auto number = parse_number(texts[row]);
      all_numbers =
          all_numbers && number && *number >= 0 && *number < 1e15 && texts[row] == std::to_string(static_cast<std::int64_t>(*number));
      if (const auto [name, fresh] = numbers.try_emplace(texts[row], std::ssize(numbers) + 1); fresh)
        names.emplace(name->second, texts[row]);
    }
    if (!all_numbers) read_.log.version_names = std::move(names);
    std::vector<std::int64_t> versions;
    for (const std::string& text : texts)
      versions.push_back(all_numbers ? static_cast<std::int64_t>(*parse_number(text)) : numbers.at(text));
    return versions;
  }

  void assemble(const Table& raw) {
    const auto count = static_cast<std::size_t>(raw.rows());
    Table& made = read_.log.predictions;
    std::vector<std::string> ids;
    if (raw.has("request_id")) ids = raw.column("request_id").strings();
    else
      for (std::size_t row = 0; row < count; ++row) ids.push_back(std::to_string(row));
    read_.log.times = integers(raw.column("time"));
    read_.log.versions = versions_of(raw);
    made.add("request_id", Tensor({raw.rows()}, ids));
    made.add("row", Tensor::full<std::int32_t>({raw.rows()}, 0));
    made.add("time", raw.column("time"));
    made.add("version", Tensor({raw.rows()}, read_.log.versions));
    made.add("error", Tensor({raw.rows()}, std::vector<std::string>(count)));
    for (const Mapped& feature : features_) made.add(feature.logged, raw.column(feature.logged));
    for (const auto& [output, columns] : answers_) add_answers(raw, *signature_.output(output), columns.size());
    read_.log.label_rows.assign(count, -1);
    add_labels(raw, ids);
  }

  void add_answers(const Table& raw, const OutputSignature& output, std::size_t width) {
    read_.outputs.insert(output.name);
    for (std::size_t i = 0; i < width; ++i) {
      const std::string name = upkeep::format("out.{}.{}", output.name, i);
      const Tensor& values = raw.column(name);
      const bool classes = width == 1 && holds_classes(output, values);
      if (classes) read_.labels.insert(output.name);
      else if (values.dtype() == DType::kString && output.answer != Answer::kLabel)
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("output \"{}\" answers numbers, and its column holds text", output.name));
      read_.log.predictions.add(name, classes ? class_names(output, values) : values);
    }
  }

  // One table of all outputs' labels, one output's below the other's.
  void add_labels(const Table& raw, const std::vector<std::string>& ids) {
    const Signature logged = signature_in(read_, signature_);
    const OutputSignature* judged = logged.judged_output();
    std::vector<Table> parts;
    for (const auto& [output, _] : labels_) {
      const Tensor& values = raw.column("label." + output);
      const std::vector<std::string> texts = words(values);
      std::vector<std::int64_t> rows;
      for (std::size_t row = 0; row < texts.size(); ++row)
        rows.push_back(texts[row].empty() ? -1 : std::ssize(parts) * raw.rows() + static_cast<std::int64_t>(row));
      (judged && judged->name == output ? read_.log.label_rows : read_.log.other_labels[output]) = std::move(rows);
      parts.emplace_back();
      parts.back().add("request_id", Tensor({raw.rows()}, ids));
      parts.back().add("row", Tensor::full<std::int32_t>({raw.rows()}, 0));
      parts.back().add("label", values);
      parts.back().add("output", Tensor({raw.rows()}, std::vector<std::string>(ids.size(), output)));
    }
    if (!parts.empty()) read_.log.labels = stack(parts);
  }

  const ForeignLog& what_;
  const Signature& signature_;
  const std::vector<Mapped> features_;
  const std::map<std::string, std::vector<std::string>> answers_, labels_;  // columns by output
  std::int64_t without_offset_ = 0;
  ReadForeignLog read_;
};

}  // namespace

ReadForeignLog read_foreign_log(const ForeignLog& what, const Signature& signature) { return Reading(what, signature).run(); }

Signature signature_in(const ReadForeignLog& read, Signature signature) {
  std::erase_if(signature.outputs, [&](const OutputSignature& output) { return !read.outputs.contains(output.name); });
  for (OutputSignature& output : signature.outputs) {
    if (!read.labels.contains(output.name)) continue;
    output.dims = {-1, output.answer == Answer::kBinary ? 2 : static_cast<std::int64_t>(width_of(output))};
    output.answer = Answer::kLabel;
  }
  return signature;
}

}  // namespace upkeep
