#include "maintain/maintain.hpp"

#include <algorithm>
#include <map>

#include "analyze/learning_curves.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "data/rows.hpp"
#include "graph/embedding.hpp"
#include "log/reader.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/adjust/triggers/trigger.hpp"
#include "maintain/reference.hpp"
#include "maintain/update/gates/gate.hpp"
#include "maintain/update/new_data.hpp"
#include "train/not_finite.hpp"
#include "train/scored_output.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {

namespace {

namespace fs = std::filesystem;

// Since when the alias points where it does.
TimePoint live_since(const Registry& registry, const std::string& model, const std::string& alias) {
  TimePoint since = TimePoint::min();
  for (const Event& event : registry.history(model))
    if (event.alias == alias && event.to) since = event.time;
  return since;
}

// What the version was trained on: the table that the registry keeps of it, else the one that the options name.
ArtifactFile reference_of(const ModelVersion& version, const Registry& registry, const MaintainOptions& options) {
  ArtifactFile file = kept_reference(version, registry);
  if (file.empty()) file = ArtifactFile(options.reference);
  if (file.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("version {} was published without the table that it was trained on", version.version),
                "name it under \"reference\"");
  return file;
}

class MaintenancePass {
 public:
  MaintenancePass(const MaintainOptions& options, Registry& registry, const Clock& clock)
      : options_(options), registry_(registry), now_(clock.now()), current_(registry.resolve(options.model + "@" + options.alias)) {
    result_.model = options.model;
    result_.alias = options.alias;
    result_.version = current_.version;
  }

  MaintainResult run() {
    look();
    if (!ask_triggers()) return finish(cannot_tell() ? Outcome::kUnknown : Outcome::kQuiet, fired_reasons(false));
    look_back();
    basis_ = basis();
    result_.digest = digest();
    failure_ = failed_before();
    try {
      return respond();
    } catch (const Error& error) {
      if (failure_ && failure_->reason == error.what())
        return finish(Outcome::kFailed, upkeep::format("{} (as in event {})", error.what(), failure_->id));
      record_held();
      record("failed", error.what(), {{"code", to_string(error.code())}, {"error", error.what()}});
      return finish(Outcome::kFailed, error.what());
    }
  }

 private:
  void look() {
    model_ = registry_.load(current_);
    reference_file_ = reference_of(current_, registry_, options_);
    TimePoint since = live_since(registry_, options_.model, options_.alias);
    if (options_.window_hours > 0) {
      const auto window =
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double, std::ratio<3600>>(options_.window_hours));
      oldest_ = now_ - window;
      since = std::max(since, oldest_);
    }
    monitoring_ = {.log = options_.log.empty() ? registry_.log_folder() : options_.log,
                   .name = options_.model,
                   .model = model_,
                   .reference = reference_file_.path(),
                   .version = current_.version,
                   .since = since,
                   .until = now_,
                   .labels_until = now_,
                   .last_rows = options_.window_rows,
                   .features = options_.features,
                   .categories = options_.categories,
                   .targets = options_.targets,
                   .metrics = options_.metrics,
                   .measures = options_.measures,
                   .correction = options_.correction,
                   .confidence = options_.confidence,
                   .seed = options_.seed};
    for (const NamedSettings& trigger : options_.triggers) triggers::catalog().at(trigger.name).prepare(trigger.values, monitoring_);
    log_ = read(since, {});
    rows_ = judged_rows(log_, monitoring_);
    result_.report = monitor(log_, monitoring_);
  }

  // What a candidate can learn from: the answers of all versions, and of their columns those that a model reads. Only a pass in which
  // something fired needs them.
  void look_back() {
    std::vector<std::string> columns{"request_id", "row", "time", "version", "error"};
    for (const std::string& name : logged_columns(monitoring_.log, options_.model))
      if (name.starts_with("in.")) columns.push_back(name);
    columns.emplace_back("latency_us");
    history_ = read(oldest_, columns);
  }

