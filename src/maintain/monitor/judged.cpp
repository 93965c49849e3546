#include "maintain/monitor/judged.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

// One judged row before all of them are brought into one form.
struct Answered {
  std::int64_t row = 0;       // of the log
  std::vector<float> scores;  // or the one number
  std::string answer;         // of labels
  std::string label;
  double target = 0;  // a number or an index; -1: no known class
};

struct Part {
  JudgedAs as = JudgedAs::kNumbers;
  double threshold = 0.5;
  std::vector<Answered> rows;
};

struct Labelled {
  std::int64_t row = 0;    // of the answers
  std::int64_t label = 0;  // row of the labels
};

// "out.dense_1.0", "out.dense_1.1", ... in order.
std::vector<std::string> output_columns(const Table& answers, const std::string& output) {
  std::vector<std::string> columns;
  for (const auto& [name, values] : answers.columns())
    if (name.starts_with("out.") && name.substr(4, name.rfind('.') - 4) == output) columns.push_back(name);
  if (columns.empty())
    throw Error(ErrorCode::kNotFound, upkeep::format("the log has no output \"{}\"", output), "its columns are: " + join(answers.names()));
  return columns;
}

// The first output that has a value in one of the rows; empty: none.
std::string seen_output(const Table& answers, const std::vector<Labelled>& rows) {
  std::string first;
  for (const auto& [name, values] : answers.columns()) {
    if (!name.starts_with("out.")) continue;
    const std::string output = name.substr(4, name.rfind('.') - 4);
    if (first.empty()) first = output;
    if (std::ranges::any_of(rows, [&](const Labelled& one) { return !is_missing(values, one.row); })) return output;
  }
  return first;
}

OutputSignature output_of_log(const Table& answers, const std::vector<Labelled>& rows, const std::string& name) {
  OutputSignature output{.name = name.empty() ? seen_output(answers, rows) : name, .dims = {}, .classes = {}, .targets = {}};
  const std::vector<std::string> columns = output_columns(answers, output.name);
  const DType dtype = answers.column(columns.front()).dtype();
  const bool labels = columns.size() == 1 && (dtype == DType::kString || is_integer_type(dtype));
  output.answer = labels ? Answer::kLabel : columns.size() > 1 ? Answer::kClasses : Answer::kNumber;
  return output;
}

JudgedAs form_of(const OutputSignature& output, std::size_t width) {
  if (output.answer == Answer::kLabel) return JudgedAs::kLabels;
  if (output.answer == Answer::kClasses || (width > 1 && output.targets.size() <= 1)) return JudgedAs::kScores;
  if (width > 1)
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("output \"{}\" answers {} targets at once, a label is one value", output.name, width),
                "quality is measured of outputs with one target");
  if (output.answer == Answer::kBinary || output.classes.size() == 2) return JudgedAs::kBinary;
  return JudgedAs::kNumbers;
}

std::optional<bool> truth_of(const std::string& text) {
  for (const char* yes : {"true", "True", "TRUE"})
    if (text == yes) return true;
  for (const char* no : {"false", "False", "FALSE"})
    if (text == no) return false;
  return std::nullopt;
}

// Numbers that say the same are the same text.
std::string plain(const std::string& text) {
  if (const auto number = parse_number(text); number && !text.empty()) return upkeep::format("{}", *number);
  return text;
}

class Reader {
 public:
  Reader(const Table& answers, const std::vector<std::string>& labels, const OutputSignature& output, Judged& counts)
      : output_(output), labels_(labels), counts_(counts) {
    const std::vector<std::string> columns = output_columns(answers, output.name);
    part_.as = form_of(output, columns.size());
    part_.threshold = output.threshold;
    for (const std::string& column : columns) {
      if (part_.as == JudgedAs::kLabels) answer_words_ = words(answers.column(column));
      else scores_.push_back(doubles(answers.column(column)));
    }
  }

  Part read(const std::vector<Labelled>& rows, const std::vector<std::int64_t>& places) {
    for (std::size_t i = 0; i < rows.size(); ++i) add(rows[i], places[i]);
    return std::move(part_);
  }

 private:
  void add(const Labelled& at, std::int64_t place) {
    Answered one{.row = place, .scores = {}, .answer = {}, .label = labels_[static_cast<std::size_t>(at.label)]};
    if (one.label.empty()) return void(++counts_.unusable);
    if (!read_answer(at.row, one)) return void(++counts_.unanswered);
    if (!read_label(one)) return void(++counts_.unusable);
    counts_.unknown_classes += part_.as != JudgedAs::kNumbers && part_.as != JudgedAs::kLabels && one.target < 0;
    part_.rows.push_back(std::move(one));
  }

