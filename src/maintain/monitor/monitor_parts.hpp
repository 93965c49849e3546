// Parts of a report that do not depend on whether it is judged from rows or from profiles.
#pragma once

#include <string>

#include "maintain/monitor/monitor.hpp"

namespace upkeep::monitoring {

// Alarms, unknowns and notes of the report's drift, checks and quality.
void judge_drift(MonitorReport& report);
void judge_checks(MonitorReport& report);
// `metrics`: those that were asked for.
void judge_all_quality(MonitorReport& report, const std::vector<std::string>& metrics);

// Of a window of which nothing is logged.
std::string nothing_in_window(const MonitorOptions& options);

// Whether profiles answer all that is asked.
bool can_judge_profiles(const MonitorOptions& options);
MonitorReport monitor_profiles(const MonitorOptions& options);

}  // namespace upkeep::monitoring
