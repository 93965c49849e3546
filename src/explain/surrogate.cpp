#include "explain/surrogate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analyze/report.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "explain/effects/shared/feature_values.hpp"

namespace upkeep::explain {

namespace {

// Splits that gain less than this share of the rows' squared error are rounding.
constexpr double kSmallestGain = 1e-9;

struct Column {
  std::size_t feature = 0;
  std::vector<double> numbers;  // by row; else
  Levels levels;
  bool has_numbers() const { return !numbers.empty(); }
};

struct Best {
  double gain = 0;
  const Column* column = nullptr;
  double threshold = 0;
  std::size_t level = 0;
};

class Growing {
 public:
  Growing(std::vector<Column> columns, std::vector<double> answers, std::size_t width, const SurrogateOptions& options)
      : columns_(std::move(columns)), answers_(std::move(answers)), width_(width), options_(options) {}

  std::vector<SurrogateNode> tree(std::vector<std::size_t> rows) {
    grow(std::move(rows), 0);
    return std::move(nodes_);
  }

  static bool goes_left(const SurrogateNode& node, const Column& column, std::size_t row) {
    if (!column.has_numbers()) return column.levels.labels[column.levels.of_row[row]] == node.level;
    return column.numbers[row] <= node.threshold;
  }

 private:
  const double* answer(std::size_t row) const { return &answers_[row * width_]; }

  // Sum of squares that means explain: |sum|^2 / n.
  static double explained(const std::vector<double>& sum, double n) {
    return n > 0 ? std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0) / n : 0;
  }

  std::vector<double> sum_of_rows(const std::vector<std::size_t>& rows) const {
    std::vector<double> sum(width_);
    for (const std::size_t row : rows)
      for (std::size_t i = 0; i < width_; ++i) sum[i] += answer(row)[i];
    return sum;
  }

  void consider(Best& best, const std::vector<double>& left, const std::vector<double>& all, double n, double of, const Best& split) const {
    if (n < static_cast<double>(options_.least_rows) || of - n < static_cast<double>(options_.least_rows)) return;
    std::vector<double> right = all;
    for (std::size_t i = 0; i < width_; ++i) right[i] -= left[i];
    const double gain = explained(left, n) + explained(right, of - n) - explained(all, of);
    if (gain > best.gain) {
      best = split;
      best.gain = gain;
    }
  }

  void try_numbers(Best& best, const Column& column, std::vector<std::size_t> rows, const std::vector<double>& all) const {
    const auto of = static_cast<double>(rows.size());
    std::erase_if(rows, [&](std::size_t row) { return std::isnan(column.numbers[row]); });
    std::ranges::sort(rows, {}, [&](std::size_t row) { return column.numbers[row]; });
    std::vector<double> left(width_);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (std::size_t i = 0; i < width_; ++i) left[i] += answer(rows[k])[i];
      const double here = column.numbers[rows[k]], next = k + 1 < rows.size() ? column.numbers[rows[k + 1]] : here;
      if (k + 1 < rows.size() ? next == here : static_cast<double>(rows.size()) == of) continue;
      const double middle = here + (next - here) / 2;
      consider(best, left, all, static_cast<double>(k + 1), of, {.column = &column, .threshold = middle < next ? middle : here});
    }
  }

  void try_levels(Best& best, const Column& column, const std::vector<std::size_t>& rows, const std::vector<double>& all) const {
    const std::size_t levels = column.levels.labels.size();
    std::vector<std::vector<double>> sums(levels, std::vector<double>(width_));
    std::vector<double> counts(levels);
    for (const std::size_t row : rows) {
      ++counts[column.levels.of_row[row]];
      for (std::size_t i = 0; i < width_; ++i) sums[column.levels.of_row[row]][i] += answer(row)[i];
    }
    for (std::size_t level = 0; level < levels; ++level)
      consider(best, sums[level], all, counts[level], static_cast<double>(rows.size()), {.column = &column, .level = level});
  }

