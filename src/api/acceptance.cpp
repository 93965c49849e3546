#include "api/acceptance.hpp"

#include "analyze/analysis.hpp"
#include "api/parts.hpp"
#include "api/settings.hpp"
#include "base/format.hpp"

namespace upkeep::api {

static std::string change_text(double change, bool relative) {
  return relative ? upkeep::format("{:+}%", 100 * change) : upkeep::format("{:+}", change);
}

static const char* name_of(Cost cost) {
  switch (cost) {
    case Cost::kLatency: return "latency";
    case Cost::kSize: return "size";
    case Cost::kZipped: return "zipped";
  }
  return "";
}

std::vector<Limit> limits_of(const Acceptance& accept) {
  std::vector<std::string> texts;
  for (const MetricLimit& limit : accept.metrics)
    texts.push_back(upkeep::format("{}{}{}:{}", limit.output, limit.output.empty() ? "" : "=", to_text(named(limit.metric)),
                                   limit.change == 0 ? "0" : change_text(limit.change, limit.of == ChangeOf::kRelative)));
  for (const CostLimit& limit : accept.costs)
    texts.push_back(upkeep::format("{}:{}", name_of(limit.cost), change_text(limit.change, true)));
  return parse_acceptances(texts);
}

std::optional<Judge> judge_of(const upkeep::Model& before, const std::optional<Compile>& compiled, const Acceptance& accept) {
  const std::vector<Limit> limits = limits_of(accept);
  if (!accept.data) {
    if (limits.empty()) return std::nullopt;
    throw Error(ErrorCode::kInvalidArgument, "limits are judged on held-out rows", "give them as the data of the acceptance");
  }
  const Dataset rows = DataParts::with_targets(*accept.data, before, compiled);
  JudgeOptions options{.metrics = {}, .seed = accept.seed, .confidence = accept.confidence, .threads = accept.threads};
  if (accept.metrics.empty())
    options.metrics = default_metrics(before, rows.output_targets.empty() ? rows.targets : rows.output_targets.begin()->second);
  return Judge(before, rows, limits, options);
}

std::string_view to_string(Judgement judgement) { return upkeep::to_string(static_cast<upkeep::Judgement>(judgement)); }

Judgement Verdict::judgement() const {
  Judgement worst = Judgement::kAccepted;
  for (const Finding& finding : findings) worst = std::max(worst, finding.judgement);
  return worst;
}

std::string Verdict::text() const {
  std::string text;
  for (const Finding& one : findings) {
    if (one.judgement == Judgement::kAccepted) continue;
    text += upkeep::format("{}{} {:.4g} -> {:.4g}, change in [{:.4g}, {:.4g}] is {}{}{}", text.empty() ? "" : "; ", one.what, one.before,
                           one.after, one.low, one.high, to_string(one.judgement), one.reason.empty() ? "" : ": ", one.reason);
  }
  return text.empty() ? "accepted" : text;
}

Verdict verdict_of(const upkeep::Verdict& verdict) {
  Verdict made{.rows = verdict.rows, .reverted = verdict.reverted};
  for (const upkeep::Finding& one : verdict.findings)
    made.findings.push_back({.what = one.what,
                             .unit = one.unit,
                             .before = one.before,
                             .after = one.after,
                             .change = one.change,
                             .low = one.low,
                             .high = one.high,
                             .limit = one.limit,
                             .judgement = static_cast<Judgement>(one.judgement),
                             .reason = one.reason});
  return made;
}

Verdict accepted(const Judge& judge, Accepted& made, const std::string& pass) {
  expect_accepted(made.verdict);
  record_acceptance(made.model, judge.before(), made.verdict, pass);
  return verdict_of(made.verdict);
}

std::optional<Verdict> accepted(const std::optional<Judge>& judge, upkeep::Model& after, const std::string& pass) {
  if (!judge) return std::nullopt;
  Accepted made{.model = after, .verdict = judge->judge(after)};
  Verdict verdict = accepted(*judge, made, pass);
  after = std::move(made.model);
  return verdict;
}

Verdict judge(const Model& before, const Model& after, const Acceptance& limits) {
  const std::optional<Judge> judge = judge_of(ModelParts::graph(before), ModelParts::compiled(before), limits);
  if (!judge) throw Error(ErrorCode::kInvalidArgument, "models are judged on rows", "give them as the data of the acceptance");
  return verdict_of(judge->judge(ModelParts::graph(after)));
}

}  // namespace upkeep::api
