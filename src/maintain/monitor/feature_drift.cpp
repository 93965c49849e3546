#include "maintain/monitor/feature_drift.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <limits>
#include <map>
#include <tuple>

#include "base/cores.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep {

namespace {

constexpr double kMissingAlpha = 0.01;
constexpr double kMissingEffect = 0.02;                             // more of the rows
constexpr std::int64_t kMissingRows = 50;                           // needed to judge by
constexpr double kSamePrediction = 1e-5;                            // of the largest one
constexpr std::size_t kLeastWholeCodes = 2, kMostWholeCodes = 256;  // values of numbers that are compared as categories too

std::vector<std::string> log_columns(const Table& log, std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& [name, values] : log.columns())
    if (name.starts_with(prefix)) names.push_back(name);
  return names;
}

// Whether each row has one value.
bool is_scalar_column(const Tensor& column, std::int64_t rows) { return column.size() == rows; }

// Keeps the features that can be compared and lists the others.
std::vector<FeatureColumn> usable(const std::vector<FeatureColumn>& features, const Table& reference, const Table& log,
                                  const std::optional<Signature>& signature, DriftReport& report) {
  std::vector<FeatureColumn> kept;
  std::vector<std::string> taken;
  for (const FeatureColumn& feature : features) {
    taken.insert(taken.end(), feature.columns.begin(), feature.columns.end());
    if (!feature.is_in(log)) report.missing.push_back(feature.name);
    else if (!reference.has(feature.reference)) report.unreferenced.push_back(feature.name);
    else if (feature.kind == FeatureKind::kText || !is_scalar_column(reference.column(feature.reference), reference.rows()))
      report.text.push_back(feature.name);
    else kept.push_back(feature);
  }
  for (const std::string& input : log_columns(log, "in."))
    if (!std::ranges::contains(taken, input) && !(signature && is_element(input, *signature)))
      report.new_columns.push_back(input.substr(3));
  return kept;
}

report::Histogram bars_of(const drift::Categories& categories) {
  constexpr std::size_t kBars = 20;
  drift::Categories shown = categories;
  std::ranges::stable_sort(shown, std::greater(), [](const drift::Category& one) { return one.reference + one.current; });
  drift::Category rest{.name = "others"};
  while (shown.size() > kBars) {
    rest.reference += shown.back().reference;
    rest.current += shown.back().current;
    shown.pop_back();
  }
  if (rest.reference + rest.current > 0) shown.push_back(rest);
  double before = 0;
  double after = 0;
  for (const drift::Category& one : shown) {
    before += one.reference;
    after += one.current;
  }
  report::Histogram bars{.shares = {{}, {}}};
  for (const drift::Category& one : shown) {
    bars.labels.push_back(one.name);
    bars.shares[0].push_back(before > 0 ? 100 * one.reference / before : 0);
    bars.shares[1].push_back(after > 0 ? 100 * one.current / after : 0);
  }
  return bars;
}

bool are_whole(const Sample& sample) {
  bool whole = true;
  sample.for_each_distinct([&](double value, std::int64_t) { return whole = value == std::floor(value); });
  return whole;
}

// Few whole numbers may be codes that only tell things apart.
bool may_be_codes(const Sample& sample) {
  std::size_t distinct = 0;
  bool whole = true;
  sample.for_each_distinct([&](double value, std::int64_t) {
    whole = value == std::floor(value) && ++distinct <= kMostWholeCodes;
    return whole;
  });
  return whole && distinct >= kLeastWholeCodes;
}

Words as_words(const Sample& sample) {
  std::map<std::string, std::int64_t> counts;
  sample.for_each_distinct([&](double value, std::int64_t count) {
    counts[upkeep::format("{}", value)] += count;
    return true;
  });
  return Words::counted(std::move(counts), sample.missing());
}

report::Histogram bars_of(const Sample& reference, const Sample& current) {
  return report::histogram_of_ascending({{reference.finite(), reference.until()}, {current.finite(), current.until()}});
}