  bool read_answer(std::int64_t row, Answered& one) const {
    const auto at = static_cast<std::size_t>(row);
    if (part_.as == JudgedAs::kLabels) {
      one.answer = named(answer_words_[at]);
      return !one.answer.empty();
    }
    for (const std::vector<double>& column : scores_) one.scores.push_back(static_cast<float>(column[at]));
    return std::ranges::none_of(one.scores, [](float score) { return std::isnan(score); });
  }

  bool read_label(Answered& one) const {
    if (part_.as == JudgedAs::kLabels) {
      one.label = named(one.label);
      return true;
    }
    if (part_.as == JudgedAs::kNumbers) {
      const auto number = parse_number(one.label);
      const auto truth = truth_of(one.label);
      if (!truth && (!number || !std::isfinite(*number))) return false;
      one.target = truth ? static_cast<double>(*truth) : *number;
      return true;
    }
    const bool binary = part_.as == JudgedAs::kBinary;
    const auto index = class_of(one.label, output_.classes, binary ? 2 : std::ssize(one.scores));
    one.target = index ? static_cast<double>(*index) : 0;
    return index.has_value();
  }

  // A class by its name where the output knows names for the numbers that it answers.
  std::string named(const std::string& text) const {
    if (output_.classes.empty() || std::ranges::contains(output_.classes, text)) return plain(text);
    const auto index = class_of(text, output_.classes, std::ssize(output_.classes));
    return index && *index >= 0 ? plain(output_.classes[static_cast<std::size_t>(*index)]) : plain(text);
  }

  const OutputSignature& output_;
  const std::vector<std::string>& labels_;
  Judged& counts_;
  Part part_;
  std::vector<std::string> answer_words_;
  std::vector<std::vector<double>> scores_;
};

Tensor float_column(const std::vector<Answered>& rows, auto value) {
  std::vector<float> values;
  for (const Answered& one : rows) values.push_back(static_cast<float>(value(one)));
  return Tensor({std::ssize(rows), 1}, std::move(values));
}

// Scores beside each other; a row of fewer classes has no chance for the others, and neither have labels of no known class.
void assemble_scores(const std::vector<Answered>& rows, Judged& judged) {
  std::size_t classes = 0;
  bool unknown = false;
  for (const Answered& one : rows) {
    classes = std::max(classes, one.scores.size());
    unknown = unknown || one.target < 0;
  }
  const std::size_t width = classes + unknown;
  std::vector<float> scores;
  std::vector<std::int64_t> targets;
  for (const Answered& one : rows) {
    const float least = std::ranges::min(one.scores);
    const float none = least >= 0 ? 0.0F : least - 50.0F;  // a probability, or a logit
    scores.insert(scores.end(), one.scores.begin(), one.scores.end());
    scores.insert(scores.end(), width - one.scores.size(), none);
    targets.push_back(one.target < 0 ? static_cast<std::int64_t>(classes) : static_cast<std::int64_t>(one.target));
  }
  judged.predictions = Tensor({std::ssize(rows), static_cast<std::int64_t>(width)}, std::move(scores));
  judged.targets = Tensor({std::ssize(rows), 1}, std::move(targets));
}

void assemble_labels(const std::vector<Answered>& rows, Judged& judged) {
  std::map<std::string, std::size_t> indices;
  for (const Answered& one : rows) {
    indices.try_emplace(one.answer, 0);
    indices.try_emplace(one.label, 0);
  }
  std::size_t next = 0;
  for (auto& [name, index] : indices) index = next++;
  const std::size_t width = std::max<std::size_t>(2, indices.size());  // one column would be a binary answer
  std::vector<float> chosen(rows.size() * width, 0.0F);
  std::vector<std::int64_t> targets;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    chosen[i * width + indices[rows[i].answer]] = 1.0F;
    targets.push_back(static_cast<std::int64_t>(indices[rows[i].label]));
  }
  judged.predictions = Tensor({std::ssize(rows), static_cast<std::int64_t>(width)}, std::move(chosen));
  judged.targets = Tensor({std::ssize(rows), 1}, std::move(targets));
}

void assemble(const Part& part, Judged& judged) {
  judged.as = part.as;
  judged.threshold = part.threshold;
  for (const Answered& one : part.rows) judged.rows.push_back(one.row);
  if (part.as == JudgedAs::kScores && !part.rows.empty()) return assemble_scores(part.rows, judged);
  if (part.as == JudgedAs::kLabels && !part.rows.empty()) return assemble_labels(part.rows, judged);
  judged.predictions = float_column(part.rows, [](const Answered& one) { return one.scores.front(); });
  judged.targets = float_column(part.rows, [](const Answered& one) { return one.target; });
}

bool are_words(const std::vector<std::string>& labels) {
  return std::ranges::any_of(labels, [](const std::string& label) { return !label.empty() && !parse_number(label) && !truth_of(label); });
}

