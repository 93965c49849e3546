// The version of this build.
#pragma once

#include <string>

namespace upkeep {

std::string version();       // "0.1.0"
std::string version_line();  // "upkeep 0.1.0 (ONNX Runtime 1.32.0)"

}  // namespace upkeep
