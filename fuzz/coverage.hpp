#pragma once

#include <array>
#include <cstdint>

extern std::array<std::uint8_t, 1 << 16> coverage_counters;
