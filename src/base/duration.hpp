// Lengths of time as people write them.
#pragma once

#include <chrono>
#include <string_view>

namespace upkeep {

// "90d", "1h", "30m", "45s", "2w"; "0" is none. Throws Error{kInvalidArgument} that says how to write one.
std::chrono::seconds duration_from_text(std::string_view text);

}  // namespace upkeep