FeatureDrift compare(const std::string& name, const Sides& sides, const std::vector<NamedSettings>& measures) {
  FeatureDrift feature{.name = name, .kind = sides.kind};
  const auto before = static_cast<double>(sides.reference_rows());
  const auto after = static_cast<double>(sides.current_rows());
  const auto missing_before = static_cast<double>(sides.reference_missing());
  const auto missing_after = static_cast<double>(sides.current_missing());
  feature.missing_reference = before > 0 ? missing_before / before : 0;
  feature.missing_current = after > 0 ? missing_after / after : 0;
  feature.missing = compare_missing(missing_before, before, missing_after, after);
  drift::Categories categories;
  if (sides.categorical()) categories = drift::count_categories(sides.reference_words, sides.current_words);
  else if (may_be_codes(sides.reference_numbers) && (!sides.in_cells || are_whole(sides.current_numbers)))
    categories = drift::count_categories(as_words(sides.reference_numbers), as_words(sides.current_numbers));
  for (const NamedSettings& measure : measures) {
    const drift::DriftEntry& entry = drift::catalog().at(measure.name);
    if (!sides.categorical() && entry.compare)
      feature.measures.emplace_back(entry.name, entry.compare(sides.reference_numbers, sides.current_numbers, measure.values));
    else if (entry.compare_categories && (sides.categorical() || !categories.empty()))
      feature.measures.emplace_back(entry.name, entry.compare_categories(categories, measure.values));
  }
  feature.bars = sides.categorical() ? bars_of(categories) : bars_of(sides.reference_numbers, sides.current_numbers);
  return feature;
}

void decide(std::vector<FeatureDrift>& features, const DriftOptions& options) {
  for (const NamedSettings& measure : options.measures) {
    const std::string name = drift::catalog().at(measure.name).name;
    std::vector<drift::Comparison*> comparisons;
    for (FeatureDrift& feature : features)
      for (auto& [known, comparison] : feature.measures)
        if (known == name) comparisons.push_back(&comparison);
    drift::decide(comparisons, options.correction);
  }
  std::vector<drift::Comparison*> missing;
  for (FeatureDrift& feature : features) missing.push_back(&feature.missing);
  drift::decide(missing, options.correction);
}

// Values of both sides that lie closer together than rounding does become one value.
void join_close(Sample& a, Sample& b) {
  std::vector<double> all;
  std::ranges::merge(a.finite(), b.finite(), std::back_inserter(all));
  if (all.empty()) return;
  const double step = kSamePrediction * std::max(std::abs(all.front()), std::abs(all.back()));
  std::vector<double> firsts;  // of each cluster
  for (const double value : all)
    if (firsts.empty() || value - firsts.back() > step) firsts.push_back(value);
  for (Sample* side : {&a, &b}) {
    std::vector<double> joined(side->values().begin(), side->values().end());
    std::size_t cluster = 0;
    for (double& value : joined) {
      if (!std::isfinite(value)) continue;
      while (cluster + 1 < firsts.size() && firsts[cluster + 1] <= value) ++cluster;
      value = firsts[cluster];
    }
    joined.resize(joined.size() + static_cast<std::size_t>(side->missing()), std::numeric_limits<double>::quiet_NaN());
    *side = Sample(std::move(joined));
  }
}

// The class that each row of scores answers.
std::vector<std::string> answered_classes(const Table& table, const OutputSignature& output, std::size_t width) {
  const auto rows = static_cast<std::size_t>(table.rows());
  const auto column = [&](std::size_t k) { return table.column(upkeep::format("out.{}.{}", output.name, k)); };
  if (width == 1) return named_classes(predicted_classes(column(0), rows, output.threshold), output.classes);
  std::vector<double> scores(rows * width);
  for (std::size_t k = 0; k < width; ++k) {
    const std::vector<double> of_class = doubles(column(k));
    for (std::size_t row = 0; row < rows; ++row) scores[row * width + k] = of_class[row];
  }
  const Tensor all({table.rows(), static_cast<std::int64_t>(width)}, std::move(scores));
  return named_classes(predicted_classes(all, rows, output.threshold), output.classes);
}

struct Comparable {
  std::string name;
  Sides sides;
  bool rounded = false;  // answers of a model, which batches of other sizes round differently
};

std::vector<FeatureDrift> compare_all(const std::vector<Comparable>& columns, const std::vector<std::int64_t>& rows,
                                      const DriftOptions& options) {
  std::vector<FeatureDrift> features(columns.size());
  in_parallel(columns.size(), [&](std::size_t i) {
    Sides part = columns[i].sides;
    if (part.reference_numbers.rows() > 0) part.reference_numbers = part.reference_numbers.take(rows);
    if (part.reference_words.rows() > 0) part.reference_words = part.reference_words.take(rows);
    if (columns[i].rounded) join_close(part.reference_numbers, part.current_numbers);
    features[i] = compare(columns[i].name, part, options.measures);
  });
  decide(features, options);
  return features;
}

// The reference's values as they stand in its file where the log holds texts: "01234" is no number there.
Tensor reference_values(const Table& reference, const std::string& column, const Tensor& logged) {
  return logged.dtype() == DType::kString && reference.has_texts(column) ? reference.texts(column) : reference.column(column);
}

