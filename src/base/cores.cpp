#include "base/cores.hpp"

#include <algorithm>
#include <thread>

namespace upkeep {

int cores() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

int threads_or_cores(int threads) { return threads > 0 ? threads : cores(); }

}  // namespace upkeep
