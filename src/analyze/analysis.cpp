#include "analyze/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "analyze/ranked_auc.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "data/rows.hpp"
#include "graph/element_types.hpp"
#include "metrics/shared/interval.hpp"
#include "metrics/shared/pairs.hpp"
#include "train/counted_steps.hpp"
#include "train/judged_metric.hpp"
#include "train/not_finite.hpp"
#include "train/predicted_classes.hpp"
#include "train/scored_output.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kPairs = 1000;
constexpr std::size_t kSlices = 50;
constexpr std::int64_t kMostClasses = 100;  // of a confusion, where the output does not say how many there are
constexpr std::size_t kDistinct = 20;       // numbers that are slices of their own

bool are_classes(const Tensor& targets) { return targets.dtype() == DType::kInt64; }

std::vector<double> flat(const Tensor& values) {
  const Tensor numbers = values.cast(DType::kFloat64);
  const auto all = numbers.data<double>();
  return {all.begin(), all.end()};
}

void describe_numbers(Analysis& analysis, const Tensor& predictions, const Tensor& targets) {
  const std::vector<double> predicted = flat(predictions);
  const std::vector<double> wanted = flat(targets);
  std::vector<double> residuals;
  for (std::size_t i = 0; i < wanted.size(); ++i) residuals.push_back(predicted[i] - wanted[i]);
  for (const std::size_t i : report::thinned(wanted.size(), kPairs)) {
    analysis.targets.push_back(wanted[i]);
    analysis.predictions.push_back(predicted[i]);
  }
  analysis.mean_residual = std::accumulate(residuals.begin(), residuals.end(), 0.0) / static_cast<double>(residuals.size());
  analysis.residuals = report::histogram({residuals});
}

void describe_classes(Analysis& analysis, const Model& model, const Tensor& predictions, const Dataset& data) {
  const auto wanted = data.targets.data<std::int64_t>();
  const std::vector<std::int64_t> predicted = predicted_classes(predictions, wanted.size(), answer_facts(model).threshold);
  if (predicted.size() != wanted.size()) return;
  std::int64_t count = std::max<std::int64_t>(2, std::ssize(data.class_names));
  if (!is_integer_type(predictions.dtype())) count = std::max(count, predictions.size() / std::max<std::int64_t>(1, std::ssize(wanted)));
  else
    for (const std::int64_t label : predicted) count = std::max(count, std::min(label, kMostClasses - 1) + 1);
  const auto classes = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < classes; ++i)
    analysis.classes.push_back(i < data.class_names.size() ? data.class_names[i] : std::to_string(i));
  analysis.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
  const auto known = [count](std::int64_t label) { return label >= 0 && label < count; };
  for (std::size_t row = 0; row < wanted.size(); ++row)
    if (known(wanted[row]) && known(predicted[row]))
      ++analysis.confusion[static_cast<std::size_t>(wanted[row])][static_cast<std::size_t>(predicted[row])];
}

// The rows for which the model has an answer.
struct Answered {
  Tensor predictions;
  Dataset data;
  std::vector<std::string> slice_values;
  std::vector<std::int64_t> unanswered;
};

Answered answered_rows(const Model& model, const Dataset& data, const AnalysisOptions& options) {
  const std::string& output = scored_output(model).name;
  Answered made{.predictions = predict(model, data.inputs, options.batch_size, options.threads).at(output),
                .data = data,
                .slice_values = options.slice_values};
  made.unanswered = unanswered_rows(model, data, {{output, made.predictions}});
  if (made.unanswered.empty()) return made;
  const std::vector<std::int64_t> rows = rows_without(data, made.unanswered);
  if (rows.empty())
    throw Error(ErrorCode::kFailedPrecondition, describe_unanswered(data, made.unanswered), "there is nothing to compare with the targets");
  made.predictions = take_rows(made.predictions, rows);
  made.data = data.take(rows);
  if (made.slice_values.empty()) return made;
  made.slice_values.clear();
  for (const std::int64_t row : rows) made.slice_values.push_back(options.slice_values[static_cast<std::size_t>(row)]);
  return made;
}

// `all`: the estimates of all rows. What these have no value of, no slice has.
std::vector<Slice> slice_up(const std::vector<std::string>& values, const std::vector<Estimate>& all, const Tensor& predictions,
                            const Tensor& targets, EstimateOptions options) {
  std::vector<std::string> metrics;
  for (const Estimate& one : all) metrics.push_back(one.metric);
  const std::optional<Tensor> mask = options.mask;
  std::map<std::string, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < values.size(); ++i) rows[values[i]].push_back(static_cast<std::int64_t>(i));
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> groups(rows.begin(), rows.end());
  std::ranges::stable_sort(groups, std::greater(), [](const auto& group) { return group.second.size(); });
  if (groups.size() > kSlices) groups.resize(kSlices);
  std::vector<Slice> slices;
  for (const auto& [value, its] : groups) {
    if (mask) options.mask = take_rows(*mask, its);
    slices.push_back({.value = value,
                      .rows = static_cast<std::int64_t>(its.size()),
                      .metrics = estimate(metrics, take_rows(predictions, its), take_rows(targets, its), options)});
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!all[i].unknown.empty()) slices.back().metrics[i] = all[i];
  }
  return slices;
}