std::vector<Comparable> feature_sides(const std::vector<FeatureColumn>& features, const Table& reference, const Table& log,
                                      DriftReport& report, SampleCache& cache) {
  std::vector<Comparable> all(features.size());
  in_parallel(features.size(), [&](std::size_t i) {
    const Tensor logged = logged_values(log, features[i]);
    all[i] = {features[i].name, sides_of(reference_values(reference, features[i].reference, logged), logged, features[i], cache)};
  });
  std::vector<Comparable> comparable;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].sides.kind != FeatureKind::kText) comparable.push_back(std::move(all[i]));
    else (features[i].kind == FeatureKind::kNumber ? report.unreadable : report.text).push_back(all[i].name);
  }
  return comparable;
}

void add_answered_classes(const Table& reference, const Table& log, const OutputSignature& output, std::vector<Comparable>& comparable) {
  if (output.answer != Answer::kClasses && output.answer != Answer::kBinary) return;
  std::size_t width = 0;
  while (log.has(upkeep::format("out.{}.{}", output.name, width)) && reference.has(upkeep::format("out.{}.{}", output.name, width)))
    ++width;
  if (width == 0 || (output.answer == Answer::kBinary && width > 1)) return;
  comparable.push_back({output.name + " (class)",
                        {.kind = FeatureKind::kCategory,
                         .reference_words = answered_classes(reference, output, width),
                         .current_words = answered_classes(log, output, width)}});
}

std::vector<Comparable> output_sides(const Table& reference, const Table& log, const DriftOptions& options, SampleCache& cache) {
  std::vector<Comparable> comparable;
  for (const std::string& column : log_columns(log, "out.")) {
    if (!reference.has(column)) continue;
    const std::string output = column.substr(4, column.rfind('.') - 4);
    const OutputSignature* known = options.names.signature ? options.names.signature->output(output) : nullptr;
    FeatureColumn feature{.name = column.substr(4), .reference = column, .columns = {column}, .kind = {}};
    if (known && known->answer == Answer::kLabel) feature.kind = FeatureKind::kCategory;
    Sides sides = sides_of(reference.column(column), log.column(column), feature, cache);
    if (sides.kind != FeatureKind::kText) comparable.push_back({feature.name, std::move(sides), sides.kind == FeatureKind::kNumber});
  }
  if (options.names.signature)
    for (const OutputSignature& output : options.names.signature->outputs) add_answered_classes(reference, log, output, comparable);
  return comparable;
}

// The rows of each population; "all" where there is only one.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> populations(const Table& reference) {
  std::vector<std::int64_t> all;
  for (std::int64_t row = 0; row < reference.rows(); ++row) all.push_back(row);
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> parts = {{"all", all}};
  if (!reference.has(kPopulationColumn)) return parts;
  std::map<std::string, std::vector<std::int64_t>> by_name;
  const std::vector<std::string>& names = reference.column(kPopulationColumn).strings();
  for (std::size_t row = 0; row < names.size(); ++row) by_name[names[row]].push_back(static_cast<std::int64_t>(row));
  if (by_name.size() > 1) parts.insert(parts.end(), by_name.begin(), by_name.end());
  return parts;
}

}  // namespace

// Best first: judged features, few drifted ones, small distances.
std::tuple<std::int64_t, std::int64_t, double> misfit(const std::vector<FeatureDrift>& features) {
  std::int64_t judged = 0;
  std::int64_t drifted = 0;
  double distance = 0;
  for (const FeatureDrift& feature : features) {
    drifted += feature.drifted();
    for (const auto& [name, comparison] : feature.measures) {
      if (comparison.verdict == drift::Verdict::kNotEnoughEvidence) continue;
      ++judged;
      distance += comparison.score;
    }
  }
  return {-judged, drifted, distance};
}

std::vector<FeatureDrift> compare_columns(const std::vector<ComparedColumn>& columns, const DriftOptions& options) {
  std::vector<FeatureDrift> features(columns.size());
  in_parallel(columns.size(), [&](std::size_t i) { features[i] = compare(columns[i].name, columns[i].sides, options.measures); });
  decide(features, options);
  return features;
}

Json to_json(const FeatureDrift& feature) {
  Json json = {{"name", feature.name},
               {"kind", to_string(feature.kind)},
               {"drifted", feature.drifted()},
               {"unknown", feature.unknown()},
               {"missing_reference", feature.missing_reference},
               {"missing_current", feature.missing_current},
               {"missing", drift::to_json(feature.missing)},
               {"measures", Json::object()}};
  for (const auto& [name, comparison] : feature.measures) json["measures"][name] = drift::to_json(comparison);
  return json;
}

