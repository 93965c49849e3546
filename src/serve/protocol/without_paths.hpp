// Error texts for the network: what a file is called here is nobody's business there.
#pragma once

#include <string>
#include <string_view>

namespace upkeep::serve {

// Puts "[path]" where the text has an absolute path, and "[address]" where it has an address with a scheme (which may carry a password).
std::string without_paths(std::string_view text);

}  // namespace upkeep::serve
