// What a pass found as Prometheus gauges, in the text format that a node exporter's textfile collector reads.
#pragma once

#include <string>

#include "maintain/maintain.hpp"

namespace upkeep {

// upkeep_health 0 ok, 1 unknown, 2 alarm; upkeep_unknown_facts, upkeep_check_alarms, upkeep_features_drifted, upkeep_drift_score by feature
// and measure, upkeep_quality by metric with _low and _high, upkeep_labelled_rows, upkeep_label_staleness_seconds (since the newest answer
// that has a label), upkeep_last_pass_timestamp_seconds. What is not known has no sample.
std::string prometheus_gauges(const MaintainResult& result, TimePoint now);

}  // namespace upkeep
