#include "serve/net/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace upkeep::serve {

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? std::max<rlim_t>(before, 1 << 20) : limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  return static_cast<std::size_t>(limit.rlim_cur);
}

// A quarter is kept back: an open segment of the log per model, the registry's files or sockets, the pipes of a check, what a library
// opens.
std::size_t connections_within(std::size_t descriptors, std::size_t wanted) {
  const std::size_t kept = std::clamp<std::size_t>(descriptors / 4, 48, 1024);
  return std::min(wanted, std::max<std::size_t>(descriptors > kept ? descriptors - kept : 0, 16));
}

}  // namespace upkeep::serve
