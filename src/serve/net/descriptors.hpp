// File descriptors: connections may use what is left when the log, the registry and the check of new versions have theirs.
#pragma once

#include <cstddef>

namespace upkeep::serve {

// Raises the process's soft limit to its hard one, and says what it is now.
std::size_t raise_descriptor_limit();

// How many connections fit within a limit of so many descriptors: at least 16, at most `wanted`.
std::size_t connections_within(std::size_t descriptors, std::size_t wanted);

}  // namespace upkeep::serve
