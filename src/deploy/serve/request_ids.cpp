#include "deploy/serve/request_ids.hpp"

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

}  // namespace upkeep::serve
