// A report from profiles: distributions, missing values, ranges and categories of the whole window; rows are read where labels ask for
// answers, and the newest ones for what only rows tell.

#include <algorithm>

#include "base/format.hpp"
#include "data/sources/arrow_table.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"
#include "log/schema.hpp"
#include "maintain/monitor/check_facts.hpp"
#include "maintain/monitor/monitor_parts.hpp"
#include "maintain/monitor/profiles.hpp"
#include "maintain/monitor/reference_cells.hpp"
#include "train/known_signature.hpp"
#include "train/training_record.hpp"

namespace upkeep::monitoring {

namespace {

constexpr std::int64_t kNewestRows = 20'000;  // that are looked at one by one
constexpr std::size_t kColumnsAtOnce = 8;

// A column of cells, and what it is called in a report.
struct Named {
  std::size_t at = 0;  // into the profile's columns
  std::string name;
  const Feature* feature = nullptr;
};

struct Subjects {
  std::vector<Named> features;
  std::vector<Named> outputs;
  std::vector<Named> classes;          // by the output that answers them
  std::vector<std::string> uncounted;  // features without cells
};

const Feature* feature_called(const Signature& signature, const std::string& column) {
  for (const InputSignature& input : signature.inputs)
    for (const Feature& feature : input.features)
      if (feature.column == column) return &feature;
  return nullptr;
}

Subjects subjects_of(const ReferenceProfile& profile, const Signature& signature) {
  Subjects subjects;
  const Table log = empty_log(signature);
  for (const FeatureColumn& feature : match_features(log, {.signature = signature})) {
    const auto found =
        feature.columns.empty() ? profile.columns.end() : std::ranges::find(profile.columns, feature.columns.front(), &ColumnCells::column);
    if (found == profile.columns.end()) subjects.uncounted.push_back(feature.name);
    else
      subjects.features.push_back({.at = static_cast<std::size_t>(found - profile.columns.begin()),
                                   .name = feature.name,
                                   .feature = feature_called(signature, feature.reference)});
  }
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    if (const std::string output = output_of_classes(profile.columns[i]); !output.empty())
      subjects.classes.push_back({.at = i, .name = output});
    else if (profile.columns[i].column.starts_with("out."))
      subjects.outputs.push_back({.at = i, .name = profile.columns[i].column.substr(4)});
  }
  return subjects;
}

std::vector<ComparedColumn> sides_of_all(const std::vector<Named>& some, const ReferenceProfile& reference,
                                         const ReferenceProfile::Part& part, const SegmentProfile& counts) {
  std::vector<ComparedColumn> columns;
  for (const Named& one : some)
    columns.push_back({one.name, sides_of(reference.columns[one.at], part.columns[one.at], counts.columns[one.at])});
  return columns;
}

DriftReport drift_of(const SegmentProfile& counts, const Subjects& subjects, const Signature& signature, const MonitorOptions& options) {
  const ReferenceProfile& reference = *options.profile;
  const DriftOptions how{.names = {}, .measures = options.measures, .correction = options.correction};
  DriftReport report{.current_rows = counts.rows, .correction = options.correction};
  report.text = uncompared_inputs(signature);
  report.text.insert(report.text.end(), subjects.uncounted.begin(), subjects.uncounted.end());
  const ReferenceProfile::Part* best = nullptr;
  for (const ReferenceProfile::Part& part : reference.parts) {
    std::vector<FeatureDrift> compared = compare_columns(sides_of_all(subjects.features, reference, part, counts), how);
    if (best && misfit(compared) >= misfit(report.features)) continue;
    report.features = std::move(compared);
    best = &part;
  }
  report.population = best->name;
  report.reference_rows = best->rows;
  std::vector<ComparedColumn> answers = sides_of_all(subjects.outputs, reference, *best, counts);
  for (const Named& one : subjects.outputs) {
    const std::string name = one.name.substr(0, one.name.rfind('.'));
    const OutputSignature* output = signature.output(name);
    if (!output) continue;
    if (auto sides = class_sides(reference.columns[one.at], best->columns[one.at], counts.columns[one.at], *output))
      answers.push_back({name + " (class)", std::move(*sides)});
  }
  for (ComparedColumn& column : sides_of_all(subjects.classes, reference, *best, counts)) {
    column.name += " (class)";
    answers.push_back(std::move(column));
  }
  report.predictions = compare_columns(answers, how);
  return report;
}

// The last rows of a file, a few columns at a time, so that files of any size may be looked at.
Table last_rows(const LogFile& file, const MonitorOptions& options, std::int64_t rows) {
  std::vector<std::string> names = {"request_id", "row", "time", "version", "latency_us", "error"};
  for (const std::string& name : sources::summarize_parquet(file.path).columns)
    if (name.starts_with("in.") || name.starts_with("out.")) names.push_back(name);
  Table last;
  for (std::size_t begin = 0; begin < names.size(); begin += kColumnsAtOnce) {
    const std::size_t end = std::min(names.size(), begin + kColumnsAtOnce);
    const PredictionQuery query{
        .since = options.since,
        .until = options.until,
        .version = options.version,
        .columns = {names.begin() + static_cast<std::ptrdiff_t>(begin), names.begin() + static_cast<std::ptrdiff_t>(end)}};
    const Table part = read_log_file(file, options.name, query);
    const Table some = part.rows(std::max<std::int64_t>(0, part.rows() - rows), part.rows());
    for (const auto& [name, values] : some.columns())
      if (!last.has(name)) last.add(name, values.rows(0, values.dim(0)));
  }
  return last;
}

JoinedLog newest_rows(const MonitorOptions& options) {
  const FileQuery query{.since = options.since, .until = options.until, .version = options.version};
  return with_log_files(options.log / options.name, LogKind::kPredictions, query, [&](std::vector<LogFile> files) {
    std::vector<Table> parts;
    std::int64_t rows = 0;
    for (auto file = files.rbegin(); file != files.rend() && rows < kNewestRows; ++file) {
      parts.insert(parts.begin(), last_rows(*file, options, kNewestRows - rows));
      rows += parts.front().rows();
    }
    return join_labels(stack(parts), {});
  });
}

void check_newest_rows(MonitorReport& report, const Table& reference, const Signature& signature, const MonitorOptions& options) {
  const JoinedLog log = newest_rows(options);
  const std::vector<std::int64_t> rows = judged_rows(log, {.version = options.version});
  const Table answered = predictions_of(log, answered_rows(log, rows));
  SampleCache cache;
  const CheckSources sources{.log = log,
                             .rows = rows,
                             .answered = answered,
                             .cache = cache,
                             .names = {.signature = signature},
                             .reference = &reference,
                             .target = {}};
  std::ranges::move(checks::run_those(facts_for_checks(sources), checks::Reads::kRows), std::back_inserter(report.checks));
  report.notes.push_back(upkeep::format("units and duplicates are judged by the newest {} rows", rows.size()));
}

void check_counts(MonitorReport& report, const SegmentProfile& counts, const Subjects& subjects, const MonitorOptions& options) {
  const ReferenceProfile& reference = *options.profile;
  checks::Facts facts;
  const auto add = [&](const std::vector<Named>& some, std::vector<checks::Values>& to) {
    for (ComparedColumn& column : sides_of_all(some, reference, reference.parts.front(), counts))
      to.push_back({.name = std::move(column.name), .sides = std::move(column.sides), .known = {}});
    for (std::size_t i = 0; i < some.size(); ++i)
      if (some[i].feature) to[i].known = some[i].feature->categories;
  };
  add(subjects.features, facts.features);
  add(subjects.outputs, facts.outputs);
  std::ranges::move(checks::run_those(facts, checks::Reads::kCounts), std::back_inserter(report.checks));
}

// Quality and the checks of labels, judged from the rows of a log that is read without its features.
MonitorReport labels_report(const MonitorOptions& options, const Signature& signature) {
  std::vector<std::string> columns = {"request_id", "row", "time", "version", "latency_us", "error"};
  for (const LogColumn& column : log_columns(signature))
    if (!column.is_input) columns.push_back(column.name);
  const JoinedLog log = read_log({.folder = options.log,
                                  .model = options.name,
                                  .since = options.since,
                                  .until = options.until,
                                  .labels_until = options.labels_until,
                                  .judged = judged_output_of(options),
                                  .columns = std::move(columns)});
  return monitor(log, options);
}

void take_labels(MonitorReport& labels, MonitorReport& report) {
  report.quality = std::move(labels.quality);
  report.other_outputs = std::move(labels.other_outputs);
  for (checks::Finding& finding : labels.checks)
    if (checks::catalog().at(finding.check).reads == checks::Reads::kLabels) report.checks.push_back(std::move(finding));
}

// `labels`: of the same window, with the periods' quality.
std::vector<Period> timeline(const LogProfiles& found, const std::vector<Period>& labels, const Subjects& subjects,
                             const Signature& signature, const MonitorOptions& options) {
  std::vector<Period> periods;
  if (found.periods.empty()) return periods;
  const std::chrono::seconds length = period_length(options.per);
  for (TimePoint begin = found.periods.begin()->first; begin <= found.periods.rbegin()->first; begin += length) {
    Period period{.begin = begin, .end = begin + length};
    if (const auto part = found.periods.find(begin); part != found.periods.end()) {
      period.rows = part->second.rows + part->second.failed_rows;
      period.features = drift_of(part->second, subjects, signature, options).features;
    }
    if (const auto same = std::ranges::find(labels, begin, &Period::begin); same != labels.end()) {
      period.labelled = same->labelled;
      period.metrics = same->metrics;
    }
    periods.push_back(std::move(period));
  }
  return periods;
}

}  // namespace

