// Time as intervals are measured in.
#pragma once

#include <chrono>
#include <cstdint>

namespace upkeep::serve {

using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
inline std::uint64_t nanoseconds(SteadyTime from, SteadyTime to) { return static_cast<std::uint64_t>((to - from).count()); }

}  // namespace upkeep::serve