  double squared_error(const std::vector<std::size_t>& rows, const std::vector<double>& all) const {
    double sum = 0;
    for (const std::size_t row : rows)
      for (std::size_t i = 0; i < width_; ++i) {
        const double away = answer(row)[i] - all[i] / static_cast<double>(rows.size());
        sum += away * away;
      }
    return sum;
  }

  int grow(std::vector<std::size_t> rows, int depth) {
    const auto place = static_cast<int>(nodes_.size());
    const std::vector<double> all = sum_of_rows(rows);
    SurrogateNode node{.rows = static_cast<std::int64_t>(rows.size())};
    for (const double sum : all) node.answer.push_back(sum / static_cast<double>(rows.size()));
    nodes_.push_back(node);
    const double error = squared_error(rows, all);
    if (depth == 0) whole_error_ = error;
    if (depth == options_.depth || error <= kSmallestGain * whole_error_) return place;
    Best best;
    for (const Column& column : columns_) {
      if (column.has_numbers()) try_numbers(best, column, rows, all);
      else try_levels(best, column, rows, all);
    }
    if (!best.column || best.gain <= kSmallestGain * whole_error_) return place;
    node.feature = best.column->feature;
    node.threshold = best.threshold;
    if (!best.column->has_numbers()) node.level = best.column->levels.labels[best.level];
    const auto middle =
        std::stable_partition(rows.begin(), rows.end(), [&](std::size_t row) { return goes_left(node, *best.column, row); });
    node.left = grow(std::vector<std::size_t>(rows.begin(), middle), depth + 1);
    node.right = grow(std::vector<std::size_t>(middle, rows.end()), depth + 1);
    nodes_[static_cast<std::size_t>(place)] = node;
    return place;
  }

  std::vector<Column> columns_;
  std::vector<double> answers_;
  std::size_t width_;
  const SurrogateOptions& options_;
  std::vector<SurrogateNode> nodes_;
  double whole_error_ = 0;
};

std::vector<Column> columns_of(const Subject& subject, const Tensors& rows) {
  std::vector<Column> columns;
  for (std::size_t f = 0; f < subject.features().size(); ++f) {
    const ExplainedFeature& feature = subject.features()[f];
    if (!feature.scalar()) continue;
    if (has_numbers(feature)) columns.push_back({.feature = f, .numbers = numbers_of(rows, feature), .levels = {}});
    else columns.push_back({.feature = f, .numbers = {}, .levels = levels_of(rows, feature)});
  }
  if (columns.empty())
    throw Error(ErrorCode::kInvalidArgument, "a tree reads single numbers and categories, and the model has no such feature");
  return columns;
}

const std::vector<double>& prediction(const Surrogate& tree, const std::vector<Column>& columns, std::size_t row) {
  const SurrogateNode* node = &tree.nodes[0];
  while (!node->leaf()) {
    const Column& column = *std::ranges::find(columns, node->feature, &Column::feature);
    node = &tree.nodes[static_cast<std::size_t>(Growing::goes_left(*node, column, row) ? node->left : node->right)];
  }
  return node->answer;
}

std::size_t decision(const Subject& subject, std::span<const double> answer) {
  if (answer.size() == 1) return answer[0] > subject.output().threshold ? 1 : 0;
  return static_cast<std::size_t>(std::ranges::max_element(answer) - answer.begin());
}

