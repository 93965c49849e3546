#include "metrics/metric.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace upkeep::metrics {

NamedMetric make(const NamedSettings& text) {
  const MetricEntry& entry = catalog().at(text.name);
  return in_context(upkeep::format("metric \"{}\"", text.name), [&] {
    return NamedMetric{
        .name = text.name, .higher_is_better = entry.higher_is_better, .metric = entry.make(text.values), .heeds_masks = entry.heeds_masks};
  });
}

std::vector<NamedMetric> make_all(const std::vector<std::string>& texts) {
  std::vector<NamedMetric> all;
  for (const std::string& text : texts) {
    NamedMetric metric = make(parse_named(text));
    const std::string name = metric.name;
    for (int i = 1; std::ranges::contains(all, metric.name, &NamedMetric::name); ++i) metric.name = upkeep::format("{}_{}", name, i);
    all.push_back(std::move(metric));
  }
  return all;
}

}  // namespace upkeep::metrics
