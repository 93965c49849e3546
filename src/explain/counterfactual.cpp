#include "explain/counterfactual.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/format.hpp"
#include "data/rows.hpp"
#include "explain/coalitions.hpp"
#include "explain/effects/shared/feature_values.hpp"
#include "explain/value_text.hpp"

namespace upkeep::explain {

namespace {

constexpr int kBisections = 20;

Tensors stacked(const std::vector<Tensors>& rows) {
  Tensors made;
  for (const auto& [name, first] : rows.front()) {
    if (first.rank() == 0) {
      made.emplace(name, first);
      continue;
    }
    std::vector<Tensor> parts;
    std::vector<std::string> texts;
    for (const Tensors& one : rows) {
      const Tensor& part = one.at(name);
      if (part.dtype() == DType::kString) texts.insert(texts.end(), part.strings().begin(), part.strings().end());
      else parts.push_back(part);
    }
    Shape shape = first.shape();
    shape[0] = static_cast<std::int64_t>(rows.size());
    made.emplace(name, first.dtype() == DType::kString ? Tensor(std::move(shape), std::move(texts)) : concatenate_rows(parts));
  }
  return made;
}

std::size_t decided(const Subject& subject, std::span<const double> answer) {
  if (answer.size() == 1) return answer[0] > subject.output().threshold ? 1 : 0;
  return static_cast<std::size_t>(std::ranges::max_element(answer) - answer.begin());
}

// How far each row's answer is from what is wanted; 0 where it is.
class Goal {
 public:
  Goal(const Subject& subject, const Tensors& row, std::int64_t element, const CounterfactualOptions& options)
      : subject_(subject), element_(static_cast<std::size_t>(element)), options_(options) {
    in_range_ = std::isfinite(options.low) || std::isfinite(options.high);
    const Answer kind = subject.output().answer;
    if (!in_range_ && kind != Answer::kClasses && !(kind == Answer::kBinary && subject.elements() == 1))
      throw Error(ErrorCode::kInvalidArgument, "the model answers a number, which has no other side", "say what the answer should become");
    if (in_range_ && !(options.low <= options.high))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("no answer is at least {} and at most {}", options.low, options.high));
    own_ = decided(subject, subject.all_answers(row));
  }

  std::vector<double> distances(const Tensors& rows) const {
    const std::vector<double> answers = subject_.all_answers(rows);
    const auto width = static_cast<std::size_t>(subject_.elements());
    std::vector<double> made;
    for (std::size_t begin = 0; begin < answers.size(); begin += width) made.push_back(distance(std::span(answers).subspan(begin, width)));
    return made;
  }
  bool reached(const Tensors& row) const { return distances(row)[0] == 0; }

 private:
  double distance(std::span<const double> answer) const {
    if (!std::ranges::all_of(answer, [](double one) { return std::isfinite(one); })) return std::numeric_limits<double>::infinity();
    if (in_range_) return std::max({0.0, options_.low - answer[element_], answer[element_] - options_.high});
    if (decided(subject_, answer) != own_) return 0;
    if (answer.size() == 1) return std::max(std::abs(answer[0] - subject_.output().threshold), std::numeric_limits<double>::min());
    double other = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < answer.size(); ++i)
      if (i != own_) other = std::max(other, answer[i]);
    return std::max(answer[own_] - other, std::numeric_limits<double>::min());
  }

  const Subject& subject_;
  std::size_t element_;
  const CounterfactualOptions& options_;
  bool in_range_ = false;
  std::size_t own_ = 0;
};

class Search {
 public:
  Search(const Subject& subject, const Tensors& row, std::int64_t element, const Tensors& reference, const CounterfactualOptions& options)
      : subject_(subject), row_(row), reference_(reference), options_(options), goal_(subject, row, element, options) {
    const std::vector<ExplainedFeature>& features = subject.features();
    std::vector<bool> kept(features.size());
    for (const std::string& name : options.unchangeable) kept[feature_named(features, name)] = true;
    for (std::size_t f = 0; f < features.size(); ++f) {
      if (!kept[f]) changeable_.push_back(f);
      scales_.push_back(1);
      if (!has_numbers(features[f])) continue;
      std::vector<double> values = numbers_of(reference, features[f]);
      std::erase_if(values, [](double value) { return !std::isfinite(value); });
      const double spread = values.size() < 2 ? 0 : standard_error_of(values) * std::sqrt(static_cast<double>(values.size()));
      if (spread > 0) scales_.back() = spread;
    }
  }

