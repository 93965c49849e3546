#include "optimize/acceptance.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/rows.hpp"
#include "metrics/shared/paired.hpp"
#include "train/not_finite.hpp"
#include "train/scored_output.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

// Answers are float32: what changes a figure by less than a millionth of itself is rounding.
constexpr double kRounding = 1e-6;
double rounding(const Finding& finding) { return finding.relative ? kRounding : kRounding * std::abs(finding.before); }

std::size_t place_of(const Model& model, const std::string& output) {
  const auto found = std::ranges::find(model.graph.outputs, output, &ValueInfo::name);
  return static_cast<std::size_t>(found - model.graph.outputs.begin());
}

// The changed model's output: of the same name, else in the same place.
const std::string& matching_output(const Model& before, const Model& after, std::size_t place) {
  const std::string& name = before.graph.outputs[place].name;
  if (place_of(after, name) < after.graph.outputs.size()) return name;
  if (after.graph.outputs.size() == before.graph.outputs.size()) return after.graph.outputs[place].name;
  throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the changed model has no output \"{}\"", name),
              "its answers cannot be compared with those before");
}

std::string figure(double value, bool relative) {
  return relative ? upkeep::format("{:+.3g} %", 100 * value) : upkeep::format("{:+.3g}", value);
}

// Two significant digits.
std::string about(double count) {
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(count)) - 1));
  return upkeep::format("about {:.0f}", std::ceil(count / unit) * unit);
}

// How many samples would bring the end of the interval that is nearest to the limit to its side, where their width falls as 1 / sqrt(n),
// or, where no sample shows a change, as 1 / n.
std::string samples_needed(const Finding& finding, double samples, bool seen, const char* what) {
  const double distance = std::abs(finding.change - *finding.limit);
  const double end = finding.change < *finding.limit ? finding.high : finding.low;
  const double half = std::abs(finding.change - end);
  if (!(distance > rounding(finding)) || !std::isfinite(half))
    return upkeep::format("no number of {} would tell: it lies at the limit", what);
  const double factor = half / distance;
  return upkeep::format("{} {} would tell", about(samples * (seen ? factor * factor : factor)), what);
}

// What the interval says. `worse` is -1 where lower is worse.
Judgement judged(const Finding& finding, int worse) {
  if (!finding.limit) return Judgement::kAccepted;
  const double bad = worse > 0 ? finding.high : -finding.low;
  const double good = worse > 0 ? finding.low : -finding.high;
  const double limit = worse * *finding.limit + rounding(finding);
  if (bad <= limit) return Judgement::kAccepted;
  return good > limit ? Judgement::kRefused : Judgement::kUnknown;  // NaN is unknown
}

std::string beyond(const Finding& finding) { return upkeep::format("beyond the limit of {}", figure(*finding.limit, finding.relative)); }

void decide_metric(Finding& finding, const metrics::PairedChange& change, int worse) {
  finding.judgement = judged(finding, worse);
  if (finding.judgement == Judgement::kRefused) finding.reason = beyond(finding);
  if (finding.judgement != Judgement::kUnknown) return;
  if (!std::isfinite(finding.low))
    finding.reason = change.before == 0 && finding.relative ? "no share of 0 can be told: give a limit without %" : change.method;
  else finding.reason = samples_needed(finding, static_cast<double>(change.rows), change.rows_changed, "rows");
}

Finding cost(const char* what, const char* unit, double before, double after) {
  const double change = after / before - 1;
  return {.what = what, .unit = unit, .before = before, .after = after, .relative = true, .change = change, .low = change, .high = change};
}

}  // namespace

std::string_view to_string(Judgement judgement) {
  constexpr std::string_view kNames[] = {"accepted", "unknown", "refused"};
  return kNames[static_cast<std::size_t>(judgement)];
}

Judgement Verdict::judgement() const {
  Judgement worst = Judgement::kAccepted;
  for (const Finding& finding : findings) worst = std::max(worst, finding.judgement);
  return worst;
}

