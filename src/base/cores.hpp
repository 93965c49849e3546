// How many threads may run at once.
#pragma once

#include <cstddef>
#include <functional>

namespace upkeep {

// Cores that this process may use; 1 or more.
int cores();

// What is meant by a setting of that name: 0 is one thread per core.
int threads_or_cores(int threads);

// work(0), work(1), ... work(count - 1), begun in this order on `threads` threads; returns when all are done. What one of them throws is
// thrown here, of several the first in order, and what was not begun by then is left out.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work, int threads = cores());

}  // namespace upkeep