  JoinedLog read(TimePoint since, const std::vector<std::string>& columns) const {
    try {
      return read_log({.folder = monitoring_.log,
                       .model = options_.model,
                       .since = since,
                       .until = now_,
                       .labels_until = now_,
                       .judged = judged_output_of(monitoring_),
                       .columns = columns});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      return {};  // nothing was asked of the model yet
    }
  }

  // Whichever version answered; of a reference that does not say which rows it has, those that were labelled after it was made.
  std::vector<std::int64_t> rows_to_learn_from(const Table& reference) const {
    const bool told = !is_maintained() || reference.has(kRequestColumn);
    const std::vector<std::int64_t> label_times =
        history_.labels.has("time") ? integers(history_.labels.column("time")) : std::vector<std::int64_t>();
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 0; row < history_.rows(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      const bool own = history_.versions[at] == current_.version;
      const auto counts = [&](const std::vector<std::int64_t>& label_rows) {
        if (label_rows[at] < 0) return false;
        const auto label = static_cast<std::size_t>(label_rows[at]);
        return told || own || label_times.empty() || label_times[label] > current_.created.time_since_epoch().count();
      };
      const bool other = std::ranges::any_of(history_.other_labels, [&](const auto& labels) { return counts(labels.second); });
      if (counts(history_.label_rows) || other) rows.push_back(row);
    }
    if (options_.window_rows > 0 && std::ssize(rows) > options_.window_rows) rows.erase(rows.begin(), rows.end() - options_.window_rows);
    return rows;
  }

  // Whether the current version was made by a pass.
  bool is_maintained() const { return current_.facts.contains("from_version"); }

  bool cannot_tell() const {
    return std::ranges::any_of(result_.steps, [](const Step& step) {
      return step.decision.unknown && step.decision.evidence.value("unknown_means", "unknown") == "unknown";
    });
  }

  bool ask_triggers() {
    bool fired = false;
    for (const NamedSettings& trigger : options_.triggers) {
      const triggers::TriggerEntry& entry = triggers::catalog().at(trigger.name);
      result_.steps.push_back({"trigger", entry.name, entry.decide(result_.report, trigger.values)});
      fired = fired || result_.steps.back().decision.yes;
    }
    return fired;
  }

  std::string fired_reasons(bool yes) const {
    std::vector<std::string> reasons;
    for (const Step& step : result_.steps)
      if (step.kind == "trigger" && step.decision.yes == yes) reasons.push_back(step.decision.reason);
    return join(reasons, "; ");
  }

  // Of what the pass is decided by, without the log's rows.
  std::string basis() const {
    return sha256(Json({{"version", current_.version},
                        {"artifact", current_.artifact},
                        {"reference", sha256_of_file(reference_file_.path())},
                        {"options", to_json(options_)}})
                      .dump());
  }

