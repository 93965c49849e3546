#include "maintain/monitor/monitor.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/some_of.hpp"
#include "maintain/monitor/check_facts.hpp"
#include "maintain/monitor/monitor_parts.hpp"
#include "maintain/monitor/profiles.hpp"
#include "metrics/metric.hpp"
#include "train/columns.hpp"
#include "train/known_signature.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kWidestOutput = 1024;  // elements of a row; wider ones are not logged either

// The model beside the reference table: its answers, and its quality where the table has the target.
struct ReferenceAnswers {
  Table outputs;  // columns as in the log: out.dense_1.0
  std::vector<Estimate> metrics;
  std::int64_t rows = 0;  // that the metrics are of
  std::optional<Judged> judged;
  std::map<std::string, std::pair<std::int64_t, std::vector<Estimate>>> others;  // by other outputs: rows, and metrics of them
};

void add_output(Table& table, const std::string& output, const Tensor& values) {
  const std::int64_t rows = values.rank() == 0 ? 0 : values.dim(0);
  const std::int64_t width = rows == 0 ? 0 : values.size() / rows;
  if (width > kWidestOutput || (rows != table.rows() && !table.columns().empty())) return;
  for (std::int64_t i = 0; i < width; ++i) {
    const auto column = [&](auto given) {
      decltype(given) some;
      for (std::int64_t row = 0; row < rows; ++row) some.push_back(std::move(given[static_cast<std::size_t>(row * width + i)]));
      return some;
    };
    const std::string name = upkeep::format("out.{}.{}", output, i);
    if (values.dtype() == DType::kString) table.add(name, Tensor({rows}, column(values.strings())));
    else table.add(name, Tensor({rows}, column(doubles(values))).cast(values.dtype()));
  }
}

// Scores as the classes that they come to, by name.
Tensor classes_of(const Tensor& scores, const OutputSignature& output) {
  const std::int64_t rows = scores.rank() == 0 ? 0 : scores.dim(0);
  return Tensor({rows}, named_classes(predicted_classes(scores, static_cast<std::size_t>(rows), output.threshold), output.classes));
}

// The column of the reference that labels are of; empty: not known, or not there.
std::string target_of(const Signature& signature, const Table& reference, const MonitorOptions& options) {
  const OutputSignature* judged = signature.judged_output();
  std::vector<std::string> targets = options.targets;
  if (targets.empty() && judged) targets = judged->targets;
  return targets.size() == 1 && reference.has(targets.front()) ? targets.front() : std::string();
}

DataColumns columns_for(const Signature& signature, const Table& reference, const MonitorOptions& options) {
  DataColumns columns{.targets = options.targets, .features = options.features, .ignore = {}};
  if (columns.targets.empty())
    for (const OutputSignature& output : signature.outputs)
      columns.targets.insert(columns.targets.end(), output.targets.begin(), output.targets.end());
  std::erase_if(columns.targets, [&](const std::string& name) { return !reference.has(name); });
  columns.no_targets = true;
  for (const char* own : {kPopulationColumn, kRequestColumn})
    if (reference.has(own)) columns.ignore.emplace_back(own);
  return columns;
}

// Those that were asked for, else what the output was compiled with: of classes in place of scores, only those of decisions.
std::vector<std::string> wanted_metrics(const MonitorOptions& options, const OutputSignature* output) {
  const std::optional<Compile> compile = options.metrics.empty() && options.model ? compile_of(*options.model) : std::nullopt;
  if (!compile) return options.metrics;
  const auto own = output ? compile->outputs.find(output->name) : compile->outputs.end();
  std::vector<std::string> metrics = own != compile->outputs.end() ? own->second.metrics : compile->metrics;
  std::erase_if(metrics, [&](const std::string& metric) { return compile->foreign.contains(metric); });
  if (output && output->answer == Answer::kLabel)
    std::erase_if(metrics, [](const std::string& metric) {
      return metrics::catalog().at(parse_named(metric).name).judges != metrics::Judges::kDecisions;
    });
  return metrics;
}

std::optional<Signature> signature_for(const MonitorOptions& options) {
  if (options.logged) return options.logged;
  return options.model ? std::optional(known_signature(*options.model)) : std::nullopt;
}

EstimateOptions estimate_options(const MonitorOptions& options) { return {.confidence = options.confidence, .seed = options.seed}; }

