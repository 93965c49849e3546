// The header grpc-timeout: at most eight digits and a unit, "250m" (250 milliseconds).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace upkeep::serve {

std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view text);  // nullopt: it is none

}  // namespace upkeep::serve
