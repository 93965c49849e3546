// What the monitor found, as the values of the public headers.
#pragma once

#include "maintain/monitor/monitor.hpp"
#include "upkeep/monitor.hpp"

namespace upkeep::operate {

Report value_of(const MonitorReport& report);

}  // namespace upkeep::operate
