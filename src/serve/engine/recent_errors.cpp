#include "serve/engine/recent_errors.hpp"

namespace upkeep::serve {

void RecentErrors::add(RecentError error) {
  const std::lock_guard lock(mutex_);
  errors_.push_front(std::move(error));
  if (errors_.size() > kKept) errors_.pop_back();
}

std::vector<RecentError> RecentErrors::list() const {
  const std::lock_guard lock(mutex_);
  return {errors_.begin(), errors_.end()};
}

}  // namespace upkeep::serve
