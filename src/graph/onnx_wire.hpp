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

// A number of seven bits a byte, the lowest first; `next` gives the bytes. Throws as not_onnx().
template <typename Next>
std::uint64_t read_varint(Next&& next) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    const std::uint8_t byte = next();
    value |= shift < 64 ? std::uint64_t{byte & 0x7FU} << shift : 0;
    if (byte < 0x80) return value;
  }
  throw not_onnx("a number is longer than 64 bits");
}

// Walks the bytes of an ONNX file once, before protobuf spends memory on them. Throws Error{kCorrupt}: not protobuf, text that is not
// UTF-8; {kResourceExhausted}: beyond a limit.
void check_wire(std::string_view bytes, const ModelLimits& limits);

}  // namespace upkeep::proto
