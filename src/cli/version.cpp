#include "cli/version.hpp"

#include "base/format.hpp"
#include "runtime/session.hpp"

namespace upkeep {

std::string version() { return UPKEEP_VERSION; }
std::string version_line() { return upkeep::format("upkeep {} (ONNX Runtime {})", version(), runtime_version()); }

}  // namespace upkeep