bool can_judge_profiles(const MonitorOptions& options) {
  if (!options.profile || !options.model || options.logged) return false;
  const Signature signature = known_signature(*options.model);
  const std::vector<std::string> uncounted = subjects_of(*options.profile, signature).uncounted;
  const auto is_boolean = [&](const std::string& name) {
    const Feature* feature = feature_called(signature, name);
    return feature && feature->kind == FeatureKind::kBoolean;
  };
  return std::ranges::none_of(uncounted, is_boolean) && !options.against && options.last_rows == 0 && options.features.empty() &&
         options.categories.empty() && !options.reference.empty();
}

MonitorReport monitor_profiles(const MonitorOptions& options) {
  const LogProfiles found = gather_profiles({.folder = options.log,
                                             .model = options.name,
                                             .since = options.since,
                                             .until = options.until,
                                             .version = options.version,
                                             .period = options.per.empty() ? std::chrono::seconds(0) : period_length(options.per),
                                             .signature = known_signature(*options.model)},
                                            *options.profile);
  const SegmentProfile& counts = found.judged;
  MonitorReport report{
      .name = options.name, .version = options.version, .rows = counts.rows + counts.failed_rows, .traffic = traffic_of(found)};
  report.profiles = ProfileBasis{.segments = found.segments, .from_rows = found.from_rows, .cell_error = options.profile->cell_error()};
  report.training = training_record_of(*options.model).history;
  if (report.rows == 0) {
    report.unknown.push_back(nothing_in_window(options));
    return report;
  }
  report.first = TimePoint(std::chrono::microseconds(counts.first_us));
  report.last = TimePoint(std::chrono::microseconds(counts.last_us));
  const Signature signature = known_signature(*options.model);
  const Subjects subjects = subjects_of(*options.profile, signature);
  report.drift = drift_of(counts, subjects, signature, options);
  judge_drift(report);
  for (const OutputSignature& output : signature.outputs)
    if (output.answer == Answer::kClasses && !std::ranges::contains(subjects.classes, output.name, &Named::name))
      report.notes.push_back(upkeep::format(
          "which class of {} is answered how often is not counted in profiles: --rows N compares the last N rows", output.name));
  if (counts.rows == 0) report.alarms.push_back(upkeep::format("all {} rows failed with an error", report.rows));

  const Table reference = with_last_steps(load_table(options.reference), signature);
  std::vector<Period> labelled;
  if (read_labels(options.log, options.name).rows() > 0) {
    MonitorReport labels = labels_report(options, signature);
    take_labels(labels, report);
    labelled = std::move(labels.timeline);
  } else {
    report.quality = Quality{.answered = counts.rows, .confidence = options.confidence};
  }
  if (!options.per.empty()) report.timeline = timeline(found, labelled, subjects, signature, options);
  check_counts(report, counts, subjects, options);
  if (counts.rows > 0) check_newest_rows(report, reference, signature, options);
  checks::put_alarms_first(report.checks);
  judge_checks(report);
  judge_all_quality(report, options.metrics);
  return report;
}

}  // namespace upkeep::monitoring
