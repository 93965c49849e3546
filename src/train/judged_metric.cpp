#include "train/judged_metric.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/format.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

using metrics::Judges;

constexpr std::int64_t kMostClasses = 1000;  // of answers that are whole numbers

// How targets go with answers of classes.
enum class Form {
  kElements,  // yes or no for each number
  kIndices,   // an index for each row of scores
  kVectors,   // a number for each score, as the metric takes it
};

bool are_indices(const Tensor& predictions, const Tensor& targets) {
  if (predictions.rank() < 2) return false;
  Shape positions = predictions.shape();
  positions.pop_back();
  if (targets.shape() == positions) return true;
  positions.push_back(1);
  return targets.shape() == positions;
}

Form form_of(const Tensor& predictions, const Tensor& targets, const AnswerFacts& facts) {
  if (predictions.rank() < 2 || predictions.shape().back() == 1) return Form::kElements;
  if (predictions.shape() == targets.shape()) return facts.answer == Answer::kBinary ? Form::kElements : Form::kVectors;
  return are_indices(predictions, targets) ? Form::kIndices : Form::kVectors;
}

std::vector<double> flat(const Tensor& values) {
  const Tensor numbers = values.cast(DType::kFloat64);
  return {numbers.data<double>().begin(), numbers.data<double>().end()};
}

// The first target that is neither yes nor no; -1 stands for a label of no known class, and for no in margins.
std::optional<double> no_class(const Tensor& targets, bool whole) {
  for (const double target : flat(targets))
    if (!std::isnan(target) && (target < -1 || target > 1 || (whole && target != std::floor(target)))) return target;
  return std::nullopt;
}

bool is_set(const NamedSettings& metric, const char* setting) {
  return metric.values.contains(setting) && !metric.values[setting].is_null();
}
bool has(const metrics::MetricEntry& entry, const char* setting) {
  return std::ranges::contains(entry.settings.fields(), setting, &Field::name);
}

class Judging {
 public:
  Judging(const std::string& metric, const Tensor& predictions, const Tensor& targets, const AnswerFacts& facts)
      : named_(parse_named(metric)), entry_(metrics::catalog().at(named_.name)), facts_(facts) {
    made_.metric = metrics::make(named_);
    made_.predictions = predictions;
    made_.targets = targets;
  }

  JudgedMetric run() {
    if (made_.targets.size() == 0 || made_.predictions.size() == 0) return std::move(made_);
    if (is_integer_type(made_.predictions.dtype())) read_labels();
    const Form form = form_of(made_.predictions, made_.targets, facts_);
    made_.unfit = why_unfit(form);
    if (!made_.unfit.empty()) return std::move(made_);
    if (facts_.logits && has(entry_, "from_logits") && !is_set(named_, "from_logits")) set("from_logits", true);
    const bool open = !is_set(named_, "threshold") && !is_set(named_, "top_k");
    if (entry_.judges == Judges::kDecisions && open && !entry_.by_class) {
      if (form == Form::kElements) decide_elements();
      else if (form == Form::kIndices) decide_rows();
    } else if (entry_.judges == Judges::kClassIndices && !entry_.by_class) {
      name_indices(form);
    }
    return std::move(made_);
  }

 private:
  // Answers that are the classes themselves, by index: scores of 1 for what was answered.
  void read_labels() {
    if (entry_.judges == Judges::kNumbers || entry_.judges == Judges::kClassIndices || entry_.name == "equality") return;
    if (!is_integer_type(made_.targets.dtype()) || made_.predictions.size() != made_.targets.size()) return;
    const std::vector<double> answers = flat(made_.predictions), labels = flat(made_.targets);
    const double most = std::max(std::ranges::max(answers), std::ranges::max(labels));
    if (std::min(std::ranges::min(answers), std::ranges::min(labels)) < 0 || most >= kMostClasses) return;
    const auto width = std::max<std::int64_t>(2, static_cast<std::int64_t>(most) + 1);
    made_.targets = made_.targets.reshaped({made_.targets.dim(0), made_.targets.size() / made_.targets.dim(0)});
    made_.predictions = one_hot({answers.begin(), answers.end()}, width);
    facts_.answer = Answer::kLabel;
  }

  Tensor one_hot(const std::vector<std::int64_t>& indices, std::int64_t width) const {
    Shape shape = made_.targets.shape();
    if (shape.size() > 1 && shape.back() == 1) shape.pop_back();
    shape.push_back(width);
    std::vector<float> values(indices.size() * static_cast<std::size_t>(width), 0.0F);
    for (std::size_t i = 0; i < indices.size(); ++i)
      if (indices[i] >= 0 && indices[i] < width) values[i * static_cast<std::size_t>(width) + static_cast<std::size_t>(indices[i])] = 1.0F;
    return Tensor(std::move(shape), std::move(values));
  }

  std::string why_unfit(Form form) const {
    if (facts_.answer == Answer::kLabel && is_floating(made_.predictions.dtype())) {
      if (entry_.judges == Judges::kNumbers) return upkeep::format("{} compares numbers, and the answers are classes", entry_.name);
      if (entry_.judges == Judges::kScores)
        return upkeep::format("{} judges scores, and the answers are classes without scores", entry_.name);
    }
    if (form == Form::kIndices && entry_.name == "binary_accuracy" && width() > 2)
      return upkeep::format("binary_accuracy judges yes or no, and the answers are of {} classes: accuracy counts the right ones", width());
    if (form != Form::kElements || entry_.judges == Judges::kNumbers) return "";
    if (entry_.judges != Judges::kClassIndices && entry_.name != "equality")
      if (const auto number = no_class(made_.targets, entry_.judges == Judges::kDecisions))
        return upkeep::format("{} judges classes, and a target is the number {}", entry_.name, *number);
    if (entry_.by_class) return upkeep::format("{} needs a score for each class, and the answer is one number a row", entry_.name);
    return "";
  }