// Outputs beside the judged one, by their own targets.
void judge_others(ReferenceAnswers& answers, const Signature& signature, const Table& reference, const QualityOptions& quality) {
  const OutputSignature* own = signature.judged_output();
  for (const OutputSignature& output : signature.outputs) {
    if (&output == own || output.targets.size() != 1 || !reference.has(output.targets.front())) continue;
    if (!answers.outputs.has(upkeep::format("out.{}.0", output.name))) continue;
    const Judged judged = judge_table(reference, output.targets.front(), answers.outputs, signature, output.name);
    if (!judged.rows.empty())
      answers.others[output.name] = {std::ssize(judged.rows),
                                     estimate_judged(metrics_for(of_other(quality, output.name), judged.as), judged, quality.estimates)};
  }
}

}  // namespace

Table answers_to(const Model& model, const Signature& signature, const Table& table, const MonitorOptions& options) {
  const Dataset data = dataset_for(model, table, columns_for(signature, table, options));
  Table outputs;
  const Signature own = known_signature(model);
  for (const auto& [name, values] : predict(model, data.inputs, 256, 1)) {
    const OutputSignature* logged = signature.output(name);
    if (!logged) continue;
    const bool as_classes = logged->answer == Answer::kLabel && own.output(name)->answer != Answer::kLabel;
    add_output(outputs, name, as_classes ? classes_of(values, *own.output(name)) : values);
  }
  return outputs;
}

namespace {

ReferenceAnswers answer(const Model& model, const Signature& signature, const Table& reference, const QualityOptions& quality,
                        const MonitorOptions& options) {
  ReferenceAnswers answers{.outputs = answers_to(model, signature, reference, options)};
  if (answers.outputs.rows() != reference.rows()) return answers;
  judge_others(answers, signature, reference, quality);
  const std::string target = target_of(signature, reference, options);
  if (target.empty()) return answers;
  Judged judged = judge_table(reference, target, answers.outputs, signature);
  if (judged.rows.empty()) return answers;
  answers.rows = std::ssize(judged.rows);
  answers.metrics = estimate_judged(metrics_for(quality, judged.as), judged, quality.estimates);
  answers.judged = std::move(judged);
  return answers;
}

JudgedOutputs outputs_of(const JoinedLog& log, const std::vector<std::int64_t>& rows, const std::optional<Signature>& own,
                         const MonitorOptions& options) {
  JudgedOutputs outputs{.otherwise = own};
  if (!options.signature_of_version) return outputs;
  outputs.otherwise.reset();
  std::set<std::int64_t> versions;
  for (const std::int64_t row : rows) versions.insert(log.versions[static_cast<std::size_t>(row)]);
  for (const std::int64_t version : versions)
    if (std::optional<Signature> signature = options.signature_of_version(version))
      outputs.versions.emplace(version, std::move(*signature));
  return outputs;
}

QualityOptions quality_options(const MonitorOptions& options) {
  const std::optional<Signature> signature = signature_for(options);
  const OutputSignature* judged = signature ? signature->judged_output() : nullptr;
  std::map<std::string, std::vector<std::string>> others;
  if (signature)
    for (const OutputSignature& output : signature->outputs)
      if (&output != judged) others[output.name] = wanted_metrics(options, &output);
  return {.metrics = wanted_metrics(options, judged),
          .other_metrics = std::move(others),
          .more_metrics = options.more_metrics,
          .estimates = estimate_options(options),
          .window_rows = options.window_rows,
          .window = options.window};
}

DriftReport drift_of(const JoinedLog& log, const std::vector<std::int64_t>& rows, const Table& reference, const Table& outputs,
                     const std::optional<Signature>& signature, const MonitorOptions& options, SampleCache& cache) {
  return compare_drift(reference, outputs, predictions_of(log, answered_rows(log, rows)),
                       {.names = {.signature = signature, .features = options.features, .categories = options.categories},
                        .measures = options.measures,
                        .correction = options.correction},
                       cache);
}

std::vector<std::string> names_where(const std::vector<FeatureDrift>& features, auto holds) {
  std::vector<std::string> names;
  for (const FeatureDrift& feature : features)
    if (holds(feature)) names.push_back(feature.name);
  return names;
}

}  // namespace

