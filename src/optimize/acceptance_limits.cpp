// Reading limits: "accuracy:-0.005", "mae:+2%", "latency:-20%".

#include <charconv>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "metrics/metric.hpp"
#include "optimize/acceptance.hpp"

namespace upkeep {

namespace {

constexpr const char* kForms = "accuracy:-0.005, mae:+2%, precision:threshold=0.7:-1%, latency:-20%";

struct CostName {
  const char* name;
  Limit::Of of;
};
constexpr CostName kCosts[] = {{"latency", Limit::Of::kLatency}, {"size", Limit::Of::kSize}, {"zipped", Limit::Of::kZipped}};

// "+2%", "-0.005", "0".
void read_change(Limit& limit, std::string_view text) {
  std::string_view digits = text;
  limit.relative = digits.ends_with('%');
  if (limit.relative) digits.remove_suffix(1);
  const bool plus = digits.starts_with('+');
  if (plus) digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit.change);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.starts_with("-") + plus > 1 || !std::isfinite(limit.change))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no change", text), upkeep::format("write {}", kForms));
  if (!plus && limit.change > 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the change {} has no sign", text), upkeep::format("write -{0} or +{0}", text));
  if (limit.relative) limit.change /= 100;
}

std::string turned(std::string_view change) { return (change.starts_with('-') ? "+" : "-") + std::string(change.substr(1)); }

void check_metric(const Limit& limit, std::string_view change) {
  if (!metrics::catalog().find(parse_named(limit.metric).name)) {
    std::vector<std::string> known;
    for (const CostName& cost : kCosts) known.emplace_back(cost.name);
    for (const metrics::MetricEntry& one : metrics::catalog()) known.push_back(one.name);
    throw unknown_name("metric", parse_named(limit.metric).name, known);
  }
  const metrics::NamedMetric metric = metrics::make(parse_named(limit.metric));
  const double worse = metric.higher_is_better ? -limit.change : limit.change;
  if (worse < 0)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("{} is better when {}, and a limit says how much worse it may get", limit.metric,
                               metric.higher_is_better ? "higher" : "lower"),
                upkeep::format("{}:{}", limit.metric, turned(change)));
}

void check_cost(const Limit& limit, std::string_view change) {
  if (!limit.relative && limit.change != 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} takes a percentage of what it was, got {}", limit.metric, change),
                upkeep::format("{}:-20%", limit.metric));
  if (limit.change <= -1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} cannot fall by {}", limit.metric, change.substr(1)),
                upkeep::format("{}:-50%", limit.metric));
}

Limit parse(std::string_view text) {
  Limit limit{.text = std::string(text)};
  const std::size_t colon = text.rfind(':');
  const std::size_t equals = text.find('=');
  if (colon == std::string_view::npos || colon == 0)
    throw Error(ErrorCode::kInvalidArgument, "how much may it change?", upkeep::format("write METRIC:CHANGE, such as {}", kForms));
  std::string_view metric = text.substr(0, colon);
  if (equals < metric.find(':') && equals < metric.size()) {
    limit.output = metric.substr(0, equals);
    metric.remove_prefix(equals + 1);
  }
  limit.metric = metric;
  const std::string_view change = text.substr(colon + 1);
  read_change(limit, change);
  for (const CostName& cost : kCosts)
    if (metric == cost.name) limit.of = cost.of;
  if (limit.of == Limit::Of::kMetric) check_metric(limit, change);
  else check_cost(limit, change);
  return limit;
}

}  // namespace

Limit parse_acceptance(std::string_view text) {
  return in_context(upkeep::format("limit \"{}\"", text), [&] { return parse(text); });
}

std::vector<Limit> parse_acceptances(const std::vector<std::string>& texts) {
  std::vector<Limit> limits;
  for (const std::string& text : texts) limits.push_back(parse_acceptance(text));
  return limits;
}

}  // namespace upkeep
