#include "maintain/monitor/judged.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/some_of.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

// One judged row before all of them are brought into one form.
struct Answered {
  std::int64_t row = 0;        // of the log
  std::vector<double> scores;  // or the one number
  std::string answer;          // of labels
  std::string label;
  double target = 0;  // a number or an index; -1: no known class
};

struct Part {
  JudgedAs as = JudgedAs::kNumbers;
  double threshold = 0.5;
  bool scores = true;
  bool wide = false;               // scores of float64
  std::int64_t classes = 0;        // known ones; 0: any may come
  std::vector<std::string> names;  // of them, where these are known
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
    throw Error(ErrorCode::kNotFound, upkeep::format("the log has no output \"{}\"", output),
                "its columns are: " + some_of(answers.names(), 40));
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

// How many classes are known of an output that answers them; 0: any may come.
std::int64_t known_classes(const OutputSignature& output, JudgedAs as, std::size_t columns) {
  if (as == JudgedAs::kNumbers) return 0;
  if (as == JudgedAs::kBinary) return 2;
  if (as == JudgedAs::kScores) return static_cast<std::int64_t>(columns);
  if (!output.classes.empty()) return std::ssize(output.classes);
  return output.dims && output.dims->size() == 2 && output.dims->back() > 1 ? output.dims->back() : 0;
}

// Answers that are classes as scores of 1 for each row's own: the known classes first, then all others that were answered. Where none are
// known, those that occur, of which 0 and 1 are no and yes. A label of none of them has the target -1.
void name_answers(Part& part, Judged& judged) {
  const auto yes_or_no = [](const Answered& one) {
    return (one.answer == "0" || one.answer == "1") && (one.label == "0" || one.label == "1");
  };
  if (part.classes == 0 && std::ranges::all_of(part.rows, yes_or_no)) part.classes = 2;
  std::map<std::string, std::size_t> indices;
  for (std::int64_t i = 0; i < part.classes; ++i)
    indices.emplace(part.names.empty() ? std::to_string(i) : part.names[static_cast<std::size_t>(i)], static_cast<std::size_t>(i));
  std::set<std::string> others;
  for (const Answered& one : part.rows) {
    if (!indices.contains(one.answer)) others.insert(one.answer);
    if (part.classes == 0) others.insert(one.label);
  }
  for (const std::string& name : others) indices.emplace(name, indices.size());
  if (part.classes > 0)
    judged.unknown_answers = std::ranges::count_if(part.rows, [&](const Answered& one) { return others.contains(one.answer); });
  // Two columns would make the second class of two that have no order.
  const std::size_t width = part.classes == 0 ? std::max<std::size_t>(3, indices.size()) : indices.size();
  if (width == 2) part.as = JudgedAs::kBinary;
  for (Answered& one : part.rows) {
    one.scores.assign(width, 0.0);
    one.scores[indices.at(one.answer)] = 1.0;
    const auto label = indices.find(one.label);
    one.target = label == indices.end() ? -1.0 : static_cast<double>(label->second);
  }
}

class Reader {
 public:
  Reader(const Table& answers, const std::vector<std::string>& labels, const OutputSignature& output, Judged& counts)
      : output_(output), labels_(labels), counts_(counts) {
    const std::vector<std::string> columns = output_columns(answers, output.name);
    part_.as = form_of(output, columns.size());
    part_.scores = part_.as != JudgedAs::kLabels;
    part_.threshold = part_.scores ? output.threshold : 0.5;
    part_.names = output.classes;
    part_.classes = known_classes(output, part_.as, columns.size());
    for (const std::string& column : columns) {
      if (!part_.scores) answer_words_ = words(answers.column(column));
      else scores_.push_back(doubles(answers.column(column)));
      part_.wide = part_.wide || size_bits(answers.column(column).dtype()) > 32;
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
    part_.rows.push_back(std::move(one));
  }

  bool read_answer(std::int64_t row, Answered& one) const {
    const auto at = static_cast<std::size_t>(row);
    if (!part_.scores) {
      one.answer = named(answer_words_[at]);
      return !one.answer.empty();
    }
    for (const std::vector<double>& column : scores_) one.scores.push_back(column[at]);
    return std::ranges::none_of(one.scores, [](double score) { return std::isnan(score); });
  }

  bool read_label(Answered& one) const {
    if (!part_.scores) {
      one.label = named(one.label);
      return part_.classes == 0 || one.label == one.answer || class_of(one.label, output_.classes, part_.classes).has_value();
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

  // A class by its name, or by its index where names are not known.
  std::string named(const std::string& text) const {
    if (std::ranges::contains(output_.classes, text)) return text;
    const auto index = part_.classes == 0 ? std::nullopt : class_of(text, output_.classes, part_.classes);
    if (!index || *index < 0) return plain(text);
    return output_.classes.empty() ? std::to_string(*index) : output_.classes[static_cast<std::size_t>(*index)];
  }

  const OutputSignature& output_;
  const std::vector<std::string>& labels_;
  Judged& counts_;
  Part part_;
  std::vector<std::string> answer_words_;
  std::vector<std::vector<double>> scores_;
};

Tensor column_of(const std::vector<Answered>& rows, DType dtype, auto value) {
  std::vector<double> values;
  for (const Answered& one : rows) values.push_back(value(one));
  return Tensor({std::ssize(rows), 1}, std::move(values)).cast(dtype);
}

// Scores beside each other; a row of fewer classes has no chance for the others.
void assemble_scores(const Part& part, Judged& judged) {
  const std::vector<Answered>& rows = part.rows;
  std::size_t width = 0;
  for (const Answered& one : rows) width = std::max(width, one.scores.size());
  std::vector<double> scores;
  std::vector<std::int64_t> targets;
  for (const Answered& one : rows) {
    const double least = std::ranges::min(one.scores);
    scores.insert(scores.end(), one.scores.begin(), one.scores.end());
    scores.insert(scores.end(), width - one.scores.size(), least >= 0 ? 0.0 : least - 50.0);  // a probability, or a logit
    targets.push_back(static_cast<std::int64_t>(one.target));
  }
  judged.predictions =
      Tensor({std::ssize(rows), static_cast<std::int64_t>(width)}, std::move(scores)).cast(part.wide ? DType::kFloat64 : DType::kFloat32);
  judged.targets = Tensor({std::ssize(rows), 1}, std::move(targets));
}

bool are_logits(const Part& part) {
  const auto outside = [](double score) { return score < 0 || score > 1; };
  return (part.as == JudgedAs::kBinary && (part.threshold <= 0 || part.threshold >= 1)) ||
         std::ranges::any_of(part.rows, [&](const Answered& one) { return std::ranges::any_of(one.scores, outside); });
}

void assemble(Part part, Judged& judged) {
  if (!part.scores) name_answers(part, judged);
  if (part.as != JudgedAs::kNumbers)
    judged.unknown_classes = std::ranges::count_if(part.rows, [](const Answered& one) { return one.target < 0; });
  judged.as = part.as;
  judged.threshold = part.threshold;
  judged.scores = part.scores;
  judged.classes = part.classes;
  judged.logits = part.scores && part.as != JudgedAs::kNumbers && are_logits(part);
  for (const Answered& one : part.rows) judged.rows.push_back(one.row);
  if ((part.as == JudgedAs::kScores || part.as == JudgedAs::kLabels) && !part.rows.empty()) return assemble_scores(part, judged);
  const bool numbers = part.as == JudgedAs::kNumbers;
  judged.predictions = column_of(part.rows, part.wide && part.scores ? DType::kFloat64 : DType::kFloat32,
                                 [](const Answered& one) { return one.scores.back(); });
  judged.targets = column_of(part.rows, numbers ? DType::kFloat64 : DType::kFloat32, [](const Answered& one) { return one.target; });
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

// Whether answers of two versions can be judged together: in one form, and of classes that mean the same.
bool are_alike(const Part& a, const Part& b) {
  if (a.as != b.as || a.scores != b.scores || (a.classes == 2) != (b.classes == 2)) return false;
  const std::size_t both = std::min(a.names.size(), b.names.size());
  return std::equal(a.names.begin(), a.names.begin() + static_cast<std::ptrdiff_t>(both), b.names.begin());
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
    if (!newest.rows.empty() && !part.rows.empty() && !are_alike(part, newest)) {
      judged.notes.push_back(upkeep::format(
          "version {} answers in another form than version {}: its {} labelled rows are judged under the version alone",
          version_text(version, log.version_names), version_text(by_version.rbegin()->first, log.version_names), part.rows.size()));
      continue;
    }
    judged.unusable += counts.unusable;
    judged.unanswered += counts.unanswered;
    for (const std::string& note : counts.notes)
      if (!std::ranges::contains(judged.notes, note)) judged.notes.push_back(note);
    if (newest.rows.empty()) {
      newest = std::move(part);
      continue;
    }
    newest.wide = newest.wide || part.wide;
    newest.classes = std::max(newest.classes, part.classes);
    if (part.names.size() > newest.names.size()) newest.names = std::move(part.names);
    std::ranges::move(part.rows, std::back_inserter(newest.rows));
  }
  std::ranges::stable_sort(newest.rows, {}, &Answered::row);
  assemble(std::move(newest), judged);
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