Part read_version(const JoinedLog& log, const std::vector<Labelled>& rows, const std::vector<std::string>& labels,
                  const Signature* signature, const std::string& output, Judged& counts) {
  std::vector<std::int64_t> places;
  for (const Labelled& one : rows) places.push_back(one.row);
  const OutputSignature* known = !signature       ? nullptr
                                 : output.empty() ? judged_by(*signature, are_words(labels))
                                                  : signature->output(output);
  if (signature && !known) {
    counts.unusable += std::ssize(rows);
    counts.notes.push_back(output.empty() ? "the model has no output that a label can judge: its outputs are tensors"
                                          : upkeep::format("the model has no output \"{}\", of which there are labels", output));
    return {};
  }
  const OutputSignature judged = known ? *known : output_of_log(log.predictions, rows, output);
  return Reader(log.predictions, labels, judged, counts).read(rows, places);
}

const Signature* signature_for(std::int64_t version, const JudgedOutputs& outputs) {
  if (const auto found = outputs.versions.find(version); found != outputs.versions.end()) return &found->second;
  return outputs.otherwise ? &*outputs.otherwise : nullptr;
}

}  // namespace

const OutputSignature* judged_by(const Signature& signature, bool text_labels) {
  const OutputSignature* output = signature.judged_output();
  if (!output || !output->classes.empty() || output->answer == Answer::kLabel || output->answer == Answer::kTensor) return output;
  const auto label = std::ranges::find(signature.outputs, Answer::kLabel, &OutputSignature::answer);
  const bool scores = output->answer == Answer::kClasses || (output->dims && output->dims->size() > 1 && output->dims->back() != 1);
  return label != signature.outputs.end() && (text_labels || scores) ? &*label : output;
}

std::optional<std::int64_t> class_of(const std::string& label, const std::vector<std::string>& classes, std::int64_t count) {
  if (const auto found = std::ranges::find(classes, label); found != classes.end()) return found - classes.begin();
  const auto number = parse_number(label);
  bool numeric = !classes.empty();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto value = parse_number(classes[i]);
    numeric = numeric && value;
    if (number && value && *value == *number) return static_cast<std::int64_t>(i);
  }
  if (const auto truth = truth_of(label); truth && count == 2 && (classes.empty() || numeric)) return *truth;
  if (number && std::isfinite(*number) && !numeric) {
    if (*number != std::floor(*number)) return std::nullopt;
    return *number >= 0 && *number < static_cast<double>(count) ? static_cast<std::int64_t>(*number) : std::int64_t{-1};
  }
  if (classes.empty()) return std::nullopt;
  return -1;
}

Judged judge(const JoinedLog& log, const std::vector<std::int64_t>& rows, const JudgedOutputs& outputs) {
  Judged judged;
  std::map<std::int64_t, std::vector<Labelled>> by_version;
  for (const std::int64_t row : rows)
    if (log.labelled(row) && !log.failed(row))
      by_version[log.versions[static_cast<std::size_t>(row)]].push_back({row, log.label_rows[static_cast<std::size_t>(row)]});
  if (by_version.empty()) return judged;
  const std::vector<std::string> labels = words(log.labels.column("label"));
  Part newest;
  for (auto& [version, its] : by_version | std::views::reverse) {
    Judged counts;
    Part part = read_version(log, its, labels, signature_for(version, outputs), outputs.output, counts);
    if (!newest.rows.empty() && !part.rows.empty() && part.as != newest.as) {
      judged.notes.push_back(
          upkeep::format("version {} answers in another form than version {}: its {} labelled rows are judged under the version alone",
                         version, by_version.rbegin()->first, part.rows.size()));
      continue;
    }
    judged.unusable += counts.unusable;
    judged.unanswered += counts.unanswered;
    judged.unknown_classes += counts.unknown_classes;
    for (const std::string& note : counts.notes)
      if (!std::ranges::contains(judged.notes, note)) judged.notes.push_back(note);
    if (newest.rows.empty()) {
      newest.as = part.as;
      newest.threshold = part.threshold;
    }
    std::ranges::move(part.rows, std::back_inserter(newest.rows));
  }
  std::ranges::stable_sort(newest.rows, {}, &Answered::row);
  assemble(newest, judged);
  return judged;
}

Judged judge_table(const Table& table, const std::string& target, const Table& answers, const Signature& signature,
                   const std::string& name) {
  Judged judged;
  const Tensor& column = table.column(target);
  if (column.size() != table.rows() || answers.rows() != table.rows()) return judged;
  const std::vector<std::string> labels = words(column);
  const OutputSignature* output = name.empty() ? judged_by(signature, are_words(labels)) : signature.output(name);
  if (!output) return judged;
  std::vector<Labelled> rows;
  std::vector<std::int64_t> places;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    rows.push_back({row, row});
    places.push_back(row);
  }
  assemble(Reader(answers, labels, *output, judged).read(rows, places), judged);
  return judged;
}

}  // namespace upkeep
