#include "maintain/monitor/drift/drift.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "analyze/report.hpp"
#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep::drift {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kStable: return "stable";
    case Verdict::kDrifted: return "drifted";
    case Verdict::kNotEnoughEvidence: break;
  }
  return "not enough evidence";
}

Json to_json(const Comparison& comparison) {
  return {{"score", report::finite_or_null(comparison.score)},
          {"threshold", report::finite_or_null(comparison.threshold)},
          {"min_effect", comparison.min_effect},
          {"alpha", comparison.alpha},
          {"p_value", comparison.p_value ? Json(*comparison.p_value) : Json(nullptr)},
          {"verdict", to_string(comparison.verdict)},
          {"note", comparison.note}};
}

Choices corrections() { return {"benjamini-hochberg", "bonferroni", "none"}; }

std::vector<double> adjust(const std::vector<double>& p_values, std::string_view correction) {
  const auto m = static_cast<double>(p_values.size());
  std::vector<double> adjusted = p_values;
  if (correction == "none") return adjusted;
  if (correction == "bonferroni") {
    for (double& p : adjusted) p = std::min(1.0, p * m);
    return adjusted;
  }
  if (correction != "benjamini-hochberg") throw unknown_name("correction", correction, corrections());
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  double smallest = 1.0;
  for (std::size_t rank = order.size(); rank-- > 0;) {
    smallest = std::min(smallest, p_values[order[rank]] * m / static_cast<double>(rank + 1));
    adjusted[order[rank]] = smallest;
  }
  return adjusted;
}

void decide(std::vector<Comparison*> comparisons, std::string_view correction) {
  std::erase_if(comparisons, [](const Comparison* one) { return !one->p_value || one->verdict == Verdict::kNotEnoughEvidence; });
  std::vector<double> p_values;
  for (const Comparison* one : comparisons) p_values.push_back(*one->p_value);
  const std::vector<double> adjusted = adjust(p_values, correction);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    Comparison& one = *comparisons[i];
    const bool significant = adjusted[i] <= one.alpha;
    one.verdict = significant && one.score >= one.min_effect ? Verdict::kDrifted : Verdict::kStable;
    one.note += upkeep::format("; p {:.3g}, after {} over {} features {:.3g} ({} at {:g}); smallest effect that counts {:g}", p_values[i],
                               correction, comparisons.size(), adjusted[i], significant ? "significant" : "not significant", one.alpha,
                               one.min_effect);
  }
}

std::optional<Comparison> too_small(std::int64_t reference, std::int64_t current, std::int64_t min_rows) {
  const std::int64_t least = std::max<std::int64_t>(1, min_rows);
  if (reference >= least && current >= least) return std::nullopt;
  Comparison none;
  none.score = none.threshold = std::numeric_limits<double>::quiet_NaN();
  none.note = upkeep::format("{} reference and {} current values; at least {} of each are needed", reference, current, least);
  return none;
}

Categories count_categories(const Words& reference, const Words& current) {
  std::map<std::string_view, Category> counts;
  for (const auto& [word, count] : reference.counts()) counts[word].reference = static_cast<double>(count);
  for (const auto& [word, count] : current.counts()) counts[word].current = static_cast<double>(count);
  Categories categories;
  for (auto& [name, category] : counts) {
    category.name = name;
    categories.push_back(std::move(category));
  }
  return categories;
}