std::string why_not(const Verdict& verdict) {
  std::vector<std::string> reasons;
  for (const Finding& one : verdict.findings) {
    if (one.judgement == Judgement::kAccepted) continue;
    std::string text = upkeep::format("{} {:.4g} -> {:.4g}", one.what, one.before, one.after);
    if (std::isfinite(one.change)) text += ", change " + figure(one.change, one.relative);
    if (std::isfinite(one.low)) text += upkeep::format(" in [{}, {}]", figure(one.low, one.relative), figure(one.high, one.relative));
    if (one.judgement == Judgement::kUnknown && one.limit)
      text += upkeep::format(" around the limit of {}", figure(*one.limit, one.relative));
    reasons.push_back(text + ", " + one.reason);
  }
  return join(reasons, "; ");
}

void expect_accepted(const Verdict& verdict) {
  if (!verdict.accepted())
    throw Error(ErrorCode::kFailedPrecondition, "the changed model is not accepted: " + why_not(verdict), "nothing was written");
}

Judge::Judge(Model before, const Dataset& data, std::vector<Limit> limits, JudgeOptions options)
    : before_(std::move(before)), data_(data), limits_(std::move(limits)), options_(std::move(options)) {
  if (data.rows() == 0) throw Error(ErrorCode::kInvalidArgument, "there are no rows to judge by");
  Tensors answers = predict(before_, data.inputs, options_.batch_size, options_.threads);
  const std::vector<std::int64_t> unanswered = unanswered_rows(before_, data, answers);
  if (!unanswered.empty()) {
    const std::vector<std::int64_t> rows = rows_without(data, unanswered);
    if (rows.empty()) throw Error(ErrorCode::kFailedPrecondition, "the model before has no answer to any row");
    data_ = data.take(rows);
    for (auto& [name, tensor] : answers) tensor = take_rows(tensor, rows);
  }
  if (data_.output_targets.empty()) {
    const ValueInfo& output = scored_output(before_);
    score("", place_of(before_, output.name), data_.targets, answers);
    steps_ = counted_steps(before_, data_.inputs, outputs_.front().before, options_.batch_size);
    if (place_of(before_, output.name) != 0) steps_.reset();
  }
  for (const auto& [name, targets] : data_.output_targets) score(name, place_of(before_, name), targets, answers);
  for (const Limit& limit : limits_)
    if (!limit.output.empty() && !std::ranges::contains(outputs_, limit.output, &Scored::name)) {
      std::vector<std::string> names;
      for (const Scored& one : outputs_) names.push_back(one.name);
      throw unknown_name("output", limit.output, names).in(upkeep::format("limit \"{}\"", limit.text));
    }
}

void Judge::score(const std::string& name, std::size_t place, Tensor targets, const Tensors& answers) {
  if (place >= before_.graph.outputs.size()) throw Error(ErrorCode::kInvalidArgument, "the model has no output \"" + name + "\"");
  outputs_.push_back(
      {.name = name, .place = place, .targets = std::move(targets), .before = answers.at(before_.graph.outputs[place].name)});
}

std::vector<Judge::Measured> Judge::measured_of(const Scored& output) const {
  std::vector<Measured> all;
  for (const Limit& limit : limits_)
    if (limit.of == Limit::Of::kMetric && (limit.output.empty() || limit.output == output.name))
      all.push_back({.metric = limit.metric, .limit = limit.change, .relative = limit.relative});
  for (const std::string& metric : options_.metrics)
    if (!std::ranges::contains(all, metric, &Measured::metric)) all.push_back({.metric = metric, .limit = std::nullopt});
  return all;
}

Finding Judge::judge_metric(const Scored& output, const Measured& measured, const Tensor& after, Verdict& verdict) const {
  const metrics::NamedMetric metric = metrics::make(parse_named(measured.metric));
  const bool counts = steps_ && (metric.heeds_masks || steps_->all_metrics_heed);
  const auto of = [&](const Tensor& values) { return counts ? take_counted(values, steps_->mask) : values; };
  const metrics::PairedChange change = metrics::paired_change(metric, of(output.before), of(after), of(output.targets),
                                                              {.level = options_.confidence, .seed = options_.seed});
  const metrics::Bounds& bounds = measured.relative ? change.relative : change.absolute;
  Finding finding{.what = output.name.empty() ? measured.metric : output.name + "=" + measured.metric,
                  .before = change.before,
                  .after = change.after,
                  .relative = measured.relative,
                  .change = bounds.value,
                  .low = bounds.low,
                  .high = bounds.high,
                  .limit = measured.limit};
  decide_metric(finding, change, metric.higher_is_better ? -1 : 1);
  if (!std::ranges::contains(verdict.methods, change.method)) verdict.methods.push_back(change.method);
  return finding;
}

