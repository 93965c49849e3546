#include "train/validation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"

namespace upkeep {

namespace {

// Numbers that are measured rather than counted hardly ever repeat; so many rows to a value, on average, are taken for classes.
constexpr std::size_t kRowsOfAClass = 5;

std::vector<std::int64_t> numbers_as_classes(const Tensor& targets) {
  const Tensor numbers = targets.cast(DType::kFloat64);
  std::vector<std::int64_t> classes;
  for (const double value : numbers.data<double>()) {
    if (value != std::trunc(value) || std::abs(value) > 1e9) return {};
    classes.push_back(static_cast<std::int64_t>(value));
  }
  const std::set<std::int64_t> different(classes.begin(), classes.end());
  const bool repeat = targets.dtype() == DType::kInt64 || different.size() <= 2 || different.size() * kRowsOfAClass <= classes.size();
  return repeat ? classes : std::vector<std::int64_t>{};
}

std::vector<std::int64_t> places_of_ones(const Tensor& targets) {
  const Tensor numbers = targets.cast(DType::kFloat32);
  const auto width = static_cast<std::size_t>(targets.dim(1));
  std::vector<std::int64_t> classes;
  for (std::size_t begin = 0; begin < numbers.floats().size(); begin += width) {
    const auto row = numbers.floats().subspan(begin, width);
    const auto one = std::ranges::find(row, 1.0F);
    if (one == row.end() || std::ranges::count(row, 0.0F) != std::ssize(row) - 1) return {};
    classes.push_back(one - row.begin());
  }
  return classes;
}

// Of the targets that are classes; of several outputs the first such.
std::vector<std::int64_t> classes_in(const Dataset& data) {
  if (data.output_targets.empty()) return classes_of_rows(data.targets);
  for (const auto& [output, targets] : data.output_targets)
    if (std::vector<std::int64_t> classes = classes_of_rows(targets); !classes.empty()) return classes;
  return {};
}

// Of windows [0, held), those that read no step of their series that a held-out one reads.
std::vector<std::int64_t> windows_before(const std::vector<Span>& spans, std::size_t held) {
  std::map<std::int64_t, std::int64_t> begin;  // of the steps that are held out, by series
  for (std::size_t i = held; i < spans.size(); ++i) {
    const auto [found, is_new] = begin.emplace(spans[i].series, spans[i].first);
    found->second = std::min(found->second, spans[i].first);
  }
  std::vector<std::int64_t> before;
  for (std::size_t i = 0; i < held; ++i) {
    const auto found = begin.find(spans[i].series);
    if (found == begin.end() || spans[i].last < found->second) before.push_back(static_cast<std::int64_t>(i));
  }
  return before;
}

// The last windows of each series, and those to train on that lie wholly before them.
HeldOut hold_out_windows(Dataset data, std::int64_t first) {
  const std::vector<std::int64_t> before = windows_before(data.spans, static_cast<std::size_t>(first));
  const std::int64_t held = data.rows() - first, between = first - std::ssize(before);
  HeldOut parts{.training = {}, .validation = data.rows(first, data.rows())};
  if (before.empty()) {
    note(upkeep::format("the {} windows held out share steps with the {} that train: the series are too short to keep them apart", held,
                        first));
    parts.training = data.rows(0, first);
    return parts;
  }
  if (between > 0)
    note(upkeep::format("the latest {} windows are held out; {} before them share steps with them, and do not train", held, between));
  parts.training = data.take(before);
  return parts;
}

}  // namespace

std::vector<std::int64_t> classes_of_rows(const Tensor& targets) {
  if (targets.dtype() == DType::kString || targets.size() == 0) return {};
  if (targets.size() == targets.dim(0)) return numbers_as_classes(targets);
  return targets.rank() == 2 ? places_of_ones(targets) : std::vector<std::int64_t>{};
}

HeldOut hold_out(Dataset data, double fraction, std::uint64_t seed) {
  const std::int64_t rows = data.rows();
  if (data.ordered) {
    const auto first = std::ssize(split_tail(rows, fraction).first);
    if (!data.spans.empty() && fraction > 0) return hold_out_windows(std::move(data), first);
    return {.training = data.rows(0, first), .validation = data.rows(first, rows)};
  }
  const std::vector<std::int64_t> classes = classes_in(data);
  const Split split = classes.empty() ? split_random(rows, fraction, seed) : split_stratified(classes, fraction, seed);
  HeldOut parts{.training = {}, .validation = data.take(split.second)};
  parts.training = data.take(split.first);
  return parts;
}

std::string unseen_classes(const Tensor& training, const Tensor& held_out, const std::vector<std::string>& names) {
  const std::vector<std::int64_t> known = classes_of_rows(training);
  const std::vector<std::int64_t> classes = classes_of_rows(held_out);
  const bool zero_or_one = std::ranges::all_of(known, [](std::int64_t one) { return one == 0 || one == 1; });
  if (training.dtype() != DType::kInt64 && training.size() == training.dim(0) && !zero_or_one) return {};  // numbers, not classes
  const std::set<std::int64_t> seen(known.begin(), known.end());
  std::map<std::int64_t, std::int64_t> unseen;
  for (const std::int64_t one : classes)
    if (!seen.empty() && !seen.contains(one)) ++unseen[one];
  if (unseen.empty()) return {};
  std::vector<std::string> texts;
  std::int64_t rows = 0;
  for (const auto& [one, count] : unseen) {
    const auto index = static_cast<std::size_t>(one);
    rows += count;
    if (texts.size() < 10) texts.push_back(one >= 0 && index < names.size() ? "\"" + names[index] + "\"" : std::to_string(one));
  }
  if (unseen.size() > texts.size()) texts.push_back(upkeep::format("{} more", unseen.size() - texts.size()));
  return upkeep::format("no row to train on is of class {}, which {} of {} held-out rows are: shuffle the rows, or hold others out",
                        join(texts), rows, classes.size());
}

}  // namespace upkeep
