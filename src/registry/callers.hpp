// What a promotion would break: callers of the version before send its inputs and read its outputs.
#pragma once

#include <string>
#include <vector>

#include "upkeep/signature.hpp"

namespace upkeep {

// One sentence for each request that the old version answered and the new one refuses or understands otherwise; none: callers notice
// nothing.
std::vector<std::string> broken_callers(const Signature& before, const Signature& after);

}  // namespace upkeep
