// The limits of a file from outside, checked on its bytes. Seen by this folder only.
#pragma once

#include <string_view>

#include "graph/onnx.hpp"

namespace upkeep::proto {

// Walks the bytes of an ONNX file once, before protobuf spends memory on them. Throws Error{kCorrupt}: not protobuf, text that is not
// UTF-8; {kResourceExhausted}: beyond a limit.
void check_wire(std::string_view bytes, const ModelLimits& limits);

}  // namespace upkeep::proto
