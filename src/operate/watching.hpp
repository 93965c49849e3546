// Which model, log and reference a monitor's options mean: files and registries become what maintain/monitor reads.
#pragma once

#include "maintain/monitor/monitor.hpp"
#include "upkeep/monitor.hpp"

namespace upkeep::operate {

MonitorReport watch(const MonitorOptions& options);

}  // namespace upkeep::operate
