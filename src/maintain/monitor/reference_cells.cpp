#include "maintain/monitor/reference_cells.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "base/format.hpp"
#include "data/elements.hpp"
#include "log/schema.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "maintain/monitor/monitor.hpp"
#include "train/known_signature.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep {

namespace {

constexpr std::string_view kClassPrefix = "class.";
constexpr double kSameAnswer = 1e-5;  // of the largest one, as the comparison of rows has it

// A column of the reference, and how the log's values of it are counted.
struct Counted {
  ColumnCells cells;
  Tensor values;
};

void learn_moments(std::span<const double> values, ColumnCells& cells) {
  if (values.empty()) return;
  const auto n = static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) cells.mean += value / n;
  for (const double value : values) squares += (value - cells.mean) * (value - cells.mean) / n;
  if (std::isfinite(squares) && squares > 0) cells.deviation = std::sqrt(squares);
  if (!std::isfinite(cells.mean)) cells.mean = 0;
}

// Truth values that stand as words, as numbers; other texts as they are.
Tensor truth_values(const Tensor& texts) {
  std::vector<double> numbers;
  for (const std::string& text : texts.strings()) {
    if (text == "true" || text == "True" || text == "TRUE") numbers.push_back(1);
    else if (text == "false" || text == "False" || text == "FALSE") numbers.push_back(0);
    else if (const std::optional<double> number = parse_number(text)) numbers.push_back(*number);
    else return texts;
  }
  return Tensor(texts.shape(), std::move(numbers));
}

std::optional<Counted> counted(const Tensor& reference, const Tensor& logged, const FeatureColumn& feature, bool answers,
                               SampleCache& cache) {
  const Sides sides = sides_of(reference, logged, feature, cache);
  if (sides.kind == FeatureKind::kText) return std::nullopt;
  if (feature.kind == FeatureKind::kBoolean && logged.dtype() == DType::kString) return std::nullopt;
  const DType type = compared_type(reference, logged, feature);
  const bool words = feature.kind == FeatureKind::kBoolean && reference.dtype() == DType::kString;
  Counted one{.cells = {.column = feature.columns.front(), .dtype = type == DType::kUndefined ? DType::kFloat64 : type},
              .values = words ? truth_values(reference) : reference};
  one.cells.categorical = sides.categorical();
  if (one.cells.categorical) {
    for (const auto& [word, count] : sides.reference_words.counts()) one.cells.categories.push_back(word);
    return one;
  }
  const std::span<const double> finite = sides.reference_numbers.finite();
  if (answers && !finite.empty()) one.cells.slack = kSameAnswer * std::max(std::abs(finite.front()), std::abs(finite.back()));
  one.cells.edges = edges_of(finite, one.cells.slack);
  learn_moments(finite, one.cells);
  return one;
}

void add_features(const Signature& signature, const Table& reference, const Table& log, SampleCache& cache, std::vector<Counted>& all) {
  for (const FeatureColumn& feature : match_features(log, {.signature = signature})) {
    if (!feature.is_in(log) || !reference.has(feature.reference) || feature.kind == FeatureKind::kText) continue;
    const Tensor& logged = log.column(feature.columns.front());
    const bool texts = logged.dtype() == DType::kString && reference.has_texts(feature.reference);
    const Tensor values = texts ? reference.texts(feature.reference) : reference.column(feature.reference);
    if (values.size() != reference.rows()) continue;
    if (std::optional<Counted> one = counted(values, logged, feature, false, cache)) all.push_back(std::move(*one));
  }
}

// From where on a binary answer is the second class, as an edge of cells.
double class_edge(const OutputSignature& output, DType type) {
  const double bound = threshold_for(type, output.threshold);
  return size_bits(type) <= 32 ? static_cast<double>(std::nextafter(static_cast<float>(bound), HUGE_VALF))
                               : std::nextafter(bound, HUGE_VAL);
}

