#include "serve/tracing/trace_context.hpp"

#include <charconv>

#include "base/format.hpp"

namespace upkeep::serve {

static std::optional<std::uint64_t> hex(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return {};
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

// Version 00 is exactly this long; a later one may go on behind a dash. 255 is no version, and zeros are nobody's ids.
std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  const auto version = hex(text.substr(0, 2)), high = hex(text.substr(3, 16)), low = hex(text.substr(19, 16)),
             parent = hex(text.substr(36, 16)), flags = hex(text.substr(53, 2));
  if (!version || !high || !low || !parent || !flags || *version == 255) return {};
  if (text.size() > 55 && (*version == 0 || text[55] != '-')) return {};
  if ((*high == 0 && *low == 0) || *parent == 0) return {};
  return TraceContext{.trace = {*high, *low}, .parent = *parent, .sampled = (*flags & 1) != 0};
}

std::string hex16(std::uint64_t value) { return upkeep::format("{:016x}", value); }

}  // namespace upkeep::serve
