#include "maintain/monitor/monitor.hpp"

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/rows.hpp"
#include "graph/signature.hpp"
#include "train/columns.hpp"
#include "train/losses/loss.hpp"
#include "train/not_finite.hpp"
#include "train/scored_output.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

// The model beside the reference table: its answers, and its quality where the table has the targets.
struct ReferenceAnswers {
  Table outputs;  // columns as in the log: out.dense_1.0
  std::vector<Estimate> metrics;
};

Table output_table(const std::string& output, const Tensor& values) {
  Table table;
  const std::int64_t rows = values.dim(0);
  const std::int64_t width = rows == 0 ? 0 : values.size() / rows;
  const Tensor numbers = values.cast(DType::kFloat64);
  for (std::int64_t i = 0; i < width; ++i) {
    std::vector<double> column;
    for (std::int64_t row = 0; row < rows; ++row) column.push_back(numbers.data<double>()[static_cast<std::size_t>(row * width + i)]);
    table.add(upkeep::format("out.{}.{}", output, i), Tensor({rows}, std::move(column)));
  }
  return table;
}

DataColumns columns_for(const Model& model, const Table& reference, const MonitorOptions& options) {
  DataColumns columns{.targets = options.targets, .features = options.features, .ignore = {}};
  if (columns.targets.empty()) columns.targets = own_targets(model);
  columns.no_targets =
      columns.targets.empty() || !std::ranges::all_of(columns.targets, [&](const std::string& name) { return reference.has(name); });
  if (columns.no_targets) columns.targets.clear();
  if (reference.has(kPopulationColumn)) columns.ignore.emplace_back(kPopulationColumn);
  const std::optional<Compile> compile = compile_of(model);
  columns.integer_targets = compile ? losses::catalog().at(compile->loss.name).integer_targets
                                    : !signature_of(model).output(scored_output(model).name)->classes.empty();
  return columns;
}

ReferenceAnswers answer(const Model& model, const Table& reference, const MonitorOptions& options) {
  const DataColumns columns = columns_for(model, reference, options);
  const Dataset data = dataset_for(model, reference, columns);
  const std::string output = scored_output(model).name;
  const Tensor predictions = predict(model, data.inputs, 256, 1).at(output);
  ReferenceAnswers answers{.outputs = output_table(output, predictions)};
  if (columns.no_targets) return answers;
  const std::vector<std::string> metrics = options.metrics.empty() ? default_metrics(model, data.targets) : options.metrics;
  const std::vector<std::int64_t> answered = rows_without(data, unanswered_rows({{output, predictions}}, reference.rows()));
  answers.metrics = estimate(with_more(metrics, options.more_metrics), take_rows(predictions, answered), take_rows(data.targets, answered),
                             {.confidence = options.confidence, .seed = options.seed});
  return answers;
}

QualityOptions quality_options(const MonitorOptions& options) {
  QualityOptions quality{.metrics = options.metrics,
                         .more_metrics = options.more_metrics,
                         .estimates = {.confidence = options.confidence, .seed = options.seed},
                         .window_rows = options.window_rows,
                         .window = options.window};
  if (!options.model) return quality;
  quality.output = scored_output(*options.model).name;
  quality.classes = signature_of(*options.model).output(quality.output)->classes;
  if (const std::optional<Compile> compile = compile_of(*options.model); compile && quality.metrics.empty())
    quality.metrics = compile->metrics;
  return quality;
}

DriftReport drift_of(const JoinedLog& log, const std::vector<std::int64_t>& rows, const Table& reference, const Table& outputs,
                     const MonitorOptions& options) {
  std::vector<std::int64_t> answered;
  std::ranges::copy_if(rows, std::back_inserter(answered), [&](std::int64_t row) { return !log.failed(row); });
  DriftOptions drift{.features = options.features, .measures = options.measures, .correction = options.correction};
  if (drift.features.empty() && options.model) drift.features = feature_columns(signature_of(*options.model));
  return compare_drift(reference, outputs, log.predictions.take(answered), drift);
}

void note_gaps(MonitorReport& report) {
  const auto list = [&](const std::vector<std::string>& names, std::string_view what) {
    if (!names.empty()) report.notes.push_back(upkeep::format("{}: {}", what, join(names)));
  };
  if (report.drift) {
    list(report.drift->missing, "features that the log lacks");
    list(report.drift->new_columns, "inputs in the log that are no known feature");
    list(report.drift->unreferenced, "features that the reference lacks");
    list(report.drift->text, "features that are text and not compared");
  }
  if (!report.quality) return;
  if (report.quality->labelled == 0) report.notes.push_back("no labels for these predictions yet: quality is not known");
  if (report.quality->unusable > 0)
    report.notes.push_back(upkeep::format("{} labels could not be used: no known class, or no number", report.quality->unusable));
}

