#include "serve/protocol/request_ids.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace upkeep::serve {

RequestIds::RequestIds() : process_(random_seed()), count_(random_seed()) {}

std::string RequestIds::next() {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::uint64_t halves[2] = {process_, count_.fetch_add(1, std::memory_order_relaxed)};
  std::string text(36, '-');
  std::size_t at = 0;
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) ++at;
    text[at++] = kDigits[halves[digit / 16] >> (60 - 4 * (digit % 16)) & 15];
  }
  return text;
}

// 00-<32 hexadecimal digits>-<16>-<2>; later versions may have more behind (https://www.w3.org/TR/trace-context/).
static std::string id_of_trace(std::string_view parent) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (parent.size() < 55 || parent[2] != '-' || parent[35] != '-' || parent[52] != '-') return {};
  const std::string_view trace = parent.substr(3, 32), span = parent.substr(36, 16);
  const auto is_id = [&](std::string_view id) { return std::ranges::all_of(id, is_hex) && id.find_first_not_of('0') != id.npos; };
  return is_id(trace) && is_id(span) ? std::string(trace) + "-" + std::string(span) : std::string();
}

std::string request_id(std::string_view x_request_id, std::string_view traceparent) {
  const bool fits = x_request_id.size() <= 256 && std::ranges::all_of(x_request_id, [](char c) { return c > ' ' && c <= '~'; });
  return !x_request_id.empty() && fits ? std::string(x_request_id) : id_of_trace(traceparent);
}

}  // namespace upkeep::serve
