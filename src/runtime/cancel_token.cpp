#include "runtime/cancel_token.hpp"

#include <utility>

namespace upkeep {

void CancelToken::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (end_) end_();
}

bool CancelToken::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

CancelToken::Held::Held(CancelToken& token, std::function<void()> end) : token_(token) {
  const std::lock_guard lock(token_.mutex_);
  token_.end_ = std::move(end);
  if (token_.cancelled_) token_.end_();
}

CancelToken::Held::~Held() {
  const std::lock_guard lock(token_.mutex_);
  token_.end_ = nullptr;
}

}  // namespace upkeep