  double between(const Tensors& a, std::int64_t row_a, const Tensors& b, std::int64_t row_b) const {
    double sum = 0;
    for (std::size_t f = 0; f < subject_.features().size(); ++f) sum += between(f, a, row_a, b, row_b);
    return sum;
  }

  // Reference rows whose changeable values have the wanted answer in this row, the nearest first.
  std::vector<std::int64_t> starts() const {
    const std::int64_t count = rows_in(reference_);
    Tensors mixed = stacked(std::vector<Tensors>(static_cast<std::size_t>(count), row_));
    std::vector<std::int64_t> places(static_cast<std::size_t>(count));
    std::iota(places.begin(), places.end(), std::int64_t{0});
    for (const std::size_t f : changeable_) mixed = with_feature(mixed, subject_.features()[f], reference_, places);
    const std::vector<double> distances = goal_.distances(mixed);
    std::vector<double> away;
    for (std::int64_t row = 0; row < count; ++row) away.push_back(between(mixed, row, row_, 0));
    std::erase_if(places, [&](std::int64_t row) { return distances[static_cast<std::size_t>(row)] > 0; });
    std::ranges::stable_sort(places, {}, [&](std::int64_t row) { return away[static_cast<std::size_t>(row)]; });
    places.resize(std::min(places.size(), static_cast<std::size_t>(options_.starts)));
    return places;
  }

  Counterfactual from(std::int64_t start) const {
    Counterfactual made{.row = row_};
    take_until_reached(made, start);
    put_back(made);
    bring_near(made);
    made.changed = changed(made.row);
    made.distance = between(made.row, 0, row_, 0);
    return made;
  }

  void judge(Counterfactual& made, std::int64_t element, double usual) const {
    const std::vector<double> answers = subject_.all_answers(made.row);
    made.answer = answers[static_cast<std::size_t>(element)];
    const OutputSignature& output = subject_.output();
    const std::size_t place = decided(subject_, answers);
    if (output.answer == Answer::kClasses) made.decision = subject_.element_name(static_cast<std::int64_t>(place));
    else if (output.answer == Answer::kBinary)
      made.decision = place < output.classes.size() ? output.classes[place] : std::to_string(place);
    made.to_reference = std::numeric_limits<double>::infinity();
    for (std::int64_t row = 0; row < rows_in(reference_); ++row)
      made.to_reference = std::min(made.to_reference, between(made.row, 0, reference_, row));
    made.usual_to_reference = usual;
  }

  // The median, over at most 100 reference rows, of the distance to the nearest other.
  double usual_distance() const {
    const std::int64_t count = rows_in(reference_);
    std::vector<double> nearest;
    for (std::int64_t row = 0; row < std::min<std::int64_t>(count, 100); ++row) {
      double least = std::numeric_limits<double>::infinity();
      for (std::int64_t other = 0; other < count; ++other)
        if (other != row) least = std::min(least, between(reference_, row, reference_, other));
      nearest.push_back(least);
    }
    std::ranges::sort(nearest);
    return nearest[nearest.size() / 2];
  }

 private:
  double between(std::size_t f, const Tensors& a, std::int64_t row_a, const Tensors& b, std::int64_t row_b) const {
    const ExplainedFeature& feature = subject_.features()[f];
    const Json left = feature.scalar() ? value_json(a, row_a, feature) : Json(value_number(a, row_a, feature));
    const Json right = feature.scalar() ? value_json(b, row_b, feature) : Json(value_number(b, row_b, feature));
    if (left == right) return 0;
    if (!has_numbers(feature) || !left.is_number() || !right.is_number()) return 1;
    return std::abs(left.get<double>() - right.get<double>()) / scales_[f];
  }

  std::vector<std::size_t> changed(const Tensors& row) const {
    std::vector<std::size_t> places;
    for (const std::size_t f : changeable_)
      if (between(f, row, 0, row_, 0) > 0) places.push_back(f);
    return places;
  }