namespace monitoring {

void judge_drift(MonitorReport& report) {
  const DriftReport& drift = *report.drift;
  const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& names, std::string_view what) {
    if (!names.empty()) to.push_back(upkeep::format("{}: {}", what, some_of(names)));
  };
  add(report.alarms, names_where(drift.features, [](const FeatureDrift& one) { return one.drifted(); }), "features drifted");
  add(report.alarms, names_where(drift.predictions, [](const FeatureDrift& one) { return one.drifted(); }), "predictions drifted");
  add(report.unknown, names_where(drift.features, [](const FeatureDrift& one) { return one.unknown(); }),
      "features with too few values to compare");
  add(report.unknown, names_where(drift.predictions, [](const FeatureDrift& one) { return one.unknown(); }),
      "predictions with too few values to compare");
  add(report.unknown, drift.missing, "features that the log lacks");
  add(report.unknown, drift.unreferenced, "features that the reference lacks");
  add(report.unknown, drift.unreadable, "features of numbers that hold text in the log, and are not compared");
  if (drift.features.empty() && drift.missing.empty() && drift.unreferenced.empty() && drift.unreadable.empty())
    report.unknown.push_back("no feature could be compared with the reference");
  add(report.notes, drift.new_columns, "inputs in the log that are no known feature");
  add(report.notes, drift.text, "features that are free text or tensors and not compared");
}

void judge_checks(MonitorReport& report) {
  for (const checks::Finding& finding : report.checks)
    if (finding.verdict == checks::Verdict::kAlarm) report.alarms.push_back(upkeep::format("{}: {}", finding.check, finding.text));
}

std::string nothing_in_window(const MonitorOptions& options) {
  return options.version ? upkeep::format("version {} has answered nothing in this window", *options.version)
                         : "the log has no predictions in this window";
}

}  // namespace monitoring

namespace {

// `of`: which output's, where there are several.
void judge_quality(const Quality& quality, const std::string& of, MonitorReport& report) {
  for (const Estimate& now : quality.metrics) {
    if (std::isnan(now.value))
      report.unknown.push_back(
          upkeep::format("{}{} {}", of, now.metric, now.unknown.empty() ? "cannot be told of these labels" : "is unknown: " + now.unknown));
    const auto before = std::ranges::find(quality.reference, now.metric, &Estimate::metric);
    if (before == quality.reference.end() || std::isnan(now.low) || std::isnan(before->low)) continue;
    if (now.higher_is_better ? now.high < before->low : now.low > before->high)
      report.alarms.push_back(upkeep::format("{}{} is worse than the reference's {}", of, to_text(now), to_text(*before)));
  }
  const auto note = [&](std::int64_t count, std::string_view what) {
    if (count > 0) report.notes.push_back(upkeep::format("{}{} {}", of, count, what));
  };
  note(quality.unmatched.value_or(0), "labels match no logged prediction");
  note(quality.unusable, "labels could not be used: no known class, or no number");
  note(quality.unanswered, "labelled rows are left out: the model's answer to them is missing");
  note(quality.unknown_classes, "labels are of no class that the model knows; they count as errors");
  note(quality.unknown_answers, "answers are of no class that the model knows");
  for (const std::string& one : quality.notes) report.notes.push_back(of + one);
}

// Metrics that were asked for and fit no output.
void judge_metrics(const std::vector<std::string>& metrics, MonitorReport& report) {
  if (report.other_outputs.empty()) return;
  const auto has = [](const Quality& quality, const std::string& metric) {
    return quality.metrics.empty() || std::ranges::contains(quality.metrics, metric, &Estimate::metric);
  };
  for (const std::string& metric : metrics)
    if (!has(*report.quality, metric) &&
        std::ranges::none_of(report.other_outputs, [&](const Quality& other) { return has(other, metric); }))
      report.unknown.push_back(upkeep::format("{} fits the answers of no output that has labels", metric));
}

}  // namespace

void monitoring::judge_all_quality(MonitorReport& report, const std::vector<std::string>& metrics) {
  const auto of = [&](const Quality& quality) {
    return report.other_outputs.empty() || quality.output.empty() ? std::string() : upkeep::format("output {}: ", quality.output);
  };
  judge_quality(*report.quality, of(*report.quality), report);
  for (const Quality& other : report.other_outputs) judge_quality(other, of(other), report);
  judge_metrics(metrics, report);
  const bool any = std::ranges::any_of(report.other_outputs, [](const Quality& other) { return other.labelled > 0; });
  if (report.quality->labelled == 0)
    report.unknown.push_back(
        any ? upkeep::format("no labels for the answers of \"{}\" yet: its quality is not known", report.quality->output)
            : "no labels for these predictions yet: quality is not known");
}

