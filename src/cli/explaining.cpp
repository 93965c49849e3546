#include "cli/explaining.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "data/elements.hpp"
#include "explain/importance.hpp"
#include "explain/value_text.hpp"
#include "graph/signature.hpp"
#include "maintain/reference.hpp"

namespace upkeep {

using explain::Explanation;
using explain::Subject;

namespace {

constexpr std::int64_t kMostRows = 100;    // that are explained unless others are named
constexpr std::size_t kMostFeatures = 12;  // of a row that are printed
constexpr int kBarWidth = 24;

explain::Sequences sequences_from(const std::string& name) {
  if (name == "columns") return explain::Sequences::kColumns;
  if (name == "steps") return explain::Sequences::kSteps;
  return name == "cells" ? explain::Sequences::kCells : explain::Sequences::kAuto;
}

std::vector<explain::FeatureGroup> groups_from(const std::vector<std::string>& texts) {
  std::vector<explain::FeatureGroup> groups;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0) {
      groups.push_back({text.substr(0, equals), {text.substr(equals + 1)}});
    } else if (!groups.empty() && equals == std::string::npos) {  // behind a comma
      groups.back().members.push_back(text);
    } else {
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a group", text), "give NAME=COLUMN,COLUMN or NAME=PREFIX*")
          .in("--group");
    }
  }
  return groups;
}

// What the version of the registry was published with; empty: nothing.
ArtifactFile reference_of(const ExplainRequest& request) {
  if (request.registry.empty() || !is_registry_reference(request.model)) return {};
  const Registry registry = Registry::existing(request.registry);
  return kept_reference(registry.resolve(request.model), registry);
}

Tensors inputs_of(const Model& model, const std::string& file, const ExplainRequest& request) {
  return load_dataset(model, file, {.features = request.features, .no_targets = true}).inputs;
}

explain::Background background_for(const Model& model, const ExplainRequest& request, const Tensors& own, const Subject& subject) {
  const explain::BackgroundOptions options{.choosing = request.choose, .rows = request.background_rows, .seed = request.seed};
  if (!request.background.empty())
    return explain::choose_background(inputs_of(model, request.background, request), subject.features(), options);
  const ArtifactFile kept = reference_of(request);
  if (!kept.empty()) return explain::choose_background(inputs_of(model, kept.path().string(), request), subject.features(), options);
  note(upkeep::format("features that are \"not there\" are taken from {} itself: --background names the rows that the model was trained on",
                      request.data));
  return explain::choose_background(own, subject.features(), options);
}

std::string trust_text(const explain::Honesty& honesty) {
  std::string text = upkeep::format("{} evaluations, {} ms", grouped(honesty.evaluations), number(honesty.milliseconds));
  const auto add = [&](std::string_view name, double value) {
    if (!std::isnan(value)) text += upkeep::format(", {} {}", name, number(value));
  };
  add("additivity error", honesty.additivity_error);
  add("standard error at most", honesty.largest_standard_error);
  add("infidelity", honesty.infidelity);
  add("stability over seeds", honesty.stability_over_seeds);
  add("over small changes", honesty.stability_over_changes);
  if (!honesty.reached) text += ", the error that was asked for was NOT reached";
  return text;
}

std::int64_t row_number(const std::string& text, std::int64_t rows) {
  const std::optional<std::string> digits = whole_digits(text);
  const std::int64_t row = digits && digits->size() < 18 ? std::stoll(*digits) : 0;
  if (row < 1 || row > rows)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a row of the table", text),
                upkeep::format("rows are 1 to {}", rows))
        .in("--rows");
  return row - 1;
}

}  // namespace

ExplainedModel open_explained(const ExplainRequest& request) {
  const auto model = std::make_shared<const Model>(open_model(request.model, request.registry));
  const Signature signature = signature_of(*model);
  const OutputSignature* const judged = signature.judged_output();
  DataColumns columns{.features = request.features, .no_targets = true};
  if (request.wants_targets)
    columns = {.targets = request.target,
               .features = request.features,
               .integer_targets = judged && judged->answer == Answer::kClasses,
               .two_classes = judged && judged->answer == Answer::kBinary};
  const Dataset data = load_dataset(*model, request.data, columns);
  ExplainedModel made{.subject = nullptr, .rows = data.inputs, .targets = data.targets, .background = {}};
  made.subject = std::make_unique<Subject>(
      model, explain::SubjectOptions{.output = request.output,
                                     .scale = request.scale == "logit" ? explain::Scale::kLogit : explain::Scale::kOutput,
                                     .features = {.groups = groups_from(request.groups),
                                                  .patch = request.patch,
                                                  .sequences = sequences_from(request.sequences),
                                                  .row_shapes = explain::row_shapes(data.inputs)},
                                     .threads = request.threads,
                                     .most_evaluations = request.budget});
  made.background = background_for(*model, request, data.inputs, *made.subject);
  return made;
}

std::vector<std::int64_t> rows_to_explain(const std::string& text, std::int64_t rows) {
  std::vector<std::int64_t> places;
  if (text.empty()) {
    if (rows > kMostRows) note(upkeep::format("the first {} of {} rows are explained: --rows names others", kMostRows, rows));
    for (std::int64_t row = 0; row < std::min(rows, kMostRows); ++row) places.push_back(row);
    return places;
  }
  for (const std::string& part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const std::int64_t first = row_number(part.substr(0, dash), rows);
    const std::int64_t last = dash == std::string::npos ? first : row_number(part.substr(dash + 1), rows);
    for (std::int64_t row = first; row <= last; ++row) places.push_back(row);
    if (last < first)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" ends before it begins", part), "give FIRST-LAST").in("--rows");
  }
  return places;
}

