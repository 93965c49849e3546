// Monitoring over tables that another system logged: the same report as over a log of our own.
#pragma once

#include "maintain/monitor/foreign_log.hpp"
#include "maintain/monitor/monitor.hpp"

namespace upkeep {

// `options.model` is needed; `log`, `since` and `until` of the options do not count, those of `tables` do. Features that the model's file
// does not know are taken from the reference, as publishing does. Throws Error as monitor() and read_foreign_log() do.
MonitorReport monitor_tables(const ForeignLog& tables, MonitorOptions options);

}  // namespace upkeep