namespace {

using Values = std::span<const double>;

double value_at(Values values, std::int64_t place) { return values[static_cast<std::size_t>(place)]; }

// How many of ascending values are not above x, where those before `from` are not: steps that double, then halves.
std::int64_t up_to(Values values, std::int64_t from, double x) {
  std::int64_t step = 1;
  while (from + step <= std::ssize(values) && value_at(values, from + step - 1) <= x) from += std::exchange(step, 2 * step);
  const auto rest = values.subspan(static_cast<std::size_t>(from));
  const auto part = rest.first(std::min(rest.size(), static_cast<std::size_t>(step)));
  return from + (std::ranges::upper_bound(part, x) - part.begin());
}

// A place between values: i of a and j of b are not above it. The gap there is |i m - j n| / (n m), which is exact.
struct Place {
  std::int64_t i = 0, j = 0;
};

// The widest gap at the values behind `from` and up to `to`, all equal ones stepped over at once.
std::int64_t widest_between(Values a, Values b, Place from, Place to) {
  const auto n = std::ssize(a), m = std::ssize(b);
  std::int64_t widest = 0;
  while (from.i < to.i || from.j < to.j) {
    const double x = from.i == to.i   ? value_at(b, from.j)
                     : from.j == to.j ? value_at(a, from.i)
                                      : std::min(value_at(a, from.i), value_at(b, from.j));
    while (from.i < to.i && value_at(a, from.i) == x) ++from.i;
    while (from.j < to.j && value_at(b, from.j) == x) ++from.j;
    widest = std::max(widest, std::abs(from.i * m - from.j * n));
  }
  return widest;
}

// First at every 64th value of a. Between two places no gap is wider than the functions leave room for: only where that is more than what
// is found already, all values are looked at.
double gap_of_rows(Values a, Values b) {
  constexpr std::int64_t kStep = 64;
  const auto n = std::ssize(a), m = std::ssize(b);
  std::vector<Place> places(1);
  std::int64_t widest = 0;
  while (places.back().i < n) {
    const double x = value_at(a, std::min(places.back().i + kStep, n) - 1);
    places.push_back({up_to(a, places.back().i, x), up_to(b, places.back().j, x)});
    widest = std::max(widest, std::abs(places.back().i * m - places.back().j * n));
  }
  for (std::size_t k = 1; k < places.size(); ++k) {
    const Place &from = places[k - 1], &to = places[k];
    if (std::max(to.i * m - from.j * n, to.j * n - from.i * m) > widest) widest = std::max(widest, widest_between(a, b, from, to));
  }
  return static_cast<double>(widest) / static_cast<double>(n) / static_cast<double>(m);
}

double gap_of_cells(const Sample& a, const Sample& b) {
  double widest = 0;
  for (const Sample* side : {&a, &b})
    for (const double x : side->values())
      widest = std::max(widest, std::abs(static_cast<double>(a.up_to(x)) / static_cast<double>(a.size()) -
                                         static_cast<double>(b.up_to(x)) / static_cast<double>(b.size())));
  return widest;
}

}  // namespace

double largest_gap(const Sample& a, const Sample& b) {
  return a.is_counted() || b.is_counted() ? gap_of_cells(a, b) : gap_of_rows(a.values(), b.values());
}

int CellCounts::filled() const {
  int cells = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) cells += reference[i] + current[i] > 0;
  return cells;
}

CellCounts count_cells(const Sample& reference, const Sample& current, int bins) {
  const Cells cells(reference, bins);
  CellCounts counts{.reference = cells.counts(reference), .current = cells.counts(current)};
  counts.what = upkeep::format("{} {}", counts.filled(), cells.discrete() ? "values of the reference" : "reference quantiles");
  return counts;
}

namespace {

constexpr double kExpected = 5;
constexpr std::size_t kNamed = 5;

struct Totals {
  double reference = 0;
  double current = 0;
};

Totals totals_of(const Categories& categories) {
  Totals totals;
  for (const Category& one : categories) {
    totals.reference += one.reference;
    totals.current += one.current;
  }
  return totals;
}

std::string named(const std::vector<std::string>& names, std::string_view is, std::string_view are) {
  std::vector<std::string> shown(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamed)));
  for (std::string& name : shown) name = upkeep::format("\"{}\"", name);
  const std::string more = names.size() > kNamed ? upkeep::format(" and {} more", names.size() - kNamed) : "";
  return upkeep::format("{}{} {}", join(shown), more, names.size() == 1 ? is : are);
}

}  // namespace

CellCounts merge_rare(const Categories& categories) {
  const Totals totals = totals_of(categories);
  const double smaller = std::min(totals.reference, totals.current) / std::max(1.0, totals.reference + totals.current);
  CellCounts counts;
  Category rare;
  for (const Category& one : categories) {
    if ((one.reference + one.current) * smaller < kExpected) {
      rare.reference += one.reference;
      rare.current += one.current;
    } else {
      counts.reference.push_back(one.reference);
      counts.current.push_back(one.current);
    }
  }
  if (rare.reference + rare.current > 0) {
    counts.reference.push_back(rare.reference);
    counts.current.push_back(rare.current);
  }
  const auto merged = static_cast<std::size_t>(std::ssize(categories)) - counts.reference.size() + (rare.reference + rare.current > 0);
  counts.what = upkeep::format("{} categories{}", categories.size(), merged > 0 ? upkeep::format(" ({} rare ones as one)", merged) : "");
  return counts;
}

