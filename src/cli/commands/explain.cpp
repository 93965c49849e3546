// upkeep explain: why a model answers what it does.

#include <algorithm>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/explaining.hpp"
#include "cli/models.hpp"
#include "explain/judge.hpp"
#include "explain/page.hpp"

namespace upkeep::commands {

struct ExplainCommand {
  std::string model;
  std::string data;
  std::string rows;
  std::string method = "auto";
  std::vector<std::string> effect;
  std::string background;
  std::int64_t background_rows = 50;
  std::string choose = "k-means";
  std::string output;
  std::string element;
  std::string scale = "output";
  std::vector<std::string> group;
  std::int64_t patch = 0;
  std::string sequences = "auto";
  std::vector<std::string> features;
  std::vector<std::string> target;
  std::string metric;
  std::vector<std::string> check;
  std::string until;
  std::int64_t budget = 0;
  std::int64_t seed = 0;
  std::string save;
  std::string report;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::ExplainCommand;

template <>
inline const Settings settings<ExplainCommand> = describe<ExplainCommand>(
    "explain", "why a model answers what it does: attributions of rows, and effects over many",
    field("model", &ExplainCommand::model, "a model file, or name@alias in --registry"),
    field("data", &ExplainCommand::data, "table with the rows to explain"),
    field("rows", &ExplainCommand::rows, "rows to explain, from 1: 3,10-19 (default: all of up to 100, else the first 100)"),
    field("method", &ExplainCommand::method,
          "with settings after a colon, such as kernel-shap:samples=512; `upkeep catalog explain/methods` lists them (auto: "
          "integrated-gradients where the model has gradients, else exact-shapley up to 12 features, else kernel-shap)"),
    field("effect", &ExplainCommand::effect, "over all rows of the table: ale, partial-dependence, ... (`upkeep catalog explain/effects`)"),
    field("background", &ExplainCommand::background,
          "table that a feature is taken from when it is \"not there\" (default: what the version was published with, else --data)"),
    field("background_rows", &ExplainCommand::background_rows, "rows that stand for the background", range(1, 1e6)),
    field("choose", &ExplainCommand::choose, "how they are chosen", one_of(explain::choosing())),
    field("output", &ExplainCommand::output, "output of the model (default: the one that it is judged by)"),
    field("element", &ExplainCommand::element, "class or index to explain (default: the likeliest class of each row)"),
    field("scale", &ExplainCommand::scale, "explain the answer, or the logit of a probability", one_of({"output", "logit"})),
    field("group", &ExplainCommand::group, "columns that are explained as one: city=city_*"),
    field("patch", &ExplainCommand::patch, "side of the squares that an image is explained by; 0: at most 64 squares", "pixels",
          range(0, 1e6)),
    field("sequences", &ExplainCommand::sequences, "what of a sequence is one feature", one_of({"auto", "columns", "steps", "cells"})),
    field("features", &ExplainCommand::features, "columns to predict from (default: the model's own)"),
    field("target", &ExplainCommand::target, "column with the truth, for effects that judge (default: the model's own)"),
    field("metric", &ExplainCommand::metric, "that such effects judge by (default: mse, or accuracy of classes)"),
    field("check", &ExplainCommand::check, "measure infidelity, stability, or both: several times the evaluations"),
    field("until", &ExplainCommand::until, "error=0.01: sample on until the error is below, or the budget is used up"),
    field("budget", &ExplainCommand::budget, "rows that the model may answer in all; 0: no limit", range(0, 1e15)),
    field("seed", &ExplainCommand::seed, "of everything that is drawn", range(0, 9e18)),
    field("save", &ExplainCommand::save, "attributions as a table: .csv, .parquet or .npz"),
    field("report", &ExplainCommand::report, "an HTML page: waterfalls, beeswarm, dependence, effects"),
    field("threads", &ExplainCommand::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &ExplainCommand::registry, "registry, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

using explain::Explanation;

explain::ExplainOptions explain_options(const ExplainCommand& options) {
  explain::ExplainOptions made{.method = options.method, .element = options.element, .seed = static_cast<std::uint64_t>(options.seed)};
  for (const std::string& check : options.check) {
    if (check == "infidelity") made.infidelity = true;
    else if (check == "stability") made.stability = true;
    else throw unknown_name("check", check, {"infidelity", "stability"}).in("--check");
  }
  if (!options.until.empty()) made.until_error = error_from(options.until);
  return made;
}

std::vector<Explanation> explain_rows_of(const ExplainCommand& options, const ExplainedModel& model) {
  const std::vector<std::int64_t> places = rows_to_explain(options.rows, explain::rows_in(model.rows));
  const Tensors chosen = explain::rows_at(model.rows, places);
  Progress progress("explaining", std::ssize(places));
  std::vector<Explanation> made = in_context(options.data, [&] {
    return explain::explain_rows(*model.subject, chosen, model.background, explain_options(options),
                                 [&](std::int64_t done) { progress.update(done); });
  });
  for (std::size_t i = 0; i < made.size(); ++i) made[i].row = places[i];
  return made;
}

std::vector<explain::Effect> effects_of(const ExplainCommand& options, const ExplainedModel& model) {
  std::vector<explain::Effect> made;
  for (const std::string& text : options.effect) {
    const NamedSettings named = parse_named(text);
    const explain::EffectEntry& effect = explain::effects::catalog().at(named.name);
    explain::EffectQuestion question{.subject = *model.subject,
                                     .rows = model.rows,
                                     .element = options.element.empty() ? 0 : model.subject->element_named(options.element),
                                     .features = {},
                                     .seed = static_cast<std::uint64_t>(options.seed)};
    if (effect.needs_loss) question.loss = explain::loss_beside(*model.subject, model.targets, options.metric);
    made.push_back(in_context(options.data, [&] { return explain::measured_effect(effect, question, named.values); }));
  }
  return made;
}

bool judges(const std::string& effect) { return explain::effects::catalog().at(parse_named(effect).name).needs_loss; }

int run_explain(const ExplainCommand& options, const Ordered&, Output& output) {
  const ExplainedModel model = open_explained({.model = options.model,
                                               .registry = options.registry,
                                               .data = options.data,
                                               .features = options.features,
                                               .target = options.target,
                                               .wants_targets = std::ranges::any_of(options.effect, judges),
                                               .background = options.background,
                                               .background_rows = options.background_rows,
                                               .choose = options.choose,
                                               .seed = static_cast<std::uint64_t>(options.seed),
                                               .output = options.output,
                                               .scale = options.scale,
                                               .groups = options.group,
                                               .patch = options.patch,
                                               .sequences = options.sequences,
                                               .threads = options.threads,
                                               .budget = options.budget});
  std::vector<Explanation> explanations;
  if (options.effect.empty() || options.method != "auto" || !options.rows.empty()) explanations = explain_rows_of(options, model);
  const std::vector<explain::Effect> effects = effects_of(options, model);
  if (!options.save.empty()) save_table(attributions_table(explanations, *model.subject, model.rows), options.save);
  if (!options.report.empty())
    write_file(options.report,
               explain::explanations_page({.title = upkeep::format("Why {} answers what it does", options.model),
                                           .about = upkeep::format("{}; background: {}", options.data, model.background.about),
                                           .subject = *model.subject,
                                           .rows = model.rows,
                                           .explanations = explanations,
                                           .effects = effects}));
  Json document = {{"background", model.background.about}, {"explanations", Json::array()}, {"effects", Json::array()}};
  for (const Explanation& one : explanations) document["explanations"].push_back(explain::to_json(one, *model.subject, model.rows));
  for (const explain::Effect& one : effects) document["effects"].push_back(explain::to_json(one));
  output.result(document);
  for (const Explanation& one : explanations) output.text(explanation_text(one, *model.subject, model.rows));
  if (explanations.size() > 1) output.text(importance_text(explanations, *model.subject));
  for (const explain::Effect& one : effects) output.text(effect_text(one));
  for (const std::string& file : {options.save, options.report})
    if (!file.empty()) output.text("saved " + file);
  return std::ranges::all_of(explanations, [](const Explanation& one) { return one.honesty.reached; }) ? 0 : kUnknownExit;
}

}  // namespace

void add_explain(CommandCatalog& catalog) {
  catalog.add(
      entry<ExplainCommand>("maintain", {"model"}, {"model", "data"},
                            {"upkeep explain model.onnx --data new.csv --rows 1-5 --background train.csv",
                             "upkeep explain churn@production --registry reg --data new.csv --method kernel-shap --until error=0.01 --json",
                             "upkeep explain model.onnx --data test.csv --effect ale --effect permutation-importance --report why.html",
                             "upkeep explain digits.onnx --data digits.npz --rows 7 --method integrated-gradients --report seven.html"},
                            run_explain));
}

}  // namespace upkeep::commands