  std::int64_t width() const { return made_.predictions.shape().back(); }

  void set(const char* setting, const Json& value) {
    named_.values[setting] = value;
    made_.metric = metrics::make(named_);
  }

  // The same under another metric's name.
  void measure_by(const char* metric) {
    const std::string shown = made_.metric.name;
    made_.metric = metrics::make({.name = metric});
    made_.metric.name = shown;
  }

  bool is_f_score() const { return has(entry_, "average"); }
  // Accuracy, by any of its names, and what equals it where decisions are compared.
  bool counts_right() const { return entry_.name == "accuracy" || entry_.name == "binary_accuracy" || entry_.name == "equality"; }

  // 1 above the threshold, 0 below it, NaN where there is no answer.
  void decide_elements() {
    if (entry_.name == "equality" && facts_.answer != Answer::kBinary) return;
    const double bound = threshold_for(made_.predictions.dtype(), facts_.threshold);
    std::vector<float> decisions;
    for (const double score : flat(made_.predictions))
      decisions.push_back(std::isnan(score) ? std::numeric_limits<float>::quiet_NaN() : score > bound ? 1.0F : 0.0F);
    made_.predictions = Tensor(made_.predictions.shape(), std::move(decisions));
    if (counts_right()) return measure_by("binary_accuracy");
    if (!is_f_score()) return;
    if (is_set(named_, "average") && (made_.predictions.rank() < 2 || width() == 1)) return average_classes(decided(), 2);
    set("threshold", 0.5);
    made_.definition = width_of_rows() == 1 ? "of the second class" : "mean over the columns";
  }

  std::int64_t width_of_rows() const { return made_.predictions.rank() < 2 ? 1 : width(); }

  void decide_rows() {
    if (entry_.name == "accuracy") return;  // the largest of a row is what it compares
    if (counts_right()) return measure_by("accuracy");
    const auto rows = static_cast<std::size_t>(made_.predictions.size() / width());
    const std::vector<std::int64_t> decisions = predicted_classes(made_.predictions, rows, facts_.threshold);
    const bool of_one = width() == 2 && !is_set(named_, "average") && !is_set(named_, "class_id");
    if (!of_one) return average_classes(decisions, width());
    std::vector<float> yes, labels;
    for (const std::int64_t decision : decisions) yes.push_back(decision < 0 ? std::numeric_limits<float>::quiet_NaN() : decision == 1);
    for (const double target : flat(made_.targets)) labels.push_back(target == 1);
    Shape shape = made_.predictions.shape();
    shape.back() = 1;
    made_.predictions = Tensor(shape, std::move(yes));
    made_.targets = Tensor(shape, std::move(labels));
    if (is_f_score()) set("threshold", 0.5);
    made_.definition = "of the second class";
  }

  std::vector<std::int64_t> decided() const {
    std::vector<std::int64_t> decisions;
    for (const double decision : flat(made_.predictions))
      decisions.push_back(std::isnan(decision) ? -1 : static_cast<std::int64_t>(decision));
    return decisions;
  }

  // Decisions and labels as columns of 0 and 1: of an F score those of the classes that occur.
  void average_classes(std::vector<std::int64_t> decisions, std::int64_t classes) {
    std::vector<std::int64_t> labels;
    for (const double target : flat(made_.targets)) labels.push_back(static_cast<std::int64_t>(target));
    if (is_f_score()) {
      std::set<std::int64_t> occurring(decisions.begin(), decisions.end());
      occurring.insert(labels.begin(), labels.end());
      occurring.erase(-1);
      const std::vector<std::int64_t> kept(occurring.begin(), occurring.end());
      for (auto* indices : {&decisions, &labels})
        for (std::int64_t& index : *indices) index = index < 0 ? index : std::ranges::lower_bound(kept, index) - kept.begin();
      classes = std::ssize(kept);
      made_.definition = upkeep::format("over the {} classes that occur, {}", classes, named_.values.value("average", "macro"));
    } else {
      made_.definition = "of the decisions for all classes together";
    }
    Tensor decided = one_hot(decisions, classes);
    made_.targets = one_hot(labels, classes);
    made_.predictions = std::move(decided);
    if (is_f_score()) set("threshold", 0.5);
  }

  void name_indices(Form form) {
    if (form == Form::kElements) {
      if (!is_integer_type(made_.predictions.dtype()) && !no_class(made_.targets, true)) decide_elements();
    } else if (form == Form::kIndices) {
      if (!is_set(named_, "num_classes")) set("num_classes", width());
      const auto rows = static_cast<std::size_t>(made_.predictions.size() / width());
      std::vector<double> decisions;
      for (const std::int64_t decision : predicted_classes(made_.predictions, rows, facts_.threshold))
        decisions.push_back(static_cast<double>(decision));
      made_.predictions = Tensor(made_.targets.shape(), std::move(decisions));
    }
  }

  NamedSettings named_;
  const metrics::MetricEntry& entry_;
  AnswerFacts facts_;
  JudgedMetric made_;
};

}  // namespace

JudgedMetric judged_metric(const std::string& metric, const Tensor& predictions, const Tensor& targets, const AnswerFacts& facts) {
  return Judging(metric, predictions, targets, facts).run();
}

}  // namespace upkeep
