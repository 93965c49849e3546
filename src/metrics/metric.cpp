#include "metrics/metric.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace upkeep::metrics {

// Numbered where the name is taken.
static void add(std::vector<NamedMetric>& all, NamedMetric metric) {
  const std::string name = metric.name;
  for (int i = 1; std::ranges::contains(all, metric.name, &NamedMetric::name); ++i) metric.name = upkeep::format("{}_{}", name, i);
  all.push_back(std::move(metric));
}

NamedMetric make(const NamedSettings& text) {
  const MetricEntry& entry = catalog().at(text.name);
  return in_context(upkeep::format("metric \"{}\"", text.name), [&] {
    Json values = text.values;
    const auto name = from_json_checked<std::string>(values.value("name", Json(text.name)));
    values.erase("name");
    return NamedMetric{
        .name = name, .higher_is_better = entry.higher_is_better, .metric = entry.make(values), .heeds_masks = entry.heeds_masks};
  });
}

std::vector<NamedMetric> make_all(const std::vector<std::string>& texts) {
  std::vector<NamedMetric> all;
  for (const std::string& text : texts) add(all, make(parse_named(text)));
  return all;
}

std::vector<NamedMetric> make_all(const std::vector<std::string>& texts, const std::vector<std::string>& weighted) {
  std::vector<NamedMetric> all = make_all(texts);
  for (const std::string& text : weighted) {
    NamedMetric metric = make(parse_named(text));
    metric.weighted = true;
    if (std::ranges::contains(all, metric.name, &NamedMetric::name)) metric.name = "weighted_" + metric.name;
    add(all, std::move(metric));
  }
  return all;
}

}  // namespace upkeep::metrics
