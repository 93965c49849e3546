// A file's message without the bytes of its large weights: these are read later, one by one, to where they stay. So reading a model takes
// the memory of its weights once. Seen by this folder only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/onnx_proto.hpp"

namespace upkeep::proto {

struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Fills `out` from this place of the file, or throws.
using ReadAt = std::function<void(std::uint64_t offset, std::span<std::byte> out)>;

struct Skeleton {
  std::string bytes;                // of the message; tensors whose bytes were left out say that their data is external
  std::vector<FileRange> left_out;  // where these bytes are

  // Where the data of a tensor of this message is, if it was left out.
  std::optional<FileRange> range_of(const onnx::TensorProto& tensor) const;
};

// Of a file of `size` bytes. Throws Error{kCorrupt} where it is no protobuf; all else is for those to find who read the message.
Skeleton read_skeleton(std::uint64_t size, const ReadAt& read);

}  // namespace upkeep::proto
