#include "upkeep/explain.hpp"

#include "api/parts.hpp"
#include "api/settings.hpp"
#include "explain/effects/effect.hpp"
#include "explain/explainer.hpp"
#include "explain/judge.hpp"
#include "explain/value_text.hpp"

namespace upkeep::api {

namespace in = upkeep::explain;

struct Explainer::State {
  std::shared_ptr<const upkeep::Model> model;
  std::unique_ptr<in::Subject> subject;
  in::Background background;
};

static in::SubjectOptions options_of(const ExplainerSettings& settings, const Tensors& rows) {
  in::SubjectOptions options{.output = settings.output,
                             .scale = settings.logit ? in::Scale::kLogit : in::Scale::kOutput,
                             .threads = settings.threads,
                             .most_evaluations = settings.budget};
  for (const Group& group : settings.groups) options.features.groups.push_back({group.name, group.members});
  options.features.patch = settings.patch;
  options.features.row_shapes = in::row_shapes(rows);
  return options;
}

Explainer::Explainer(const Model& model, const Data& background, const ExplainerSettings& settings) : state_(std::make_unique<State>()) {
  state_->model = std::make_shared<const upkeep::Model>(ModelParts::graph(model));
  const Dataset rows = DataParts::of(background, *state_->model, std::nullopt);
  state_->subject = std::make_unique<in::Subject>(state_->model, options_of(settings, rows.inputs));
  state_->background = in::choose_background(rows.inputs, state_->subject->features(),
                                             {.choosing = settings.choose, .rows = settings.background_rows, .seed = settings.seed});
}

Explainer::~Explainer() = default;
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;

std::vector<std::string> Explainer::features() const {
  std::vector<std::string> names;
  for (const in::ExplainedFeature& feature : state_->subject->features()) names.push_back(feature.name);
  return names;
}

static Explanation made_of(const in::Explanation& one, const in::Subject& subject, const Tensors& rows) {
  const in::Attribution& attribution = one.attribution;
  const in::Honesty& honesty = one.honesty;
  Explanation made{.row = one.row,
                   .method = one.method,
                   .element = subject.element_name(one.element),
                   .answer = attribution.answer,
                   .base = attribution.base,
                   .attributions = {},
                   .trust = {.additivity_error = honesty.additivity_error,
                             .largest_standard_error = honesty.largest_standard_error,
                             .infidelity = honesty.infidelity,
                             .stability_over_seeds = honesty.stability_over_seeds,
                             .stability_over_changes = honesty.stability_over_changes,
                             .evaluations = honesty.evaluations,
                             .milliseconds = honesty.milliseconds,
                             .reached = honesty.reached},
                   .notes = attribution.notes};
  for (std::size_t i = 0; i < attribution.values.size(); ++i)
    made.attributions.push_back({.feature = subject.features()[i].name,
                                 .value = in::value_text(rows, one.row, subject.features()[i]),
                                 .attribution = attribution.values[i],
                                 .standard_error = attribution.standard_errors.empty() ? 0 : attribution.standard_errors[i]});
  return made;
}

std::vector<Explanation> Explainer::explain(const Data& rows, const ExplainSettings& settings) const {
  const Tensors inputs = DataParts::of(rows, *state_->model, std::nullopt).inputs;
  const std::vector<in::Explanation> found =
      in::explain_rows(*state_->subject, inputs, state_->background,
                       {.method = settings.method.name().empty() ? "auto" : to_text(named(settings.method)),
                        .element = settings.element,
                        .seed = settings.seed,
                        .until_error = settings.until_error,
                        .infidelity = settings.infidelity,
                        .stability = settings.stability});
  std::vector<Explanation> made;
  for (const in::Explanation& one : found) made.push_back(made_of(one, *state_->subject, inputs));
  return made;
}

EffectOverRows Explainer::effect(const EffectKind& kind, const Data& rows, const std::string& element, std::uint64_t seed) const {
  const Dataset data = DataParts::of(rows, *state_->model, std::nullopt);
  const in::EffectEntry& entry = in::effects::catalog().at(kind.name());
  in::EffectQuestion question{.subject = *state_->subject,
                              .rows = data.inputs,
                              .element = element.empty() ? 0 : state_->subject->element_named(element),
                              .features = {},
                              .seed = seed};
  if (entry.needs_loss) question.loss = in::loss_beside(*state_->subject, data.targets);
  const in::Effect found = in::measured_effect(entry, question, to_json(kind.settings()));
  EffectOverRows made{.name = found.name, .meaning = found.what, .figures = {}, .curves = {}, .notes = found.notes};
  for (const in::EffectFigure& figure : found.figures) made.figures.push_back({figure.feature, figure.value, figure.low, figure.high});
  for (const in::EffectCurve& curve : found.curves)
    made.curves.push_back({curve.feature, curve.x, curve.labels, curve.y, curve.low, curve.high});
  return made;
}

}  // namespace upkeep::api
