#include "cli/acceptance.hpp"

#include <filesystem>

#include "analyze/analysis.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "train/losses/loss.hpp"
#include "train/training_request.hpp"

namespace upkeep {

namespace {

// What a model was compiled with, where that is known here.
std::optional<Compile> known_compile(const Model& model, const TrainingRequest& request) {
  const std::optional<Compile> compiled = compile_of(model);
  if (!compiled || (compiled->outputs.empty() && compiled->foreign.contains(compiled->loss.name))) return std::nullopt;
  return compile_for(model, request);
}

std::string change_of(const Json& value, bool relative) {
  if (value.is_null()) return "?";
  return relative ? upkeep::format("{:+.2f} %", 100 * value.get<double>()) : upkeep::format("{:+.4g}", value.get<double>());
}

std::string figure_of(const Json& value, const std::string& unit) {
  if (value.is_null()) return "?";
  if (unit == "bytes") return short_bytes(value.get<double>());
  return number(value.get<double>()) + (unit.empty() ? "" : " " + unit);
}

std::string interval_of(const Json& finding) {
  const bool relative = finding.value("relative", false);
  if (finding["low"] == finding["high"] && !finding["low"].is_null()) return "";
  return upkeep::format("[{}, {}]", change_of(finding["low"], relative), change_of(finding["high"], relative));
}

std::vector<std::string> row_of(const Json& finding) {
  const std::string unit = finding.value("unit", "");
  const bool relative = finding.value("relative", false);
  const bool limited = !finding["limit"].is_null();
  const std::string judgement = finding.value("judgement", "");
  return {finding.value("what", ""),
          figure_of(finding["before"], unit),
          figure_of(finding["after"], unit),
          change_of(finding["change"], relative),
          interval_of(finding),
          limited ? change_of(finding["limit"], relative) : "",
          limited || judgement != "accepted" ? judgement : "measured"};
}

std::string quartiles_of(const Json& times) {
  return upkeep::format("{} ms ({} to {})", number(times["median_ms"].get<double>()), number(times["lower_ms"].get<double>()),
                        number(times["upper_ms"].get<double>()));
}

std::string below(const Json& record) {
  std::string text = upkeep::format("{} rows, {:g} % intervals, seed {}", record["rows"].dump(), 100 * record.value("confidence", 0.95),
                                    record["seed"].dump());
  if (record.contains("latency")) {
    const Json& latency = record["latency"];
    text += upkeep::format("; latency {} before and {} after, quartiles of {} runs each by turns, {} in a run, {}",
                           quartiles_of(latency["before"]), quartiles_of(latency["after"]), latency["runs"].dump(),
                           latency["rows"] == 1 ? "one row" : latency["rows"].dump() + " rows",
                           latency["threads"] == 1 ? "one thread" : latency["threads"].dump() + " threads");
  }
  const auto reverted = record.value("reverted", std::vector<std::string>{});
  if (!reverted.empty()) text += upkeep::format("\nleft as they were: {}", join(reverted));
  return text;
}

}  // namespace

Dataset judged_data(const Model& model, const AcceptanceRequest& request) {
  TrainingRequest training;
  training.target = request.target;
  training.features = request.features;
  training.ignore = request.ignore;
  training.trains = false;
  if (const std::optional<Compile> compile = known_compile(model, training))
    return training_data_for(model, request.data, training, *compile);
  Dataset data = load_dataset(model, request.data, {.targets = request.target, .features = request.features, .ignore = request.ignore});
  if (data.targets.size() == 0) throw Error(ErrorCode::kInvalidArgument, "no column to judge the answers by", "give --target COLUMN");
  return data;
}

Acceptance::Acceptance(const AcceptanceRequest& request, const Model& before) {
  if (request.accept.empty() && request.data.empty()) return;
  in_context("--accept", [&] { parse_acceptances(request.accept); });
  if (request.data.empty()) throw Error(ErrorCode::kInvalidArgument, "--accept judges on held-out rows", "give them with --data FILE");
  judge_by(request, before, judged_data(before, request));
}

Acceptance::Acceptance(const AcceptanceRequest& request, const Model& before, const Dataset& rows) { judge_by(request, before, rows); }

void Acceptance::judge_by(const AcceptanceRequest& request, const Model& before, const Dataset& rows) {
  const std::vector<Limit> limits = in_context("--accept", [&] { return parse_acceptances(request.accept); });
  JudgeOptions options;
  const bool measures = std::ranges::none_of(limits, [](const Limit& limit) { return limit.of == Limit::Of::kMetric; });
  if (measures) options.metrics = default_metrics(before, rows.output_targets.empty() ? rows.targets : rows.output_targets.begin()->second);
  judge_.emplace(before, rows, limits, options);
  data_ = std::filesystem::path(request.data).filename().string();
}

bool Acceptance::accepts(Model& after, const std::string& pass, Json& document, commands::Output& output) const {
  if (!asked()) return true;
  Verdict verdict = judge_->judge(after);
  Accepted made{.model = after, .verdict = std::move(verdict)};
  const bool accepted = accepts(made, pass, document, output);
  after = std::move(made.model);
  return accepted;
}

bool Acceptance::accepts(Accepted& made, const std::string& pass, Json& document, commands::Output& output) const {
  const Json record = to_json(made.verdict);
  document["acceptance"] = record;
  output.text(acceptance_text(record));
  if (made.verdict.accepted()) {
    record_acceptance(made.model, judge_->before(), made.verdict, pass, data_);
    return true;
  }
  refuse(made.verdict, document, output);
  return false;
}

int refuse(const Verdict& verdict, Json& document, commands::Output& output) {
  document["written"] = false;
  output.result(document);
  note(upkeep::format("refused: {}; nothing was written", why_not(verdict)));
  return kRefusedExit;
}

std::string acceptance_text(const Json& record) {
  std::vector<std::vector<std::string>> rows{{"", "before", "after", "change", "interval", "limit", "judgement"}};
  for (const Json& finding : record["findings"]) rows.push_back(row_of(finding));
  return text_table(rows) + "\n" + below(record);
}

std::string acceptance_line(const Json& record) {
  std::vector<std::string> parts;
  for (const Json& finding : record["findings"]) {
    const std::string unit = finding.value("unit", "");
    std::string text =
        upkeep::format("{} {} -> {}", finding.value("what", ""), figure_of(finding["before"], unit), figure_of(finding["after"], unit));
    if (!finding["limit"].is_null()) text += upkeep::format(" (limit {})", change_of(finding["limit"], finding.value("relative", false)));
    parts.push_back(std::move(text));
  }
  return upkeep::format("{}: {}", record.value("judgement", ""), join(parts));
}

}  // namespace upkeep