std::string percent(double share) { return upkeep::format("{:g} %", 100 * share); }

report::Chart slice_chart(const Analysis& analysis, std::size_t metric) {
  report::Chart chart{.kind = report::ChartKind::kBar,
                      .title = upkeep::format("{} by {}", analysis.metrics[metric].metric, analysis.slice),
                      .x_label = analysis.slice};
  report::Series series{.name = analysis.metrics[metric].metric};
  for (const Slice& slice : analysis.slices) {
    chart.labels.push_back(slice.value);
    series.y.push_back(slice.metrics[metric].value);
  }
  chart.series.push_back(std::move(series));
  if (std::isfinite(analysis.metrics[metric].value)) {
    chart.limit = analysis.metrics[metric].value;
    chart.limit_name = "all rows";
  }
  return chart;
}

void add_slices(report::Page& page, const Analysis& analysis) {
  page.section("By " + analysis.slice, "Small slices have wide intervals: compare intervals, not values.");
  report::TableBlock table{.heading = {analysis.slice, "rows"}};
  for (const Estimate& metric : analysis.metrics) table.heading.insert(table.heading.end(), {metric.metric, "interval"});
  for (const Slice& slice : analysis.slices) {
    std::vector<report::Cell> row{report::Cell(slice.value), report::Cell(slice.rows)};
    for (const Estimate& one : slice.metrics) {
      row.emplace_back(one.value);
      row.emplace_back(upkeep::format("{} to {}", report::number(one.low), report::number(one.high)));
    }
    table.rows.push_back(std::move(row));
  }
  page.table(table);
  std::vector<report::Chart> charts;
  for (std::size_t i = 0; i < analysis.metrics.size(); ++i) charts.push_back(slice_chart(analysis, i));
  page.charts(charts);
}

void add_numbers(report::Page& page, const Analysis& analysis) {
  report::Chart pairs{.kind = report::ChartKind::kScatter,
                      .title = "Predictions and targets",
                      .x_label = "target",
                      .y_label = "prediction",
                      .x = analysis.targets,
                      .series = {{.name = "rows", .y = analysis.predictions}},
                      .diagonal = true};
  report::Chart residuals{.kind = report::ChartKind::kBar,
                          .title = "Residuals",
                          .note = upkeep::format("prediction minus target; mean {}", report::number(analysis.mean_residual)),
                          .x_label = "residual",
                          .y_label = "share, %",
                          .labels = analysis.residuals.labels,
                          .series = {{.name = "rows", .y = analysis.residuals.shares.front()}}};
  page.section("Mistakes");
  page.charts({pairs, residuals});
}

void add_classes(report::Page& page, const Analysis& analysis) {
  report::TableBlock table{.heading = {"true class"}, .caption = "Rows by true class (down) and predicted class (across)"};
  table.heading.insert(table.heading.end(), analysis.classes.begin(), analysis.classes.end());
  for (std::size_t i = 0; i < analysis.classes.size(); ++i) {
    std::vector<report::Cell> row{report::Cell(analysis.classes[i])};
    for (const std::int64_t count : analysis.confusion[i]) row.emplace_back(count);
    table.rows.push_back(std::move(row));
  }
  page.section("Confusion");
  page.table(table);
}

}  // namespace

Json to_json(const Estimate& estimate) {
  Json json = {{"value", report::finite_or_null(estimate.value)},
               {"low", report::finite_or_null(estimate.low)},
               {"high", report::finite_or_null(estimate.high)},
               {"higher_is_better", estimate.higher_is_better}};
  if (!estimate.definition.empty()) json["definition"] = estimate.definition;
  if (!estimate.unknown.empty()) json["unknown"] = estimate.unknown;
  return json;
}

Json to_json(const std::vector<Estimate>& estimates) {
  Json json = Json::object();
  for (const Estimate& estimate : estimates) json[estimate.metric] = to_json(estimate);
  return json;
}

std::string to_text(const Estimate& estimate) {
  return upkeep::format("{} {} [{}, {}]", estimate.metric, report::number(estimate.value), report::number(estimate.low),
                        report::number(estimate.high));
}

