#include "train/monitor.hpp"

#include <cmath>
#include <vector>

#include "base/names.hpp"
#include "metrics/metric.hpp"

namespace upkeep {

Monitor::Monitor(std::optional<std::string> figure, const std::string& mode, double min_delta)
    : figure_(std::move(figure)), min_delta_(min_delta), higher_is_better_(direction(mode)) {}

bool Monitor::direction(const std::string& mode) const {
  if (mode != "auto") return mode == "max";
  if (!figure_) return false;
  const std::string_view name = figure_->starts_with("val_") ? std::string_view(*figure_).substr(4) : std::string_view(*figure_);
  if (name == "loss" || name.ends_with("_loss")) return false;
  if (const metrics::MetricEntry* metric = metrics::catalog().find(name)) return metric->higher_is_better;
  throw Error(ErrorCode::kInvalidArgument, "cannot tell whether more or less of \"" + *figure_ + "\" is better", "set mode to min or max");
}

double Monitor::current(const std::map<std::string, double>& figures) {
  if (!figure_) figure_ = figures.contains("val_loss") ? "val_loss" : "loss";
  const auto found = figures.find(*figure_);
  if (found != figures.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : figures) names.push_back(name);
  throw unknown_name("figure to monitor", *figure_, names);
}

bool Monitor::improves(double current) const {
  if (!best_) return true;
  if (std::isnan(*best_)) return !std::isnan(current);
  return higher_is_better_ ? current - min_delta_ > *best_ : current + min_delta_ < *best_;
}

bool Monitor::update(double current) {
  if (!improves(current)) return false;
  best_ = current;
  return true;
}

Json Monitor::state() const { return best_ ? exact(*best_) : Json(nullptr); }
void Monitor::restore(const Json& state) { best_ = state.is_null() ? std::nullopt : std::optional(exact(state)); }

Json exact(double value) { return std::isfinite(value) ? Json(value) : Json(std::to_string(value)); }
double exact(const Json& value) { return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>(); }

std::map<std::string, double> by_name(const Figures& figures) { return {figures.begin(), figures.end()}; }

}  // namespace upkeep