double error_from(const std::string& until) {
  const std::optional<double> error = until.starts_with("error=") ? parse_number(until.substr(6)) : std::nullopt;
  if (error && *error > 0) return *error;
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a goal", until), "give error=NUMBER above 0, such as error=0.01")
      .in("--until");
}

Table attributions_table(const std::vector<Explanation>& explanations, const Subject& subject, const Tensors& rows) {
  std::vector<std::int64_t> numbers;
  std::vector<std::string> elements, features, values;
  std::vector<double> answers, bases, attributions, errors;
  for (const Explanation& one : explanations) {
    for (std::size_t i = 0; i < one.attribution.values.size(); ++i) {
      numbers.push_back(one.row + 1);
      elements.push_back(subject.element_name(one.element));
      answers.push_back(one.attribution.answer);
      bases.push_back(one.attribution.base);
      features.push_back(subject.features()[i].name);
      values.push_back(explain::value_text(rows, one.row, subject.features()[i]));
      attributions.push_back(one.attribution.values[i]);
      errors.push_back(one.attribution.standard_errors.empty() ? 0 : one.attribution.standard_errors[i]);
    }
  }
  const auto count = std::ssize(numbers);
  Table table;
  table.add("row", Tensor({count}, numbers));
  table.add("element", Tensor({count}, elements));
  table.add("answer", Tensor({count}, answers));
  table.add("base", Tensor({count}, bases));
  table.add("feature", Tensor({count}, features));
  table.add("value", Tensor({count}, values));
  table.add("attribution", Tensor({count}, attributions));
  table.add("standard_error", Tensor({count}, errors));
  return table;
}

std::string explanation_text(const Explanation& explanation, const Subject& subject, const Tensors& rows) {
  const explain::Attribution& attribution = explanation.attribution;
  const std::vector<std::size_t> order = explain::by_size(attribution);
  const std::size_t shown = std::min(kMostFeatures, order.size());
  std::vector<std::vector<std::string>> lines{{"feature", "value", "attribution", ""}};
  const double largest = order.empty() ? 0 : std::abs(attribution.values[order[0]]);
  for (std::size_t i = 0; i < shown; ++i) {
    const double value = attribution.values[order[i]];
    std::string text = explain::signed_number(value);
    if (!attribution.standard_errors.empty()) text += " ± " + number(attribution.standard_errors[order[i]]);
    lines.push_back({subject.features()[order[i]].name, explain::value_text(rows, explanation.row, subject.features()[order[i]]), text,
                     share_bar(largest > 0 ? std::abs(value) / largest : 0, kBarWidth)});
  }
  std::string text = upkeep::format("row {}: {} = {} (base {}), by {}\n", explanation.row + 1, subject.element_name(explanation.element),
                                    number(attribution.answer), number(attribution.base), explanation.method);
  text += text_table(lines) + "\n";
  if (shown < order.size())
    text += upkeep::format("{} other features: {} together\n", order.size() - shown,
                           explain::signed_number(explain::sum_of(attribution, std::span(order).subspan(shown))));
  for (const std::string& line : attribution.notes) text += line + "\n";
  return text + trust_text(explanation.honesty) + "\n";
}

std::string importance_text(const std::vector<Explanation>& explanations, const Subject& subject) {
  const std::vector<explain::Importance> order = explain::importances(explanations);
  std::vector<std::vector<std::string>> lines{{"feature", "mean |attribution|", "95 % interval", ""}};
  for (std::size_t i = 0; i < std::min(kMostFeatures, order.size()); ++i)
    lines.push_back({subject.features()[order[i].feature].name, number(order[i].mean),
                     upkeep::format("{} to {}", number(order[i].low), number(order[i].high)),
                     share_bar(order[0].mean > 0 ? order[i].mean / order[0].mean : 0, kBarWidth)});
  return upkeep::format("over {} rows\n", explanations.size()) + text_table(lines) + "\n";
}

std::string effect_text(const explain::Effect& effect) {
  std::string text = upkeep::format("{}: {}\n", effect.name, effect.what);
  std::vector<std::vector<std::string>> lines{{"feature", "value", "95 % interval"}};
  for (const explain::EffectFigure& figure : effect.figures)
    lines.push_back({figure.feature, number(figure.value),
                     std::isnan(figure.low) ? "" : upkeep::format("{} to {}", number(figure.low), number(figure.high))});
  if (!effect.figures.empty()) text += text_table(lines) + "\n";
  for (const explain::EffectCurve& curve : effect.curves) {
    std::vector<std::vector<std::string>> points{{curve.feature, "mean"}};
    for (std::size_t i = 0; i < curve.y.size(); ++i)
      points.push_back({curve.labels.empty() ? number(curve.x[i]) : curve.labels[i], number(curve.y[i])});
    text += text_table(points) + "\n";
  }
  if (!effect.surfaces.empty()) text += upkeep::format("{} surfaces: --report draws them, --json lists them\n", effect.surfaces.size());
  for (const std::string& line : effect.notes) text += line + "\n";
  return text + upkeep::format("{} evaluations, {} ms\n", grouped(effect.evaluations), number(effect.milliseconds));
}

}  // namespace upkeep
