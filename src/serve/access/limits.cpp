#include "serve/access/limits.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;

static constexpr std::size_t kMostRemembered = 10'000;  // callers

// Who has not asked for a while has its full rate again, which is how a caller nobody knows begins.
void CallerLimits::forget_the_idle(Time now) {
  if (now < forgot_ + 1s) return;
  forgot_ = now;
  std::erase_if(uses_, [&](const auto& use) { return now - use.second.at > 60s && *use.second.running == 0; });
}

std::expected<CallerLimits::Slot, CallerLimits::Exceeded> CallerLimits::take(const std::string& caller, double requests_per_s,
                                                                             int concurrent, Time now) {
  if (requests_per_s <= 0 && concurrent <= 0) return nullptr;
  const std::lock_guard lock(mutex_);
  if (uses_.size() >= kMostRemembered && !uses_.contains(caller)) forget_the_idle(now);
  const double most = std::max(1.0, requests_per_s);
  const auto [found, is_new] = uses_.try_emplace(caller);
  Use& use = found->second;
  use.saved = is_new ? most : std::min(most, use.saved + requests_per_s * std::chrono::duration<double>(now - use.at).count());
  use.at = now;
  if (concurrent > 0 && *use.running >= concurrent)
    return std::unexpected(Exceeded{upkeep::format("{} requests at a time", concurrent), 1});
  if (requests_per_s > 0) {
    if (use.saved < 1)
      return std::unexpected(Exceeded{upkeep::format("{} requests per second", requests_per_s),
                                      std::max(1, static_cast<int>(std::ceil((1 - use.saved) / requests_per_s)))});
    use.saved -= 1;
  }
  use.running->fetch_add(1);
  return Slot(use.running.get(), [running = use.running](const void*) { running->fetch_sub(1); });
}

}  // namespace upkeep::serve