namespace {

// Of each output beside the judged one that labels name.
void measure_others(MonitorReport& report, const JoinedLog& log, const std::vector<std::int64_t>& rows, const QualityOptions& options) {
  for (const auto& [output, _] : log.other_labels) {
    QualityOptions own = of_other(options, output);
    own.outputs.output = output;
    report.other_outputs.push_back(measure_quality(log.labelled_for(output), rows, own));
    report.other_outputs.back().output = output;
  }
}

void run_checks(MonitorReport& report, const CheckSources& sources, const std::optional<Judged>& reference, const JudgedOutputs& outputs) {
  checks::Facts facts = facts_for_checks(sources);
  facts.judged = judge(sources.log, sources.rows, outputs);
  facts.judged_reference = reference;
  report.checks = checks::run_all(facts);
  monitoring::judge_checks(report);
}

// A past window of the log as the reference: its features, and its answers.
void compare_with_past(MonitorReport& report, const JoinedLog& past, const std::vector<std::int64_t>& rows, CheckSources sources,
                       const std::optional<Signature>& signature, const QualityOptions& quality, const MonitorOptions& options) {
  const std::vector<std::int64_t> answered = answered_rows(past, judged_rows(past, {.version = options.version}));
  if (answered.empty()) {
    report.unknown.push_back("the window to compare with has no predictions: drift is not judged");
    return run_checks(report, sources, std::nullopt, quality.outputs);
  }
  const Table taken = predictions_of(past, answered);
  Table reference;
  Table outputs;
  for (const FeatureColumn& feature : match_features(taken, sources.names))
    if (feature.is_in(taken) && !reference.has(feature.reference)) reference.add(feature.reference, logged_values(taken, feature));
  for (const auto& [name, values] : taken.columns())
    if (name.starts_with("out.")) outputs.add(name, values);
  const auto drift = [&](const std::vector<std::int64_t>& some) {
    return drift_of(sources.log, some, reference, outputs, signature, options, sources.cache);
  };
  report.drift = drift(rows);
  report.drift->population = "past window";
  if (!options.per.empty()) report.timeline = timeline_of(sources.log, rows, period_length(options.per), drift, quality);
  monitoring::judge_drift(report);
  const Judged before = judge(past, answered, outputs_of(past, answered, signature, options));
  if (!before.rows.empty()) {
    report.quality->reference = estimate_judged(metrics_for(quality, before.as), before, quality.estimates);
    report.quality->reference_rows = std::ssize(before.rows);
  }
  sources.reference = &reference;
  sources.reference_outputs = &outputs;
  run_checks(report, sources, before, quality.outputs);
}

std::int64_t count(const std::vector<checks::Finding>& findings, checks::Verdict verdict) {
  return std::ranges::count(findings, verdict, &checks::Finding::verdict);
}

Json basis_json(const std::optional<ProfileBasis>& basis) {
  if (!basis) return nullptr;
  return {{"segments", basis->segments}, {"from_rows", basis->from_rows}, {"cell_error", basis->cell_error}};
}

Json version_json(const std::optional<std::int64_t>& version) { return version ? Json(*version) : Json(nullptr); }

}  // namespace

std::string judged_output_of(const MonitorOptions& options) {
  if (!options.model) return {};
  const Signature signature = known_signature(*options.model);
  const OutputSignature* judged = signature.judged_output();
  return judged ? judged->name : std::string();
}

std::vector<std::int64_t> judged_rows(const JoinedLog& log, const MonitorOptions& options) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < log.rows(); ++row)
    if (!options.version || log.versions[static_cast<std::size_t>(row)] == *options.version) rows.push_back(row);
  if (options.last_rows > 0 && std::ssize(rows) > options.last_rows) rows.erase(rows.begin(), rows.end() - options.last_rows);
  return rows;
}

MonitorReport monitor(const MonitorOptions& options) {
  const ProfileQuery window{.folder = options.log, .model = options.name, .since = options.since, .until = options.until, .version = {}};
  if (monitoring::can_judge_profiles(options) && has_more_rows(window, options.most_rows)) return monitoring::monitor_profiles(options);
  const auto read_within = [&](TimePoint since, TimePoint until) {
    return in_context(upkeep::format("log \"{}\"", options.log.string()), [&] {
      return read_log({.folder = options.log,
                       .model = options.name,
                       .since = since,
                       .until = until,
                       .labels_until = options.labels_until,
                       .judged = judged_output_of(options)});
    });
  };
  const JoinedLog log = read_within(options.since, options.until);
  if (!options.against) return monitor(log, options);
  const JoinedLog past = read_within(options.against->first, options.against->second);
  return monitor(log, options, &past);
}