std::string describe_changed(const Categories& categories) {
  const Totals totals = totals_of(categories);
  std::vector<std::string> fresh;
  std::vector<std::string> gone;
  for (const Category& one : categories) {
    if (one.reference == 0 && one.current * totals.reference >= kExpected * totals.current) fresh.push_back(one.name);
    if (one.current == 0 && one.reference * totals.current >= kExpected * totals.reference) gone.push_back(one.name);
  }
  std::vector<std::string> parts;
  if (!fresh.empty()) parts.push_back(named(fresh, "is new", "are new"));
  if (!gone.empty()) parts.push_back(named(gone, "is gone", "are gone"));
  return join(parts, "; ");
}

std::optional<Comparison> too_small(const CellCounts& cells, std::int64_t min_rows) {
  if (auto none = too_small(static_cast<std::int64_t>(cells.reference_total()), static_cast<std::int64_t>(cells.current_total()), min_rows))
    return none;
  if (cells.filled() != 1 || cells.what.find("rare") == std::string::npos) return std::nullopt;
  Comparison none;
  none.score = none.threshold = std::numeric_limits<double>::quiet_NaN();
  none.note = upkeep::format("{}: no category is frequent enough to compare", cells.what);
  return none;
}

double sampling_scale(const CellCounts& cells) { return 1.0 / cells.reference_total() + 1.0 / cells.current_total(); }

Comparison judge_cells(const CellCounts& cells, double score, double statistic, const std::function<double(double)>& score_at, double alpha,
                       double min_effect, std::string_view name) {
  const int degrees = cells.filled() - 1;
  const double chance = score_at(chi_square_critical(alpha, degrees));
  Comparison result{.score = score, .threshold = std::max(chance, min_effect), .min_effect = min_effect, .alpha = alpha};
  result.p_value = degrees > 0 ? chi_square_tail(statistic, degrees) : 1.0;
  result.verdict = *result.p_value <= alpha && score >= min_effect ? Verdict::kDrifted : Verdict::kStable;
  result.note = upkeep::format("{} over {}; {:.0f} reference and {:.0f} current values give {:.3g} by chance once in {:.0f}", name,
                               cells.what, cells.reference_total(), cells.current_total(), chance, 1.0 / alpha);
  return result;
}

double chi_square_tail(double x, int degrees) {
  if (degrees <= 0) return x > 0 ? 0.0 : 1.0;
  return x <= 0 ? 1.0 : boost::math::gamma_q(degrees / 2.0, x / 2.0);
}

double chi_square_critical(double p, int degrees) {
  if (degrees <= 0) return 0.0;
  return 2.0 * boost::math::gamma_q_inv(degrees / 2.0, p);
}

Cells::Cells(const Sample& reference, int bins) {
  std::vector<double> distinct;
  reference.for_each_distinct([&](double value, std::int64_t) {
    distinct.push_back(value);
    return distinct.size() <= static_cast<std::size_t>(bins);
  });
  discrete_ = distinct.size() <= static_cast<std::size_t>(bins);
  if (discrete_) {
    values_ = std::move(distinct);
    return;
  }
  for (int i = 1; i < bins; ++i) {  // value at rank ceil(n i / bins): the first one of the next cell
    const double edge = reference.at(std::min(reference.size() * i / bins, reference.size() - 1));
    // An edge at the smallest value would close an empty first cell; equal edges would make an empty cell between them.
    if (edge > distinct.front() && (values_.empty() || edge > values_.back())) values_.push_back(edge);
  }
}

std::vector<double> Cells::counts(const Sample& sample) const {
  std::vector<double> counts;
  std::int64_t before = 0;
  for (const double value : values_) {
    const std::int64_t below = sample.below(value);
    if (discrete_) counts.push_back(static_cast<double>(sample.up_to(value) - below));
    else counts.push_back(static_cast<double>(below - std::exchange(before, below)));
  }
  const double counted = std::reduce(counts.begin(), counts.end());
  counts.push_back(static_cast<double>(sample.size()) - counted);
  return counts;
}

std::string Cells::label(std::size_t cell) const {
  if (discrete_) return cell < values_.size() ? upkeep::format("{:g}", values_[cell]) : "other";
  if (values_.empty()) return "all";
  if (cell == 0) return upkeep::format("< {:g}", values_.front());
  if (cell == values_.size()) return upkeep::format(">= {:g}", values_.back());
  return upkeep::format("[{:g}, {:g})", values_[cell - 1], values_[cell]);
}

}  // namespace upkeep::drift
