#include "serve/grpc/timeout.hpp"

#include <charconv>
#include <cstdint>

namespace upkeep::serve {

std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view text) {
  using namespace std::chrono_literals;
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  std::uint32_t count = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [after, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc() || after != end) return std::nullopt;
  switch (text.back()) {
    case 'H': return std::min<std::chrono::hours>(1h * count, 24h * 365);  // 99,999,999 hours would overflow
    case 'M': return 1min * count;
    case 'S': return 1s * count;
    case 'm': return 1ms * count;
    case 'u': return 1us * count;
    case 'n': return 1ns * count;
    default: return std::nullopt;
  }
}

}  // namespace upkeep::serve