namespace {

// Traffic, and the quality of every output that labels name.
MonitorReport measured(const JoinedLog& log, const std::vector<std::int64_t>& rows, const std::optional<Signature>& signature,
                       const QualityOptions& quality, const MonitorOptions& options) {
  MonitorReport report{.name = options.name, .version = options.version, .traffic = measure_traffic(log)};
  report.rows = std::ssize(rows);
  if (options.model) report.training = training_record_of(*options.model).history;
  if (rows.empty()) {
    report.unknown.push_back(monitoring::nothing_in_window(options));
    return report;
  }
  report.first = TimePoint(std::chrono::microseconds(log.times[static_cast<std::size_t>(rows.front())]));
  report.last = TimePoint(std::chrono::microseconds(log.times[static_cast<std::size_t>(rows.back())]));
  report.quality = measure_quality(log, rows, quality);
  if (const OutputSignature* judged = signature ? signature->judged_output() : nullptr) report.quality->output = judged->name;
  if (options.since == TimePoint::min() && options.until == TimePoint::max()) report.quality->unmatched = log.unmatched;
  measure_others(report, log, rows, quality);
  if (log.ambiguous > 0)
    report.quality->notes.push_back(upkeep::format(
        "{} labels count for nothing: their request id stands for several answers, or they name no row of a batch", log.ambiguous));
  if (report.quality->answered == 0) report.alarms.push_back(upkeep::format("all {} rows failed with an error", rows.size()));
  return report;
}

void compare_with_reference(MonitorReport& report, CheckSources sources, const std::optional<Signature>& signature,
                            const QualityOptions& quality, const MonitorOptions& options) {
  const Table given = load_table(options.reference);
  const Table reference = signature ? with_last_steps(given, *signature) : given;
  const ReferenceAnswers answers =
      options.model
          ? in_context(options.reference.string(), [&] { return answer(*options.model, *signature, reference, quality, options); })
          : ReferenceAnswers{};
  const auto drift = [&](const std::vector<std::int64_t>& some) {
    return drift_of(sources.log, some, reference, answers.outputs, signature, options, sources.cache);
  };
  report.drift = drift(sources.rows);
  if (!options.per.empty()) report.timeline = timeline_of(sources.log, sources.rows, period_length(options.per), drift, quality);
  report.quality->reference = answers.metrics;
  report.quality->reference_rows = answers.rows;
  for (Quality& other : report.other_outputs)
    if (const auto known = answers.others.find(other.output); known != answers.others.end())
      std::tie(other.reference_rows, other.reference) = known->second;
  monitoring::judge_drift(report);
  sources.reference = &reference;
  sources.reference_outputs = &answers.outputs;
  if (signature) sources.target = target_of(*signature, reference, options);
  else if (options.targets.size() == 1 && reference.has(options.targets.front())) sources.target = options.targets.front();
  run_checks(report, sources, answers.judged, quality.outputs);
}

}  // namespace

MonitorReport monitor(const JoinedLog& log, const MonitorOptions& options, const JoinedLog* past) {
  const std::vector<std::int64_t> rows = judged_rows(log, options);
  const std::optional<Signature> signature = signature_for(options);
  QualityOptions quality = quality_options(options);
  quality.outputs = outputs_of(log, rows, signature, options);
  quality.several = !log.other_labels.empty();
  MonitorReport report = measured(log, rows, signature, quality, options);
  if (rows.empty()) return report;
  const Table answered = predictions_of(log, answered_rows(log, rows));
  SampleCache cache;
  CheckSources sources{.log = log,
                       .rows = rows,
                       .answered = answered,
                       .cache = cache,
                       .names = {.signature = signature, .features = options.features, .categories = options.categories},
                       .target = {}};
  if (past) {
    compare_with_past(report, *past, rows, sources, signature, quality, options);
  } else if (!options.reference.empty()) {
    compare_with_reference(report, sources, signature, quality, options);
  } else {
    report.unknown.push_back("no reference was given: drift is not judged");
    run_checks(report, sources, std::nullopt, quality.outputs);
  }
  monitoring::judge_all_quality(report, options.metrics);
  return report;
}

