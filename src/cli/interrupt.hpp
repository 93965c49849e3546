// Ctrl-C while a command works: what is under way comes to its end, and what there is so far is kept.
#pragma once

#include <csignal>

namespace upkeep {

// One at a time; the handler that was there comes back with the end of this.
class Interrupt {
 public:
  Interrupt() : before_(std::signal(SIGINT, [](int) { received_ = 1; })) { received_ = 0; }
  ~Interrupt() { std::signal(SIGINT, before_); }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool received() const { return received_ != 0; }

 private:
  inline static volatile std::sig_atomic_t received_ = 0;
  void (*before_)(int);
};

}  // namespace upkeep