  void take_until_reached(Counterfactual& made, std::int64_t start) const {
    const Tensors other = row_of(reference_, start);
    std::vector<std::size_t> left;
    for (const std::size_t f : changeable_)
      if (between(f, other, 0, row_, 0) > 0) left.push_back(f);
    while (!left.empty() && !goal_.reached(made.row)) {
      std::vector<Tensors> tries;
      for (const std::size_t f : left) tries.push_back(with_feature(made.row, subject_.features()[f], other, 0));
      const std::vector<double> distances = goal_.distances(stacked(tries));
      const auto best = std::ranges::min_element(distances) - distances.begin();
      made.row = tries[static_cast<std::size_t>(best)];
      left.erase(left.begin() + best);
    }
  }

  // The farthest first.
  void put_back(Counterfactual& made) const {
    std::vector<std::size_t> places = changed(made.row);
    std::ranges::stable_sort(places, std::ranges::greater(), [&](std::size_t f) { return between(f, made.row, 0, row_, 0); });
    for (const std::size_t f : places) {
      const Tensors without = with_feature(made.row, subject_.features()[f], row_, 0);
      if (goal_.reached(without)) made.row = without;
    }
  }

  void bring_near(Counterfactual& made) const {
    for (const std::size_t f : changed(made.row)) {
      const ExplainedFeature& feature = subject_.features()[f];
      if (!has_numbers(feature)) continue;
      const double own = numbers_of(row_, feature)[0];
      double there = numbers_of(made.row, feature)[0], here = own;
      if (!std::isfinite(own) || !std::isfinite(there)) continue;
      for (int i = 0; i < kBisections; ++i) {
        double middle = here + (there - here) / 2;
        if (feature.integer) middle = std::trunc(middle);
        if (middle == here || middle == there) break;
        const Tensors nearer = with_number(made.row, feature, middle);
        if (goal_.reached(nearer)) {
          made.row = nearer;
          there = middle;
        } else {
          here = middle;
        }
      }
    }
  }

  const Subject& subject_;
  const Tensors& row_;
  const Tensors& reference_;
  const CounterfactualOptions& options_;
  Goal goal_;
  std::vector<std::size_t> changeable_;
  std::vector<double> scales_;  // by feature: the standard deviation in the reference
};

}  // namespace

std::vector<Counterfactual> counterfactuals(const Subject& subject, const Tensors& row, std::int64_t element, const Tensors& reference,
                                            const CounterfactualOptions& options) {
  if (rows_in(reference) < 2)
    throw Error(ErrorCode::kInvalidArgument, "counterfactuals take their values from reference rows, and there are fewer than two",
                "give rows like those that the model was trained on");
  const Tensors used = rows_at_most(reference, options.rows, options.seed);
  const Search search(subject, row, element, used, options);
  std::vector<Counterfactual> found;
  for (const std::int64_t start : search.starts()) {
    Counterfactual made = search.from(start);
    const auto same = std::ranges::find(found, made.changed, &Counterfactual::changed);
    if (same == found.end()) found.push_back(std::move(made));
    else if (made.distance < same->distance) *same = std::move(made);
  }
  std::ranges::stable_sort(found, {}, &Counterfactual::distance);
  if (found.size() > static_cast<std::size_t>(options.count)) found.resize(static_cast<std::size_t>(options.count));
  const double usual = found.empty() ? 0 : search.usual_distance();
  for (Counterfactual& one : found) search.judge(one, element, usual);
  return found;
}

Json to_json(const Counterfactual& counterfactual, const Subject& subject, const Tensors& row) {
  Json json = {{"answer", counterfactual.answer},
               {"distance", counterfactual.distance},
               {"to_reference", counterfactual.to_reference},
               {"usual_to_reference", counterfactual.usual_to_reference},
               {"changes", Json::array()}};
  if (!counterfactual.decision.empty()) json["decision"] = counterfactual.decision;
  for (const std::size_t place : counterfactual.changed) {
    const ExplainedFeature& feature = subject.features()[place];
    json["changes"].push_back(
        {{"feature", feature.name}, {"from", value_json(row, 0, feature)}, {"to", value_json(counterfactual.row, 0, feature)}});
  }
  return json;
}

}  // namespace upkeep::explain
