#include "base/byte_size.hpp"

#include <charconv>
#include <cstdint>
#include <limits>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

static std::uint64_t bytes_in(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  if (unit == "KiB") return std::uint64_t{1} << 10;
  if (unit == "MiB") return std::uint64_t{1} << 20;
  if (unit == "GiB") return std::uint64_t{1} << 30;
  if (unit == "TiB") return std::uint64_t{1} << 40;
  if (unit == "kB" || unit == "KB") return 1000;
  if (unit == "MB") return 1'000'000;
  if (unit == "GB") return 1'000'000'000;
  return 0;
}

std::size_t bytes_from_text(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::uint64_t unit = bytes_in(text.substr(static_cast<std::size_t>(end - text.data())));
  if (problem != std::errc() || unit == 0 || count > std::numeric_limits<std::size_t>::max() / unit)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not an amount of memory", text),
                "write a whole number and its unit: 512MiB, 8GiB, 2GB; or 0");
  return count * unit;
}

}  // namespace upkeep
