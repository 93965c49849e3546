#include "explain/explanation.hpp"

#include "analyze/report.hpp"
#include "explain/value_text.hpp"

namespace upkeep::explain {

using report::finite_or_null;

static Json figure_of(const Attribution& attribution, const ExplainedFeature& feature, std::size_t place, const Json& value) {
  Json json = {{"feature", feature.name}, {"value", value}, {"attribution", attribution.values[place]}};
  if (!attribution.standard_errors.empty()) json["standard_error"] = attribution.standard_errors[place];
  return json;
}

Json to_json(const Explanation& explanation, const Subject& subject, const Tensors& rows) {
  const Attribution& attribution = explanation.attribution;
  const Honesty& honesty = explanation.honesty;
  Json json = {{"row", explanation.row + 1},
               {"method", explanation.method},
               {"settings", explanation.settings},
               {"output", subject.output().name},
               {"element", subject.element_name(explanation.element)},
               {"answer", attribution.answer},
               {"base", attribution.base},
               {"attributions", Json::array()},
               {"honesty",
                {{"additivity_error", finite_or_null(honesty.additivity_error)},
                 {"largest_standard_error", finite_or_null(honesty.largest_standard_error)},
                 {"infidelity", finite_or_null(honesty.infidelity)},
                 {"stability_over_seeds", finite_or_null(honesty.stability_over_seeds)},
                 {"stability_over_changes", finite_or_null(honesty.stability_over_changes)},
                 {"sensitivity", finite_or_null(honesty.sensitivity)},
                 {"evaluations", honesty.evaluations},
                 {"milliseconds", honesty.milliseconds},
                 {"reached", honesty.reached}}}};
  for (std::size_t i = 0; i < attribution.values.size(); ++i)
    json["attributions"].push_back(
        figure_of(attribution, subject.features()[i], i, value_json(rows, explanation.row, subject.features()[i])));
  for (const auto& [name, value] : attribution.figures) json["figures"][name] = finite_or_null(value);
  if (!attribution.notes.empty()) json["notes"] = attribution.notes;
  return json;
}

}  // namespace upkeep::explain