bool is_one_score(const OutputSignature& output) {
  return output.answer == Answer::kBinary && (!output.dims || output.dims->size() < 2 || output.dims->back() == 1);
}

void add_outputs(const Signature& signature, const Table& answers, const Table& log, SampleCache& cache, std::vector<Counted>& all) {
  for (const auto& [column, values] : answers.columns()) {
    if (!log.has(column)) continue;
    const OutputSignature* known = signature.output(column.substr(4, column.rfind('.') - 4));
    FeatureColumn output{.name = column.substr(4), .reference = column, .columns = {column}, .kind = {}};
    if (known && known->answer == Answer::kLabel) output.kind = FeatureKind::kCategory;
    std::optional<Counted> one = counted(values, log.column(column), output, true, cache);
    if (!one) continue;
    if (known && is_one_score(*known) && !one->cells.categorical) {
      const double edge = class_edge(*known, one->cells.dtype);
      const auto at = std::ranges::lower_bound(one->cells.edges, edge);
      if (at == one->cells.edges.end() || *at != edge) one->cells.edges.insert(at, edge);
    }
    all.push_back(std::move(*one));
  }
}

void add_classes(const Signature& signature, const Table& answers, const Table& log, std::vector<Counted>& all) {
  for (const OutputSignature& output : signature.outputs) {
    if (output.answer != Answer::kClasses) continue;
    Counted one{.cells = {.column = std::string(kClassPrefix) + output.name, .categorical = true, .edges = {}, .categories = {}},
                .values = {}};
    std::vector<std::int64_t> places;
    for (std::string column = upkeep::format("out.{}.0", output.name); log.has(column) && answers.has(column);
         column = upkeep::format("out.{}.{}", output.name, places.size())) {
      one.cells.scores.push_back(column);
      places.push_back(std::ssize(places));
    }
    if (places.size() < 2 || (!output.classes.empty() && output.classes.size() != places.size())) continue;
    one.cells.classes = output.classes;
    one.cells.categories = named_classes(places, output.classes);
    std::ranges::sort(one.cells.categories);
    one.values = answered_classes(one.cells, answers);
    all.push_back(std::move(one));
  }
}

// Which rows of the reference are left out for a population; all are in "all".
std::vector<std::pair<std::string, std::vector<std::uint8_t>>> parts_of(const Table& reference) {
  const auto rows = static_cast<std::size_t>(reference.rows());
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> parts = {{"all", std::vector<std::uint8_t>(rows)}};
  if (!reference.has(kPopulationColumn)) return parts;
  std::map<std::string, std::vector<std::uint8_t>> by_name;
  const std::vector<std::string>& names = reference.column(kPopulationColumn).strings();
  for (std::size_t row = 0; row < rows; ++row) by_name.try_emplace(names[row], rows, std::uint8_t{1}).first->second[row] = 0;
  if (by_name.size() > 1) parts.insert(parts.end(), by_name.begin(), by_name.end());
  return parts;
}

}  // namespace

Table empty_log(const Signature& signature) {
  Table log;
  for (const LogColumn& column : log_columns(signature)) {
    if (column.statistic != LogStatistic::kNone) continue;
    if (column.dtype == DType::kString) log.add(column.name, Tensor({0}, std::vector<std::string>{}));
    else log.add(column.name, Tensor({0}, std::vector<double>{}).cast(column.dtype));
  }
  return log;
}

ReferenceProfile profile_of_reference(const Model& model, const Table& reference) {
  const Signature signature = known_signature(model);
  const Table log = empty_log(signature);
  SampleCache cache;
  std::vector<Counted> all;
  add_features(signature, with_last_steps(reference, signature), log, cache, all);
  const Table answers = answers_to(model, signature, reference, {});
  add_outputs(signature, answers, log, cache, all);
  add_classes(signature, answers, log, all);
  std::vector<ReferenceProfile::Part> parts;
  for (const auto& [name, left_out] : parts_of(reference)) {
    ReferenceProfile::Part part{.name = name, .rows = std::ranges::count(left_out, 0), .columns = {}};
    for (const Counted& one : all) part.columns.push_back(count_column(one.cells, one.values, left_out));
    parts.push_back(std::move(part));
  }
  std::vector<ColumnCells> columns;
  for (Counted& one : all) columns.push_back(std::move(one.cells));
  return reference_profile(std::move(columns), std::move(parts));
}