const Estimate& find(const std::vector<Estimate>& estimates, std::string_view metric) {
  std::vector<std::string> names;
  for (const Estimate& estimate : estimates) {
    if (estimate.metric == metric) return estimate;
    names.push_back(estimate.metric);
  }
  throw unknown_name("metric", metric, names, ErrorCode::kNotFound);
}

// Why a metric of these numbers is none; empty: it is one, or there is no reason to see.
static std::string why_not_finite(double value, const Tensor& predictions, const Tensor& targets) {
  if (std::isfinite(value)) return "";
  const auto count = [](const Tensor& values) {
    return std::ranges::count_if(flat(values), [](double one) { return !std::isfinite(one); });
  };
  const std::int64_t answers = count(predictions), wanted = count(targets);
  if (answers == 0 && wanted == 0) return "";
  return upkeep::format("{} answers and {} targets are no finite numbers", answers, wanted);
}

// A metric's value, its interval, and which area or average it is.
static Estimate estimate_one(const std::string& text, const Tensor& predictions, const Tensor& targets, const EstimateOptions& options) {
  const JudgedMetric judged = judged_metric(text, predictions, targets, options.answers);
  Estimate one{.metric = text, .higher_is_better = judged.metric.higher_is_better};
  one.value = one.low = one.high = std::numeric_limits<double>::quiet_NaN();
  one.definition = judged.definition;
  one.unknown = judged.unfit;
  if (targets.dim(0) == 0 || !one.unknown.empty()) return one;
  const bool two = metrics::are_two_classes(predictions, targets);
  if (is_open_auc(text) && (two || (options.exact_auc && predictions.size() == targets.size()))) {
    const Estimate exact = ranked_auc(text, two ? of_class_one(predictions, options.answers.logits) : predictions, targets, options);
    one.value = exact.value;
    one.low = exact.low;
    one.high = exact.high;
    one.definition = upkeep::format("{}by the ranks of all scores", two ? "of class 1, " : "");
    return one;
  }
  if (one.definition.empty()) one.definition = auc_definition(text, predictions, targets);
  const auto interval =
      metrics::confidence_interval(judged.metric, judged.predictions, judged.targets, {.level = options.confidence, .seed = options.seed});
  judged.metric.metric->add(judged.predictions, judged.targets);
  one.value = judged.metric.metric->value();
  one.low = interval.low;
  one.high = interval.high;
  one.unknown = why_not_finite(one.value, judged.predictions, judged.targets);
  if (!one.unknown.empty()) one.value = one.low = one.high = std::numeric_limits<double>::quiet_NaN();
  return one;
}

std::vector<Estimate> estimate(const std::vector<std::string>& metrics, const Tensor& all_predictions, const Tensor& all_targets,
                               const EstimateOptions& options) {
  std::vector<Estimate> estimates;
  Tensor counted, wanted;  // the steps that count, as rows
  if (options.mask) {
    counted = take_counted(all_predictions, *options.mask);
    wanted = take_counted(all_targets, *options.mask);
  }
  for (const std::string& text : metrics) {
    const bool heeds = metrics::make(parse_named(text)).heeds_masks;
    const bool masked = options.mask && (heeds || options.all_heed_mask);
    estimates.push_back(estimate_one(text, masked ? counted : all_predictions, masked ? wanted : all_targets, options));
  }
  return estimates;
}

// Without sample weights, what is weighted is the same as what is not.
static std::vector<std::string> compiled_metrics(const Compile& compile) {
  std::vector<std::string> metrics = compile.metrics;
  for (const std::string& weighted : compile.weighted_metrics)
    if (!std::ranges::contains(metrics, weighted)) metrics.push_back(weighted);
  for (const std::string& metric : metrics)
    if (compile.foreign.contains(metric))
      throw Error(ErrorCode::kUnsupported, upkeep::format("the model was compiled with the metric \"{}\", which is not known here", metric),
                  "give others by --metrics");
  return metrics;
}

std::vector<std::string> default_metrics(const Model& model, const Tensor& targets) {
  if (const std::optional<Compile> compile = compile_of(model))
    if (std::vector<std::string> metrics = compiled_metrics(*compile); !metrics.empty()) return metrics;
  if (!model.graph.outputs.empty() && is_integer_type(scored_output(model).type.dtype)) return {"equality"};
  return are_classes(targets) ? std::vector<std::string>{"accuracy"} : std::vector<std::string>{"mae", "rmse"};
}