static std::string quality_text(const Quality& quality, bool named) {
  std::string text = "\nquality  ";
  if (named) text += upkeep::format("{}: ", quality.output);
  for (const Estimate& one : quality.metrics) text += to_text(one) + "  ";
  text += upkeep::format("on {} labelled rows ({:.0f} % of {})", quality.labelled, 100 * quality.coverage(), quality.answered);
  for (const Estimate& one : quality.reference) text += upkeep::format("\n         {} on the reference", to_text(one));
  return text;
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::kOk: return "ok";
    case Health::kUnknown: return "unknown";
    case Health::kAlarm: break;
  }
  return "alarm";
}

Health MonitorReport::health() const {
  if (!alarms.empty()) return Health::kAlarm;
  return unknown.empty() ? Health::kOk : Health::kUnknown;
}

Json to_json(const MonitorReport& report) {
  Json found = Json::array();
  for (const checks::Finding& finding : report.checks) found.push_back(checks::to_json(finding));
  Json others = Json::array();
  for (const Quality& other : report.other_outputs) others.push_back(to_json(other));
  return {{"model", report.name},
          {"version", version_json(report.version)},
          {"rows", report.rows},
          {"first", report.rows > 0 ? Json(to_iso8601(report.first)) : Json(nullptr)},
          {"last", report.rows > 0 ? Json(to_iso8601(report.last)) : Json(nullptr)},
          {"traffic", to_json(report.traffic)},
          {"profiles", basis_json(report.profiles)},
          {"drift", report.drift ? to_json(*report.drift) : Json(nullptr)},
          {"quality", report.quality ? to_json(*report.quality) : Json(nullptr)},
          {"other_outputs", others},
          {"checks", found},
          {"health", to_string(report.health())},
          {"alarms", report.alarms},
          {"unknown", report.unknown},
          {"timeline", to_json(report.timeline)},
          {"notes", report.notes}};
}

std::string to_text(const ProfileBasis& basis) {
  return upkeep::format("from profiles of {} segments ({} of them counted from their rows), cell error <= {:.2g}", basis.segments,
                        basis.from_rows, basis.cell_error);
}

std::string summary(const MonitorReport& report) {
  const TrafficCounts& all = report.traffic.all;
  std::string text = upkeep::format("traffic  {} requests, {} rows, {} failed", all.requests, all.rows, all.failed);
  if (!std::isnan(all.latency.p50_us))
    text += upkeep::format("; latency p50 {} us, p95 {} us, p99 {} us", report::number(all.latency.p50_us),
                           report::number(all.latency.p95_us), report::number(all.latency.p99_us));
  if (report.profiles) text += "\nbasis    " + to_text(*report.profiles);
  if (report.drift) {
    const auto drifted = names_where(report.drift->features, [](const FeatureDrift& one) { return one.drifted(); });
    const auto unknown = names_where(report.drift->features, [](const FeatureDrift& one) { return one.unknown(); });
    text += upkeep::format("\ndrift    {} of {} features{}{}", drifted.size(), report.drift->features.size(), drifted.empty() ? "" : ": ",
                           join(drifted));
    if (!unknown.empty()) text += upkeep::format("; {} unknown: {}", unknown.size(), some_of(unknown));
    if (std::ranges::any_of(report.drift->predictions, &FeatureDrift::drifted)) text += "; the predictions drifted";
  }
  if (!report.checks.empty())
    text += upkeep::format("\nchecks   {} alarms, {} unknown of {}", count(report.checks, checks::Verdict::kAlarm),
                           count(report.checks, checks::Verdict::kUnknown), report.checks.size());
  if (report.quality && report.quality->labelled > 0) text += quality_text(*report.quality, !report.other_outputs.empty());
  for (const Quality& other : report.other_outputs)
    if (other.labelled > 0) text += quality_text(other, true);
  for (const Period& period : report.timeline) {
    const auto drifted = names_where(period.features, [](const FeatureDrift& one) { return one.drifted(); });
    text += upkeep::format("\n{}  {} rows, {} of {} features drifted{}{}", to_iso8601(period.begin).substr(0, 16), period.rows,
                           drifted.size(), period.features.size(), drifted.empty() ? "" : ": ", some_of(drifted));
    for (const Estimate& one : period.metrics) text += "; " + to_text(one);
  }
  for (const std::string& alarm : report.alarms) text += "\nalarm    " + alarm;
  for (const std::string& unknown : report.unknown) text += "\nunknown  " + unknown;
  for (const std::string& note : report.notes) text += "\nnote     " + note;
  return text + upkeep::format("\nhealth   {}", to_string(report.health()));
}

}  // namespace upkeep
