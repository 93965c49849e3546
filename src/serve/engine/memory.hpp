// How much memory this process takes.
#pragma once

#include <cstddef>

namespace upkeep::serve {

std::size_t resident_memory();  // bytes, of /proc/self/statm

}  // namespace upkeep::serve
