// Ends a run from another thread. Made by whoever may want to end it; it must outlive the run. All methods may be called from any thread.
#pragma once

#include <functional>
#include <mutex>

namespace upkeep {

class CancelToken {
 public:
  // The run that holds the token ends between two operators, or before it begins, and throws.
  void cancel();
  bool cancelled() const;

  // For whoever runs: while it lives, cancel() calls `end`, at once where the token is cancelled already.
  class Held {
   public:
    Held(CancelToken& token, std::function<void()> end);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    CancelToken& token_;
  };

 private:
  mutable std::mutex mutex_;
  bool cancelled_ = false;
  std::function<void()> end_;  // of the run that holds it
};

}  // namespace upkeep