  // Of everything that the pass is decided from.
  std::string digest() const {
    Sha256 hash;
    hash.update(basis_);
    if (history_.rows() == 0) return hash.hex();
    const std::vector<std::int64_t> numbers = integers(history_.predictions.column("row"));
    const std::vector<std::string> labels =
        history_.labels.rows() > 0 ? words(history_.labels.column("label")) : std::vector<std::string>();
    for (std::int64_t row = 0; row < history_.rows(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      hash.update(upkeep::format("\n{}\n{}\n{}", history_.predictions.column("request_id").strings()[at], numbers[at], history_.times[at]));
      if (history_.labelled(row)) hash.update("\n" + labels[static_cast<std::size_t>(history_.label_rows[at])]);
      for (const auto& [output, its] : history_.other_labels)
        if (its[at] >= 0) hash.update(upkeep::format("\n{}={}", output, labels[static_cast<std::size_t>(its[at])]));
    }
    return hash.hex();
  }

  std::int64_t labelled() const { return result_.report.quality ? result_.report.quality->labelled : 0; }
  // That a candidate could learn from or be judged by.
  std::int64_t learnable() const { return data_.new_rows + data_.held_out.rows(); }

  // Why the same question needs no second answer: the same version under the same options was refused or deferred, and few labels have come
  // since.
  std::optional<std::string> judged_before() const {
    std::optional<Event> last;
    for (const Event& event : registry_.history(options_.model))
      if ((event.kind == "refused" || event.kind == "deferred") && event.evidence.value("basis", "") == basis_) last = event;
    if (!last) return std::nullopt;
    const std::int64_t more = last->evidence.value("learnable", std::int64_t{0}) + options_.min_new_rows - learnable();
    if (last->kind == "deferred" ? data_.new_rows >= options_.min_new_rows : more <= 0) return std::nullopt;
    return upkeep::format("event {} {} it ({}){}", last->id, last->kind, last->reason,
                          last->kind == "refused" ? upkeep::format("; {} more labelled rows reopen the question", more) : "");
  }

  // The last decision, where it is a failure of the same question: the history has its events already, so those of this pass are held back
  // until it comes to something else.
  std::optional<Event> failed_before() const {
    std::optional<Event> last;
    for (const Event& event : registry_.history(options_.model))
      if (event.evidence.contains("basis")) last = event;
    return last && last->kind == "failed" && last->evidence.value("basis", "") == basis_ ? last : std::nullopt;
  }

  void record_fired() {
    const MonitorReport& report = result_.report;
    const Json window = {{"since", to_iso8601(report.first)},
                         {"until", to_iso8601(report.last)},
                         {"rows", report.rows},
                         {"labelled", labelled()},
                         {"as_of", to_iso8601(now_)}};
    for (const Step& step : result_.steps)
      if (step.decision.yes)
        record("trigger", upkeep::format("{}: {}", step.name, step.decision.reason),
               {{"name", step.name}, {"window", window}, {"options", to_json(options_)}, {"facts", step.decision.evidence}});
  }

  MaintainResult respond() {
    const Table reference = load_table(reference_file_.path());
    data_ = new_data(model_, reference, history_, rows_to_learn_from(reference),
                     {.features = options_.features,
                      .targets = options_.targets,
                      .held_out = options_.held_out,
                      .population = upkeep::format("traffic of version {}", current_.version),
                      .judged_until = is_maintained() ? current_.created : TimePoint::min(),
                      .version = current_.version});
    if (const std::optional<std::string> why = judged_before()) return finish(Outcome::kAlreadyJudged, *why);
    record_fired();
    if (data_.new_rows < options_.min_new_rows)
      return conclude(Outcome::kDeferred,
                      upkeep::format("{} newly labelled rows beside {} held-out ones; {} are needed to act{}", data_.new_rows,
                                     data_.held_out.rows(), options_.min_new_rows,
                                     data_.partly > 0 ? upkeep::format("; {} rows have labels of some outputs only", data_.partly) : ""));
    act();
    const bool open = judge_candidate(reference);
    record_held();
    if (!open) return conclude(Outcome::kRefused, refusal());
    if (registry_.alias(options_.model, options_.alias) != current_.version)
      return conclude(Outcome::kRefused, upkeep::format("the alias was moved while version {} was being judged", current_.version));
    return publish();
  }

  void act() {
    candidate_ = model_;
    for (const NamedSettings& action : options_.actions) {
      const actions::ActionEntry& entry = actions::catalog().at(action.name);
      actions::Candidate made = in_context(upkeep::format("action {}", entry.name), [&] {
        return entry.run({.model = candidate_, .data = data_.training, .columns = data_.columns}, action.values);
      });
      candidate_ = std::move(made.model);
      made.evidence.update({{"new_rows", data_.new_rows},
                            {"incomplete_rows", data_.incomplete},
                            {"unusable_labels", data_.unusable},
                            {"partly_labelled", data_.partly}});
      if (data_.incomplete > 0) made.summary += upkeep::format("; {} rows with a missing value are left out", data_.incomplete);
      if (data_.partly > 0) made.summary += upkeep::format("; {} rows have labels of some outputs only", data_.partly);
      if (data_.unusable > 0) made.summary += upkeep::format("; {} labels could not be used", data_.unusable);
      result_.steps.push_back({"action", entry.name, {.yes = true, .reason = made.summary, .evidence = made.evidence}});
      record("action", upkeep::format("{}: {}", entry.name, made.summary), {{"name", entry.name}, {"facts", made.evidence}});
    }
    keep_embedding();
    result_.training = training_record_of(candidate_).history;
  }

  // Layers that were built anew have no embedding yet.
  void keep_embedding() {
    const std::string value = embedded_value(model_);
    if (value.empty() || has_embedding(candidate_)) return;
    const bool same =
        std::ranges::any_of(candidate_.graph.nodes, [&](const Node& node) { return std::ranges::contains(node.outputs, value); });
    add_embedding(candidate_, same ? value : value_before_last_dense(candidate_));
  }

  // The outputs that are trained: the candidate's may be called otherwise where there is one.
  std::vector<std::pair<std::string, std::string>> outputs() const {
    if (data_.columns.outputs.empty()) return {{scored_output(model_).name, scored_output(candidate_).name}};
    std::vector<std::pair<std::string, std::string>> names;
    for (const OutputColumns& one : data_.columns.outputs) names.emplace_back(one.output, one.output);
    return names;
  }

  // By output. Rows to which the current version has no answer judge nobody; the candidate must answer the others.
  std::map<std::string, PairedAnswers> answers(const Table& table) const {
    std::map<std::string, PairedAnswers> all;
    for (const auto& [output, _] : outputs()) all[output] = {.targets = Tensor({0, 1}, std::vector<float>{})};
    if (table.rows() <= 0) return all;
    const Dataset for_current = dataset_for(model_, table, data_.columns);
    const Dataset for_candidate = dataset_for(candidate_, table, data_.columns);
    const Tensors current = predict(model_, for_current.inputs, 256, 1), candidate = predict(candidate_, for_candidate.inputs, 256, 1);
    for (const auto& [output, other] : outputs()) {
      PairedAnswers made{.current = current.at(output),
                         .candidate = candidate.at(other),
                         .targets = data_.columns.outputs.empty() ? for_current.targets : for_current.output_targets.at(output),
                         .answers = answer_facts(model_, output)};
      const std::vector<std::int64_t> before = unanswered_rows({{"current", made.current}}, table.rows());
      const std::vector<std::int64_t> after = unanswered_rows({{"candidate", made.candidate}}, table.rows());
      if (!std::ranges::includes(before, after))
        throw Error(ErrorCode::kFailedPrecondition, "the candidate: " + describe_unanswered(for_candidate, after),
                    "the current version answers more of them");
      if (!before.empty()) {
        const std::vector<std::int64_t> rows = rows_without(for_current, before);
        for (Tensor* part : {&made.current, &made.candidate, &made.targets}) *part = take_rows(*part, rows);
      }
      all[output] = std::move(made);
    }
    return all;
  }

  // A gate judges the output that it names, or every output whose answers its metric fits.
  bool judge_candidate(const Table& reference) {
    const auto held_out = answers(data_.held_out), known = answers(reference);
    bool open = true;
    for (const NamedSettings& gate : options_.gates) {
      const gates::GateEntry& entry = gates::catalog().at(gate.name);
      const std::string named = gate.values.value("output", ""), metric = gate.values.value("metric", "");
      std::int64_t asked = 0;
      for (const auto& [output, _] : held_out) {
        if (named.empty() ? held_out.size() > 1 && !fits_output(metric, output) : named != output) continue;
        ++asked;
        const gates::GateFacts facts{.held_out = held_out.at(output), .reference = known.at(output), .seed = options_.seed};
        Decision decision = in_context(upkeep::format("gate {}", entry.name), [&] { return entry.decide(facts, gate.values); });
        if (held_out.size() > 1) decision.evidence["output"] = output;
        open = record_gate(held_out.size() > 1 ? upkeep::format("{} ({})", entry.name, output) : entry.name, decision) && open;
      }
      if (asked > 0) continue;
      std::vector<std::string> names;
      for (const auto& [output, _] : held_out) names.push_back(output);
      const std::string why = upkeep::format(
          "{}; outputs are: {}", named.empty() ? metric + " fits the answers of no output" : "no output \"" + named + "\"", join(names));
      open = record_gate(entry.name, {.reason = why}) && open;
    }
    return open;
  }

  bool fits_output(const std::string& metric, const std::string& output) const {
    const AnswerFacts facts = answer_facts(model_, output);
    const bool numbers = facts.answer == Answer::kNumber || facts.answer == Answer::kTensor;
    return !metric.empty() && fits(metric, numbers ? JudgedAs::kNumbers : JudgedAs::kScores);
  }

  bool record_gate(const std::string& name, const Decision& decision) {
    record("gate", upkeep::format("{} {}: {}", name, decision.yes ? "opened" : "stayed shut", decision.reason),
           {{"name", name}, {"yes", decision.yes}, {"held_out_digest", data_.held_out_digest}, {"facts", decision.evidence}});
    result_.steps.push_back({"gate", name, decision});
    return decision.yes;
  }

  std::string refusal() const {
    std::vector<std::string> reasons;
    for (const Step& step : result_.steps)
      if (step.kind == "gate" && !step.decision.yes) reasons.push_back(upkeep::format("{}: {}", step.name, step.decision.reason));
    return join(reasons, "; ");
  }

  MaintainResult publish() {
    Json facts = {{"reference", keep_reference(candidate_, data_.training, registry_)},
                  {"from_version", current_.version},
                  {"digest", result_.digest},
                  {"held_out", {{"share", options_.held_out}, {"rows", data_.held_out.rows()}, {"digest", data_.held_out_digest}}},
                  {"gates", Json::object()}};
    for (const Step& step : result_.steps)
      if (step.kind == "gate") facts["gates"][step.name] = step.decision.evidence;
    const std::string why = fired_reasons(true);
    const Attribution change{.reason = why, .evidence = {{"digest", result_.digest}}};
    const ModelVersion made =
        registry_.publish(options_.model, candidate_, upkeep::format("version {} maintained", current_.version), facts, change);
    result_.candidate = made.version;
    if (!options_.promote)
      return finish(Outcome::kPublished, upkeep::format("version {} passed every gate and waits for a person to promote it", made.version));
    if (const auto held = registry_.held(options_.model, options_.alias))
      return finish(Outcome::kPublished, upkeep::format("version {} passed every gate, but {} holds the alias{}", made.version, held->actor,
                                                        held->reason.empty() ? "" : " (" + held->reason + ")"));
    const auto event =
        registry_.promote(options_.model, made.version, options_.alias, change, {.from = current_.version, .respects_hold = true});
    if (event) result_.events.push_back(event->id);
    return finish(Outcome::kPromoted, upkeep::format("version {} replaced version {}: {}", made.version, current_.version, why));
  }

  MaintainResult conclude(Outcome outcome, const std::string& reason) {
    record_held();
    record(std::string(to_string(outcome)), reason, Json::object());
    return finish(outcome, reason);
  }

  void record(const std::string& kind, const std::string& reason, Json evidence) {
    evidence["digest"] = result_.digest;
    evidence["basis"] = basis_;
    evidence["labelled"] = labelled();
    evidence["learnable"] = learnable();
    evidence["version"] = current_.version;
    evidence["alias"] = options_.alias;
    Attribution attribution{.reason = reason, .evidence = std::move(evidence)};
    if (failure_) held_.emplace_back(kind, std::move(attribution));
    else result_.events.push_back(registry_.record(kind, options_.model, attribution).id);
  }

  void record_held() {
    failure_.reset();
    for (const auto& [kind, attribution] : std::exchange(held_, {}))
      result_.events.push_back(registry_.record(kind, options_.model, attribution).id);
  }

  MaintainResult finish(Outcome outcome, std::string reason) {
    result_.outcome = outcome;
    result_.reason = std::move(reason);
    return std::move(result_);
  }

  const MaintainOptions& options_;
  Registry& registry_;
  const TimePoint now_;
  const ModelVersion current_;
  Model model_;
  ArtifactFile reference_file_;
  MonitorOptions monitoring_;
  TimePoint oldest_ = TimePoint::min();  // that counts
  JoinedLog history_;                    // of all versions
  JoinedLog log_;                        // since the current version went live
  std::vector<std::int64_t> rows_;       // of log_, that the monitor judges
  std::string basis_;
  NewData data_;
  std::optional<Event> failure_;                           // of the pass before, which this one may repeat
  std::vector<std::pair<std::string, Attribution>> held_;  // events that are recorded once it does not
  Model candidate_;
  MaintainResult result_;
};

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kQuiet: return "quiet";
    case Outcome::kUnknown: return "unknown";
    case Outcome::kAlreadyJudged: return "already judged";
    case Outcome::kDeferred: return "deferred";
    case Outcome::kRefused: return "refused";
    case Outcome::kPublished: return "published";
    case Outcome::kPromoted: return "promoted";
    case Outcome::kFailed: break;
  }
  return "failed";
}