std::vector<std::string> slice_values(const Table& table, const std::string& column) {
  const Tensor& values = table.column(column);
  if (values.dtype() == DType::kString) return values.strings();
  if (values.size() != table.rows())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("column \"{}\" has {} values a row", column, values.size() / std::max<std::int64_t>(1, table.rows())),
                "slice by a column with one");
  const std::vector<double> numbers = flat(values);
  std::vector<double> sorted;
  std::ranges::copy_if(numbers, std::back_inserter(sorted), [](double value) { return !std::isnan(value); });
  std::ranges::sort(sorted);
  const std::set<double> distinct(sorted.begin(), sorted.end());
  std::vector<double> edges;
  if (distinct.size() > kDistinct)
    for (const std::size_t quarter : {1, 2, 3}) edges.push_back(sorted[sorted.size() * quarter / 4]);
  std::vector<std::string> slices;
  for (const double value : numbers) {
    const auto part = std::ranges::upper_bound(edges, value) - edges.begin();
    if (std::isnan(value)) slices.emplace_back("missing");
    else if (edges.empty()) slices.push_back(report::number(value));
    else if (part == 0) slices.push_back(upkeep::format("< {}", report::number(edges.front())));
    else if (part == 3) slices.push_back(upkeep::format(">= {}", report::number(edges.back())));
    else
      slices.push_back(upkeep::format("[{}, {})", report::number(edges[static_cast<std::size_t>(part) - 1]),
                                      report::number(edges[static_cast<std::size_t>(part)])));
  }
  return slices;
}

Analysis analyze(const Model& model, const Dataset& given, const AnalysisOptions& options) {
  if (given.rows() == 0) throw Error(ErrorCode::kInvalidArgument, "there are no rows to analyse");
  if (!options.slice_values.empty() && static_cast<std::int64_t>(options.slice_values.size()) != given.rows())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} slice values for {} rows", options.slice_values.size(), given.rows()));
  const auto [predictions, data, slice_values, unanswered] = answered_rows(model, given, options);
  const std::vector<std::string> metrics = options.metrics.empty() ? default_metrics(model, data.targets) : options.metrics;
  EstimateOptions intervals{.confidence = options.confidence, .seed = options.seed, .answers = answer_facts(model)};
  if (std::optional<CountedSteps> steps = counted_steps(model, data.inputs, predictions, options.batch_size)) {
    intervals.mask = std::move(steps->mask);
    intervals.all_heed_mask = steps->all_metrics_heed;
  }

  Analysis analysis{.rows = data.rows(), .unanswered = unanswered, .confidence = options.confidence, .slice = options.slice};
  analysis.metrics = estimate(metrics, predictions, data.targets, intervals);
  if (!slice_values.empty()) analysis.slices = slice_up(slice_values, analysis.metrics, predictions, data.targets, intervals);
  if (are_classes(data.targets)) describe_classes(analysis, model, predictions, data);
  else if (predictions.size() == data.targets.size() && intervals.mask)
    describe_numbers(analysis, take_counted(predictions, *intervals.mask), take_counted(data.targets, *intervals.mask));
  else if (predictions.size() == data.targets.size()) describe_numbers(analysis, predictions, data.targets);
  return analysis;
}

Json to_json(const Analysis& analysis) {
  Json json = {{"rows", analysis.rows}, {"confidence", analysis.confidence}, {"metrics", to_json(analysis.metrics)}};
  if (!analysis.slices.empty()) {
    json["slice"] = analysis.slice;
    json["slices"] = Json::array();
    for (const Slice& slice : analysis.slices)
      json["slices"].push_back({{"value", slice.value}, {"rows", slice.rows}, {"metrics", to_json(slice.metrics)}});
  }
  if (!analysis.classes.empty()) json.update({{"classes", analysis.classes}, {"confusion", analysis.confusion}});
  if (!analysis.targets.empty()) json["mean_residual"] = report::finite_or_null(analysis.mean_residual);
  return json;
}

std::string analysis_page(const std::string& title, const Analysis& analysis) {
  report::Page page("Analysis: " + title,
                    upkeep::format("{} rows; intervals at {} confidence", analysis.rows, percent(analysis.confidence)));
  std::vector<report::Tile> tiles;
  for (const Estimate& one : analysis.metrics)
    tiles.push_back({.label = one.metric,
                     .value = report::number(one.value),
                     .note = upkeep::format("{} to {}", report::number(one.low), report::number(one.high))});
  page.tiles(tiles);
  for (const Estimate& one : analysis.metrics)
    if (!one.unknown.empty()) page.notice(report::Tone::kWarning, upkeep::format("{} is unknown: {}", one.metric, one.unknown));
  if (!analysis.targets.empty()) add_numbers(page, analysis);
  if (!analysis.classes.empty()) add_classes(page, analysis);
  if (!analysis.slices.empty()) add_slices(page, analysis);
  return page.html();
}

}  // namespace upkeep