Verdict Judge::judge_metrics(const Model& after) const {
  Verdict verdict{.rows = data_.rows(), .confidence = options_.confidence, .seed = options_.seed};
  const Tensors answers =
      in_context("the changed model", [&] { return predict(after, data_.inputs, options_.batch_size, options_.threads); });
  if (const std::vector<std::int64_t> missing = unanswered_rows(answers, data_.rows()); !missing.empty()) {
    verdict.findings.push_back(
        {.what = "answers",
         .before = static_cast<double>(data_.rows()),
         .after = static_cast<double>(data_.rows() - std::ssize(missing)),
         .change = -static_cast<double>(missing.size()),
         .low = -static_cast<double>(missing.size()),
         .high = -static_cast<double>(missing.size()),
         .judgement = Judgement::kRefused,
         .reason = "rows that the model before answers have no answer (NaN): " + describe_unanswered(data_, missing)});
    return verdict;
  }
  for (const Scored& output : outputs_) {
    const std::string& name = matching_output(before_, after, output.place);
    const Tensor& given = answers.at(name);
    if (given.shape() != output.before.shape())
      throw Error(ErrorCode::kFailedPrecondition, upkeep::format("output \"{}\" was {} and is {} now: such answers cannot be compared",
                                                                 name, to_string(output.before.shape()), to_string(given.shape())));
    for (const Measured& one : measured_of(output)) verdict.findings.push_back(judge_metric(output, one, given, verdict));
  }
  return verdict;
}

void Judge::judge_costs(const Model& after, Verdict& verdict) const {
  const auto limit_of = [&](Limit::Of of) -> const Limit* {
    const auto found = std::ranges::find(limits_, of, &Limit::of);
    return found == limits_.end() ? nullptr : &*found;
  };
  const bool decides = limit_of(Limit::Of::kLatency) != nullptr;
  verdict.latency = measure_latency(before_, after, data_.inputs,
                                    {.rows = options_.latency_rows,
                                     .threads = options_.threads,
                                     .least_runs = decides ? 20 : 5,
                                     .most_runs = decides ? 2000 : 500,
                                     .seconds = decides ? 4.0 : 1.0,
                                     .seed = options_.seed,
                                     .confidence = options_.confidence});
  const FileBytes first = file_bytes(before_), second = file_bytes(after);
  Finding latency = cost("latency", "ms", verdict.latency->before_ms.median, verdict.latency->after_ms.median);
  latency.low = verdict.latency->low;
  latency.high = verdict.latency->high;
  std::pair<Limit::Of, Finding> costs[] = {
      {Limit::Of::kLatency, latency},
      {Limit::Of::kSize, cost("size", "bytes", static_cast<double>(first.plain), static_cast<double>(second.plain))},
      {Limit::Of::kZipped, cost("zipped", "bytes", static_cast<double>(first.zipped), static_cast<double>(second.zipped))}};
  for (auto& [of, finding] : costs) {
    if (const Limit* limit = limit_of(of)) finding.limit = limit->change;
    finding.judgement = judged(finding, 1);
    if (finding.judgement == Judgement::kRefused) finding.reason = beyond(finding);
    if (finding.judgement == Judgement::kUnknown) finding.reason = samples_needed(finding, verdict.latency->runs, true, "runs");
    verdict.findings.push_back(std::move(finding));
  }
}

Verdict Judge::judge(const Model& after) const {
  Verdict verdict = judge_metrics(after);
  judge_costs(after, verdict);
  return verdict;
}

Verdict judge(const Model& before, const Model& after, const Dataset& data, const std::vector<Limit>& limits, const JudgeOptions& options) {
  return Judge(before, data, limits, options).judge(after);
}

}  // namespace upkeep
