// The limits of a file from outside, checked on its bytes. Seen by this folder only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/onnx.hpp"

namespace upkeep::proto {

// How a field's value is written; the lowest three bits of its tag.
enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroupStart = 3, kGroupEnd = 4, kFixed32 = 5 };

// The error of bytes that are no ONNX model, {kCorrupt}.
Error not_onnx(std::string why);

// Walks the bytes of an ONNX file once, before protobuf spends memory on them. Throws Error{kCorrupt}: not protobuf, text that is not
// UTF-8; {kResourceExhausted}: beyond a limit.
void check_wire(std::string_view bytes, const ModelLimits& limits);

}  // namespace upkeep::proto
