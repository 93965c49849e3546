#include <cmath>

#include "analyze/model_diff.hpp"

namespace upkeep {

static Json to_json(const std::vector<ValueChange>& changes) {
  Json list = Json::array();
  for (const ValueChange& change : changes) list.push_back({{"name", change.name}, {"before", change.before}, {"after", change.after}});
  return list;
}

static Json to_json(const WeightChange& change) {
  const auto finite = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json json = {{"name", change.name},
               {"before", change.before.empty() ? Json(nullptr) : Json(change.before)},
               {"after", change.after.empty() ? Json(nullptr) : Json(change.after)},
               {"equal", change.equal}};
  if (change.comparable)
    json.update({{"values", change.values},
                 {"differing", change.differing},
                 {"largest_absolute", finite(change.largest_absolute)},
                 {"mean_absolute", finite(change.mean_absolute)},
                 {"signal_db", change.signal}});
  if (!change.before.empty() && !change.after.empty())
    json.update({{"norm", {finite(change.norm_before), finite(change.norm_after)}}, {"zeros", {change.zeros_before, change.zeros_after}}});
  return json;
}

static Json to_json(const PartChange& part) {
  const auto name = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  const char* change = part.before.empty() ? "added" : part.after.empty() ? "removed" : part.same() ? "same" : "changed";
  if (part.in_both() && part.kind_before != part.kind_after) change = "replaced";
  Json weights = Json::array();
  for (const WeightChange& weight : part.weights) weights.push_back(to_json(weight));
  Json json = {{"change", change},
               {"before", name(part.before)},
               {"after", name(part.after)},
               {"kind", name(part.kind_after.empty() ? part.kind_before : part.kind_after)},
               {"kind_before", name(part.kind_before)},
               {"moved", part.moved},
               {"settings", to_json(part.settings)},
               {"reads", {{"before", part.reads_before}, {"after", part.reads_after}}},
               {"weights", std::move(weights)}};
  if (!part.in_both()) json.update({{"given", part.given}, {"parameters", part.parameters}});
  return json;
}

Json to_json(const ModelDiff& difference) {
  Json parts = Json::array();
  for (const PartChange& part : difference.parts) parts.push_back(to_json(part));
  return {{"by", difference.by},
          {"same", difference.same()},
          {"same_structure", difference.same_structure()},
          {"same_settings", difference.same_settings()},
          {"same_weights", difference.same_weights()},
          {difference.by, std::move(parts)},
          {"interface", to_json(difference.interface)},
          {"metadata", to_json(difference.metadata)}};
}

}  // namespace upkeep