void judge(Surrogate& tree, const Subject& subject, const std::vector<Column>& columns, std::span<const std::size_t> rows,
           const std::vector<double>& answers, std::size_t element, std::size_t width) {
  double mean = 0, error = 0, variance = 0, agreed = 0;
  const auto n = static_cast<double>(rows.size());
  for (const std::size_t row : rows) mean += answers[row * width + element] / n;
  for (const std::size_t row : rows) {
    const std::vector<double>& said = prediction(tree, columns, row);
    const double own = answers[row * width + element];
    error += (said[element] - own) * (said[element] - own);
    variance += (own - mean) * (own - mean);
    agreed += decision(subject, said) == decision(subject, std::span(answers).subspan(row * width, width));
  }
  tree.held_out_rows = static_cast<std::int64_t>(rows.size());
  tree.r2 = variance > 0 ? 1 - error / variance : error > 0 ? 0 : 1;
  const Answer kind = subject.output().answer;
  tree.agreement = kind == Answer::kClasses || kind == Answer::kBinary ? agreed / n : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

int Surrogate::leaves() const { return static_cast<int>(std::ranges::count_if(nodes, &SurrogateNode::leaf)); }

static void add_rules(const Surrogate& tree, const Subject& subject, std::int64_t element, int place, const std::string& before,
                      std::vector<std::string>& rules) {
  const SurrogateNode& node = tree.nodes[static_cast<std::size_t>(place)];
  if (node.leaf()) {
    const double answer = node.answer[node.answer.size() == 1 ? 0 : static_cast<std::size_t>(element)];
    rules.push_back(upkeep::format("{}: {:.4g} ({} rows)", before.empty() ? std::string("always") : before, answer, node.rows));
    return;
  }
  const std::string name = subject.features()[node.feature].name, joint = before.empty() ? "" : before + " and ";
  const bool number = node.level.empty();
  const std::string left = number ? upkeep::format("{} <= {:.4g}", name, node.threshold) : name + " is " + node.level;
  const std::string right = number ? upkeep::format("{} > {:.4g}", name, node.threshold) : name + " is not " + node.level;
  add_rules(tree, subject, element, node.left, joint + left, rules);
  add_rules(tree, subject, element, node.right, joint + right, rules);
}

std::vector<std::string> Surrogate::rules(const Subject& subject, std::int64_t element) const {
  std::vector<std::string> made;
  add_rules(*this, subject, element, 0, "", made);
  return made;
}

Surrogate fit_surrogate(const Subject& subject, const Tensors& rows, std::int64_t element, const SurrogateOptions& options) {
  const Tensors used = rows_at_most(rows, options.rows, options.seed);
  const std::int64_t count = rows_in(used);
  const auto held_out = static_cast<std::int64_t>(std::ceil(options.held_out * static_cast<double>(count)));
  if (count - held_out < 2 * options.least_rows || held_out < 2)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} rows are too few for a tree and its judgement", count),
                upkeep::format("give at least {} rows", 4 * options.least_rows));
  const bool classes = subject.output().answer == Answer::kClasses;
  const std::size_t width = classes ? static_cast<std::size_t>(subject.elements()) : 1;
  const std::vector<double> answers = classes ? subject.all_answers(used) : subject.answers(used, element);
  const auto bad = std::ranges::find_if_not(answers, [](double answer) { return std::isfinite(answer); });
  if (bad != answers.end())
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("output \"{}\" is {} for row {}", subject.output().name, *bad,
                                                               static_cast<std::size_t>(bad - answers.begin()) / width + 1));
  std::vector<std::size_t> order;
  for (const std::int64_t row : Random(options.seed, stream_id("surrogate")).permutation(count))
    order.push_back(static_cast<std::size_t>(row));
  const auto split = order.begin() + held_out;
  const std::vector<Column> columns = columns_of(subject, used);
  Surrogate made;
  made.nodes = Growing(columns, answers, width, options).tree(std::vector<std::size_t>(split, order.end()));
  judge(made, subject, columns, std::span(order.begin(), split), answers, classes ? static_cast<std::size_t>(element) : 0, width);
  return made;
}

Json to_json(const Surrogate& surrogate, const Subject& subject, std::int64_t element) {
  return {{"r2", surrogate.r2},
          {"agreement", report::finite_or_null(surrogate.agreement)},
          {"held_out_rows", surrogate.held_out_rows},
          {"leaves", surrogate.leaves()},
          {"rules", surrogate.rules(subject, element)}};
}

}  // namespace upkeep::explain
