// Who a request belongs to in a distributed trace: W3C Trace Context, the header traceparent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upkeep::serve {

struct TraceContext {
  std::array<std::uint64_t, 2> trace{};  // its 16 bytes, big-endian
  std::uint64_t parent = 0;              // the caller's span; 0: none
  bool sampled = false;
};

// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"; nothing where it is not that.
std::optional<TraceContext> parse_traceparent(std::string_view text);

std::string hex16(std::uint64_t value);  // 16 lower-case digits

}  // namespace upkeep::serve
