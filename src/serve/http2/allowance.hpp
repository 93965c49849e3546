// How often somebody may do what costs us more than him: so many times at once, and so many per second in the long run.
#pragma once

#include <algorithm>
#include <chrono>

namespace upkeep::serve {

class Allowance {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Allowance(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}

  // False: it is used up.
  bool spend(Time now) {
    if (now > last_) left_ = std::min(burst_, left_ + per_second_ * std::chrono::duration<double>(now - last_).count());
    last_ = std::max(last_, now);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  void earn(double count) { left_ = std::min(burst_, left_ + count); }

 private:
  double burst_, per_second_, left_;
  Time last_{};
};

}  // namespace upkeep::serve
