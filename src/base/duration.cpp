#include "base/duration.hpp"

#include <charconv>
#include <cstdint>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kLongest = std::int64_t{1000} * 366 * 86'400;  // a thousand years

std::int64_t seconds_in(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86'400;
    case 'w': return 604'800;
    default: return 0;
  }
}

}  // namespace

std::chrono::seconds duration_from_text(std::string_view text) {
  if (text == "0") return std::chrono::seconds(0);
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::int64_t unit = rest.size() == 1 ? seconds_in(rest.front()) : 0;
  if (problem != std::errc() || unit == 0 || count < 0 || count > kLongest / unit)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no length of time", text),
                "write a whole number and its unit: 45s, 30m, 1h, 90d, 2w; or 0");
  return std::chrono::seconds(count * unit);
}

}  // namespace upkeep