Json version_json(const std::optional<std::int64_t>& version) { return version ? Json(*version) : Json(nullptr); }

}  // namespace

std::vector<std::int64_t> judged_rows(const JoinedLog& log, const MonitorOptions& options) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < log.rows(); ++row)
    if (!options.version || log.versions[static_cast<std::size_t>(row)] == *options.version) rows.push_back(row);
  if (options.last_rows > 0 && std::ssize(rows) > options.last_rows) rows.erase(rows.begin(), rows.end() - options.last_rows);
  return rows;
}

MonitorReport monitor(const MonitorOptions& options) {
  const JoinedLog log = in_context(upkeep::format("log \"{}\"", options.log.string()), [&] {
    return read_log({.folder = options.log,
                     .model = options.name,
                     .since = options.since,
                     .until = options.until,
                     .labels_until = options.labels_until});
  });
  return monitor(log, options);
}

MonitorReport monitor(const JoinedLog& log, const MonitorOptions& options) {
  MonitorReport report{.name = options.name, .version = options.version, .traffic = measure_traffic(log)};
  const std::vector<std::int64_t> rows = judged_rows(log, options);
  report.rows = std::ssize(rows);
  if (options.model) report.training = training_record_of(*options.model).history;
  if (rows.empty()) {
    report.notes.push_back(options.version ? upkeep::format("version {} has answered nothing in this window", *options.version)
                                           : "the log has no predictions in this window");
    return report;
  }
  report.first = TimePoint(std::chrono::microseconds(log.times[static_cast<std::size_t>(rows.front())]));
  report.last = TimePoint(std::chrono::microseconds(log.times[static_cast<std::size_t>(rows.back())]));
  report.quality = measure_quality(log, rows, quality_options(options));
  if (options.reference.empty()) {
    report.notes.push_back("no reference was given: drift is not judged");
  } else {
    const Table reference = load_table(options.reference);
    const ReferenceAnswers answers =
        options.model ? in_context(options.reference.string(), [&] { return answer(*options.model, reference, options); })
                      : ReferenceAnswers{};
    report.drift = drift_of(log, rows, reference, answers.outputs, options);
    report.quality->reference = answers.metrics;
    report.quality->reference_rows = answers.metrics.empty() ? 0 : reference.rows();
  }
  note_gaps(report);
  return report;
}

Json to_json(const MonitorReport& report) {
  return {{"model", report.name},
          {"version", version_json(report.version)},
          {"rows", report.rows},
          {"first", report.rows > 0 ? Json(to_iso8601(report.first)) : Json(nullptr)},
          {"last", report.rows > 0 ? Json(to_iso8601(report.last)) : Json(nullptr)},
          {"traffic", to_json(report.traffic)},
          {"drift", report.drift ? to_json(*report.drift) : Json(nullptr)},
          {"quality", report.quality ? to_json(*report.quality) : Json(nullptr)},
          {"notes", report.notes}};
}

std::string summary(const MonitorReport& report) {
  const TrafficCounts& all = report.traffic.all;
  std::string text = upkeep::format("traffic  {} requests, {} rows, {} failed", all.requests, all.rows, all.failed);
  if (all.requests > all.failed)
    text += upkeep::format("; latency p50 {} us, p95 {} us, p99 {} us", report::number(all.latency.p50_us),
                           report::number(all.latency.p95_us), report::number(all.latency.p99_us));
  if (report.drift) {
    std::vector<std::string> drifted;
    for (const FeatureDrift& feature : report.drift->features)
      if (feature.drifted()) drifted.push_back(feature.name);
    text += upkeep::format("\ndrift    {} of {} features{}{}", drifted.size(), report.drift->features.size(), drifted.empty() ? "" : ": ",
                           join(drifted));
    if (std::ranges::any_of(report.drift->predictions, &FeatureDrift::drifted)) text += "; the predictions drifted";
  }
  if (report.quality && report.quality->labelled > 0) {
    text += "\nquality  ";
    for (const Estimate& one : report.quality->metrics) text += to_text(one) + "  ";
    text += upkeep::format("on {} labelled rows ({:.0f} % of {})", report.quality->labelled, 100 * report.quality->coverage(),
                           report.quality->answered);
    for (const Estimate& one : report.quality->reference) text += upkeep::format("\n         {} on the reference", to_text(one));
  }
  for (const std::string& note : report.notes) text += "\nnote     " + note;
  return text;
}

}  // namespace upkeep
