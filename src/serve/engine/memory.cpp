#include "serve/engine/memory.hpp"

#include <unistd.h>

#include <fstream>

namespace upkeep::serve {

std::size_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace upkeep::serve
