// Drift measures: how far a feature's current values lie from the reference that the model was trained on, and whether that is more than
// chance. Pure functions; any thread may call them. One file per measure.
//
// Every answer carries the rule that made it, because a bare boolean cannot be argued with: "drifted" needs significance (corrected for the
// number of features that were looked at, see decide()) *and* an effect of a size that matters. With much data everything is significant;
// with little, everything is large; and below `min_rows` the answer is "not enough evidence", never "no drift".
#pragma once

#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"
#include "maintain/monitor/sample.hpp"

namespace upkeep::drift {

enum class Verdict { kStable, kDrifted, kNotEnoughEvidence };
std::string_view to_string(Verdict verdict);  // "stable", "drifted", "not enough evidence"

struct Comparison {
  double score = 0;       // the distance; NaN when there was not enough to compare
  double threshold = 0;   // the score from which it counts as drifted at level alpha, before correction for several features
  double min_effect = 0;  // the smallest score that matters
  double alpha = 0;
  std::optional<double> p_value;                  // of no drift; absent when there was not enough to compare
  Verdict verdict = Verdict::kNotEnoughEvidence;  // by `threshold`; by the corrected p-value once decide() has seen all features
  std::string note;                               // the rule in words, with its numbers
};
Json to_json(const Comparison& comparison);

// How often a category occurs on both sides.
struct Category {
  std::string name;
  double reference = 0;
  double current = 0;
};
using Categories = std::vector<Category>;  // by name, ascending
// Without missing values.
Categories count_categories(const Words& reference, const Words& current);

// A measure of numbers, of categories, or of both: what it cannot measure it has no function for.
struct DriftEntry {
  std::string name;  // "psi"
  std::vector<std::string> aliases;
  std::string help;
  Settings settings;  // has at least alpha, min_effect and min_rows
  // Missing values are not compared.
  std::function<Comparison(const Sample& reference, const Sample& current, const Json& settings)> compare;
  std::function<Comparison(const Categories& categories, const Json& settings)> compare_categories;
};
using DriftCatalog = Catalog<DriftEntry>;
const DriftCatalog& catalog();

// How p-values are adjusted when several features are tested at once.
//   none                p
//   bonferroni          min(1, m p): at most alpha chance of any false alarm (Dunn 1961)
//   benjamini-hochberg  smallest over j >= rank of m p_(j) / j: at most alpha expected share of false alarms (Benjamini & Hochberg 1995)
std::vector<double> adjust(const std::vector<double>& p_values, std::string_view correction);
Choices corrections();

// The verdict once all features are known: drifted when the adjusted p-value is at most alpha and the score at least the smallest effect
// that matters.
void decide(std::vector<Comparison*> comparisons, std::string_view correction);

// --- for the members ---------------------------------------------------------------------------------------------------

// An answer for samples too small to judge; nullopt when they are large enough.
std::optional<Comparison> too_small(std::int64_t reference, std::int64_t current, std::int64_t min_rows);

// The largest gap between the distribution functions of two samples, and where both step over equal values, after both did.
double largest_gap(const Sample& a, const Sample& b);

// Counts of the same cells on both sides.
struct CellCounts {
  std::vector<double> reference;
  std::vector<double> current;
  std::string what;  // "10 reference quantiles"
  double reference_total() const { return std::reduce(reference.begin(), reference.end()); }
  double current_total() const { return std::reduce(current.begin(), current.end()); }
  int filled() const;  // cells that at least one side fills
};
// Over Cells of the reference.
CellCounts count_cells(const Sample& reference, const Sample& current, int bins);
// Categories of which fewer than 5 are expected on one of the sides share one cell, "rare" (Cochran's rule).
CellCounts merge_rare(const Categories& categories);
// `"x" and "y" are new; "z" is gone`: categories of which the other side would have at least 5; at most five names of each; empty: none.
std::string describe_changed(const Categories& categories);

std::optional<Comparison> too_small(const CellCounts& cells, std::int64_t min_rows);

// The verdict of a distance over cells of which `statistic` is about chi-square with filled() - 1 degrees of freedom where nothing drifted.
// `score_at`: the score that belongs to a statistic.
Comparison judge_cells(const CellCounts& cells, double score, double statistic, const std::function<double(double)>& score_at, double alpha,
                       double min_effect, std::string_view name);
// 1 / n + 1 / m, by which squared differences of shares grow where nothing drifted.
double sampling_scale(const CellCounts& cells);

// Chi-square with `degrees` degrees of freedom: the chance of a value beyond x, and the x that is exceeded with chance p. Zero degrees: all
// mass at 0.
double chi_square_tail(double x, int degrees);
double chi_square_critical(double p, int degrees);

// Cells over the real line, made from a reference: `bins` of equal count between reference quantiles, or, when the reference has at most
// `bins` distinct values, one cell per value and one for "any other". Cells depend on the reference only, so scores of different days can
// be compared.
class Cells {
 public:
  Cells(const Sample& reference, int bins);
  std::size_t size() const { return values_.size() + 1; }
  std::vector<double> counts(const Sample& sample) const;
  std::string label(std::size_t cell) const;  // "[1.5, 2)", "3", "other"
  bool discrete() const { return discrete_; }

 private:
  bool discrete_ = false;
  std::vector<double> values_;  // inner edges (cell i is [values_[i-1], values_[i])), or the distinct values
};

}  // namespace upkeep::drift
