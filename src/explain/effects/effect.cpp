#include "explain/effects/effect.hpp"

#include <chrono>

#include "analyze/report.hpp"

namespace upkeep::explain {

using report::finite_or_null;

namespace {

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(finite_or_null(value));
  return list;
}

Json to_json(const EffectCurve& curve) {
  Json json{{"feature", curve.feature}, {"mean", numbers(curve.y)}};
  if (curve.labels.empty()) json["x"] = numbers(curve.x);
  else json["x"] = curve.labels;
  if (!curve.low.empty()) json.update({{"low", numbers(curve.low)}, {"high", numbers(curve.high)}});
  for (const std::vector<double>& row : curve.rows) json["rows"].push_back(numbers(row));
  return json;
}

}  // namespace

Json to_json(const Effect& effect) {
  Json json{{"effect", effect.name}, {"what", effect.what}, {"evaluations", effect.evaluations}, {"milliseconds", effect.milliseconds}};
  for (const EffectFigure& figure : effect.figures)
    json["figures"].push_back({{"feature", figure.feature},
                               {"value", finite_or_null(figure.value)},
                               {"low", finite_or_null(figure.low)},
                               {"high", finite_or_null(figure.high)}});
  for (const EffectCurve& curve : effect.curves) json["curves"].push_back(to_json(curve));
  for (const EffectSurface& surface : effect.surfaces)
    json["surfaces"].push_back({{"first", surface.first},
                                {"second", surface.second},
                                {"x", numbers(surface.x)},
                                {"y", numbers(surface.y)},
                                {"z", numbers(surface.z)}});
  if (!effect.notes.empty()) json["notes"] = effect.notes;
  return json;
}

Effect measured_effect(const EffectEntry& entry, const EffectQuestion& question, const Json& given) {
  const auto begun = std::chrono::steady_clock::now();
  const std::int64_t before = question.subject.evaluations();
  Effect effect = entry.measure(question, given);
  effect.evaluations = question.subject.evaluations() - before;
  effect.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  return effect;
}

}  // namespace upkeep::explain