MaintainResult maintain(const MaintainOptions& options, Registry& registry, const Clock& clock) {
  return MaintenancePass(options, registry, clock).run();
}

Json to_json(const MaintainResult& result) {
  Json steps = Json::array();
  for (const Step& step : result.steps)
    steps.push_back({{"kind", step.kind},
                     {"name", step.name},
                     {"yes", step.decision.yes},
                     {"unknown", step.decision.unknown},
                     {"reason", step.decision.reason},
                     {"evidence", step.decision.evidence}});
  return {{"model", result.model},
          {"alias", result.alias},
          {"outcome", to_string(result.outcome)},
          {"reason", result.reason},
          {"version", result.version},
          {"candidate", result.candidate ? Json(*result.candidate) : Json(nullptr)},
          {"digest", result.digest},
          {"steps", std::move(steps)},
          {"events", result.events},
          {"monitor", to_json(result.report)}};
}

static std::string answer_of(const Step& step) {
  if (step.kind == "action") return "done";
  const std::string answer = step.decision.yes ? "yes" : "no";
  if (!step.decision.unknown) return answer;
  const std::string means = step.decision.evidence.value("unknown_means", "unknown");
  return means == "unknown" ? "unknown" : upkeep::format("unknown ({})", means);
}

std::string summary(const MaintainResult& result) {
  std::string text = upkeep::format("{}@{} is version {}\n{}", result.model, result.alias, result.version, summary(result.report));
  for (const Step& step : result.steps)
    text += upkeep::format("\n{:<8} {} {}: {}", step.kind, step.name, answer_of(step), step.decision.reason);
  return text + upkeep::format("\n{}: {}", to_string(result.outcome), result.reason);
}

std::string maintain_page(const MaintainResult& result) {
  using report::Tone;
  report::Page page(upkeep::format("Maintenance of {}@{}", result.model, result.alias), upkeep::format("version {}", result.version));
  const bool done = result.outcome == Outcome::kPromoted || result.outcome == Outcome::kPublished;
  const Tone tone = done                                 ? Tone::kGood
                    : result.outcome == Outcome::kFailed ? Tone::kBad
                    : result.outcome == Outcome::kQuiet  ? Tone::kPlain
                                                         : Tone::kWarning;
  page.notice(tone, upkeep::format("{}: {}", to_string(result.outcome), result.reason));
  page.section("Decisions", "Each one that led to a change is an event in the registry, with its evidence.");
  report::TableBlock table{.heading = {"step", "name", "decision", "reason"}};
  for (const Step& step : result.steps) table.rows.push_back({step.kind, step.name, answer_of(step), step.decision.reason});
  page.table(table);
  if (!result.training.epochs.empty()) {
    page.section("The candidate's training", "Learning curves of what the actions made.");
    page.charts(learning_curves(result.training));
  }
  page.section("What the monitor saw");
  add_monitor(page, result.report);
  return page.html();
}

}  // namespace upkeep