drift::Comparison compare_missing(double reference_missing, double reference_rows, double current_missing, double current_rows) {
  if (auto none = drift::too_small(static_cast<std::int64_t>(reference_rows), static_cast<std::int64_t>(current_rows), kMissingRows))
    return *none;
  const double before = reference_missing / reference_rows;
  const double after = current_missing / current_rows;
  const double pooled = (reference_missing + current_missing) / (reference_rows + current_rows);
  const double variance = pooled * (1 - pooled) * (1 / reference_rows + 1 / current_rows);
  drift::Comparison result{.score = after - before, .threshold = kMissingEffect, .min_effect = kMissingEffect, .alpha = kMissingAlpha};
  const double statistic = variance > 0 ? (after - before) * (after - before) / variance : 0.0;
  result.p_value = after > before ? drift::chi_square_tail(statistic, 1) : 1.0;
  result.verdict = *result.p_value <= kMissingAlpha && result.score >= kMissingEffect ? drift::Verdict::kDrifted : drift::Verdict::kStable;
  result.note = upkeep::format("{:.3g} % of the reference's and {:.3g} % of the current values are missing", 100 * before, 100 * after);
  return result;
}

const drift::Comparison* FeatureDrift::find_measure(std::string_view wanted) const {
  for (const auto& [known, comparison] : measures)
    if (known == wanted) return &comparison;
  return nullptr;
}

const drift::Comparison& FeatureDrift::measure(std::string_view wanted) const {
  if (const drift::Comparison* found = find_measure(wanted)) return *found;
  std::vector<std::string> names;
  for (const auto& [known, comparison] : measures) names.push_back(known);
  throw unknown_name("drift measure", wanted, names, ErrorCode::kNotFound);
}

drift::Verdict FeatureDrift::verdict(std::string_view wanted) const {
  using drift::Verdict;
  if (missing.verdict == Verdict::kDrifted) return Verdict::kDrifted;
  Verdict worst = Verdict::kNotEnoughEvidence;
  for (const auto& [known, comparison] : measures) {
    if (!wanted.empty() && known != wanted) continue;
    if (comparison.verdict == Verdict::kDrifted) return Verdict::kDrifted;
    if (comparison.verdict == Verdict::kStable) worst = Verdict::kStable;
  }
  return worst;
}

bool FeatureDrift::drifted() const { return verdict({}) == drift::Verdict::kDrifted; }
bool FeatureDrift::unknown() const { return verdict({}) == drift::Verdict::kNotEnoughEvidence; }

std::int64_t DriftReport::drifted(std::string_view measure) const {
  const auto compared = [&](const FeatureDrift& feature) { return feature.find_measure(measure) != nullptr; };
  if (!features.empty() && std::ranges::none_of(features, compared)) features.front().measure(measure);
  return std::ranges::count_if(features, [&](const FeatureDrift& feature) { return feature.verdict(measure) == drift::Verdict::kDrifted; });
}

Json to_json(const DriftReport& report) {
  Json json = {{"population", report.population},     {"reference_rows", report.reference_rows},
               {"current_rows", report.current_rows}, {"correction", report.correction},
               {"features", Json::array()},           {"predictions", Json::array()},
               {"missing", report.missing},           {"new_columns", report.new_columns},
               {"unreferenced", report.unreferenced}, {"text", report.text},
               {"unreadable", report.unreadable}};
  for (const FeatureDrift& feature : report.features) json["features"].push_back(to_json(feature));
  for (const FeatureDrift& prediction : report.predictions) json["predictions"].push_back(to_json(prediction));
  return json;
}

DriftReport compare_drift(const Table& reference, const Table& reference_outputs, const Table& current, const DriftOptions& options,
                          SampleCache& cache) {
  DriftReport report{.current_rows = current.rows(), .correction = options.correction};
  if (options.names.signature) report.text = uncompared_inputs(*options.names.signature);
  for (const NamedSettings& measure : options.measures) drift::catalog().at(measure.name);
  const std::vector<FeatureColumn> columns =
      usable(match_features(current, options.names), reference, current, options.names.signature, report);
  const std::vector<Comparable> features = feature_sides(columns, reference, current, report, cache);

  std::vector<std::int64_t> rows;
  for (const auto& [name, part] : populations(reference)) {
    std::vector<FeatureDrift> compared = compare_all(features, part, options);
    if (!rows.empty() && misfit(compared) >= misfit(report.features)) continue;
    report.features = std::move(compared);
    report.population = name;
    rows = part;
  }
  report.reference_rows = static_cast<std::int64_t>(rows.size());
  report.predictions = compare_all(output_sides(reference_outputs, current, options, cache), rows, options);
  return report;
}

DriftReport compare_drift(const Table& reference, const Table& reference_outputs, const Table& current, const DriftOptions& options) {
  SampleCache cache;
  return compare_drift(reference, reference_outputs, current, options, cache);
}

}  // namespace upkeep
