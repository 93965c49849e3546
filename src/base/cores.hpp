// How many threads may run at once.
#pragma once

namespace upkeep {

// Cores that this process may use; 1 or more.
int cores();

// What is meant by a setting of that name: 0 is one thread per core.
int threads_or_cores(int threads);

}  // namespace upkeep
