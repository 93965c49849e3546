// What reading and writing files shares with reading and writing bytes. Seen by this folder only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/onnx_proto.hpp"
#include "graph/onnx_wire.hpp"

namespace upkeep::proto {

inline constexpr std::size_t kMessageBytes = 0x7fffffff;  // protobuf counts in int

// Throws Error{kResourceExhausted}: more bytes than are read.
void check_size(std::uint64_t bytes, const ModelLimits& limits);
// The message in these bytes, within the limits.
onnx::ModelProto parse(std::string_view bytes, const ModelLimits& limits);
// Functions may not call themselves, and calls, once written out, may not make more nodes than the limit: each level can double them.
void check_functions(const onnx::ModelProto& message, const ModelLimits& limits);
void set_external(onnx::TensorProto& message, const std::string& key, const std::string& value);

}  // namespace upkeep::proto