std::string output_of_classes(const ColumnCells& cells) {
  return cells.scores.empty() ? std::string() : cells.column.substr(kClassPrefix.size());
}

namespace {

// Exact where moments were counted; a reference's part has none, and its numbers lie within the edges.
double mean_of(const ColumnCells& cells, const ColumnCounts& counts) {
  if (const double exact = counts.mean(cells); !std::isnan(exact)) return exact;
  double sum = 0;
  for (std::size_t cell = 1; cell < cells.edges.size(); ++cell)
    sum += static_cast<double>(counts.cells[cell]) * (cells.edges[cell - 1] + cells.edges[cell]) / 2;
  return sum / static_cast<double>(counts.values());
}

Sample numbers_of(const ColumnCells& cells, const ColumnCounts& counts) {
  std::vector<double> values;
  std::vector<std::int64_t> some;
  for (std::size_t cell = 0; cell < counts.cells.size(); ++cell)
    if (counts.cells[cell] > 0) values.push_back(cells.value(cell)), some.push_back(counts.cells[cell]);
  return Sample::counted(std::move(values), some, counts.missing, mean_of(cells, counts));
}

Words words_of(const ColumnCells& cells, const ColumnCounts& counts) {
  std::map<std::string, std::int64_t> words = counts.others;
  std::int64_t unnamed = counts.cells.back();
  for (const auto& [name, count] : counts.others) unnamed -= count;
  for (std::size_t cell = 0; cell < cells.categories.size(); ++cell)
    if (counts.cells[cell] > 0) words[cells.categories[cell]] = counts.cells[cell];
  if (unnamed > 0) words["(more)"] += unnamed;
  return Words::counted(std::move(words), counts.missing);
}

}  // namespace

std::optional<Sides> class_sides(const ColumnCells& cells, const ColumnCounts& reference, const ColumnCounts& current,
                                 const OutputSignature& output) {
  if (!is_one_score(output) || cells.categorical) return std::nullopt;
  const auto edge = std::ranges::find(cells.edges, class_edge(output, cells.dtype));
  if (edge == cells.edges.end()) return std::nullopt;
  const auto words = [&](const ColumnCounts& counts) {
    const auto first = counts.cells.begin() + (edge - cells.edges.begin()) + 1;  // of the second class
    const std::vector<std::string> names = named_classes({0, 1}, output.classes);
    std::map<std::string, std::int64_t> some;
    if (const auto no = std::accumulate(counts.cells.begin(), first, std::int64_t{0}); no > 0) some[names[0]] = no;
    if (const auto yes = std::accumulate(first, counts.cells.end(), std::int64_t{0}); yes > 0) some[names[1]] = yes;
    return Words::counted(std::move(some), counts.missing);
  };
  return Sides{.kind = FeatureKind::kCategory, .reference_words = words(reference), .current_words = words(current)};
}

Sides sides_of(const ColumnCells& cells, const ColumnCounts& reference, const ColumnCounts& current) {
  if (cells.categorical)
    return {.kind = FeatureKind::kCategory, .reference_words = words_of(cells, reference), .current_words = words_of(cells, current)};
  Sides sides{.reference_numbers = numbers_of(cells, reference), .current_numbers = numbers_of(cells, current), .in_cells = true};
  const double infinity = std::numeric_limits<double>::infinity();
  const bool infinite = current.infinite > 0 && current.infinite < current.values();  // beside finite ones
  if (current.low <= current.high) sides.current_range = {current.low, infinite ? infinity : current.high};
  return sides;
}

}  // namespace upkeep
