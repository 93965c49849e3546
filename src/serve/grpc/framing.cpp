#include "serve/grpc/framing.hpp"

#include <algorithm>
#include <utility>

#include "base/format.hpp"
#include "serve/protocol/content_encoding.hpp"

namespace upkeep::serve {

static constexpr std::size_t kWorthPacking = 1024;
static constexpr std::size_t kReserved = 256 << 10;  // on the word of a prefix alone

std::string grpc_frame(std::string message, std::string_view encoding) {
  const bool packed = !encoding.empty() && message.size() >= kWorthPacking;
  if (packed) message = compress(message, encoding);
  char prefix[kGrpcPrefix];
  prefix[0] = packed ? 1 : 0;
  for (std::size_t i = 1; i < kGrpcPrefix; ++i) prefix[i] = static_cast<char>(message.size() >> (8 * (kGrpcPrefix - 1 - i)));
  message.insert(0, prefix, kGrpcPrefix);
  return message;
}

Answer<bool> GrpcMessages::take(std::string_view& bytes, std::string& message) {
  if (prefix_.size() < kGrpcPrefix) {
    const std::size_t part = std::min(kGrpcPrefix - prefix_.size(), bytes.size());
    prefix_ += bytes.substr(0, part);
    bytes.remove_prefix(part);
    if (prefix_.size() < kGrpcPrefix) return false;
    length_ = 0;
    for (std::size_t i = 1; i < kGrpcPrefix; ++i) length_ = length_ << 8 | static_cast<unsigned char>(prefix_[i]);
    if (prefix_[0] != 0 && prefix_[0] != 1) return refuse(RefusalCode::kInvalid, "a message has an unknown flag: not gRPC");
    if (length_ > max_bytes_)
      return refuse(RefusalCode::kTooLarge, upkeep::format("a message of {} bytes is larger than {} bytes", length_, max_bytes_));
  }
  if (body_.empty()) body_.reserve(std::min(length_, kReserved));
  const std::size_t part = std::min(length_ - body_.size(), bytes.size());
  body_ += bytes.substr(0, part);
  bytes.remove_prefix(part);
  if (body_.size() < length_) return false;
  const bool packed = std::exchange(prefix_, {})[0] == 1;
  if (!packed) {
    message = std::exchange(body_, {});
    return true;
  }
  Answer<std::string> unpacked = unpack();
  if (!unpacked) return std::unexpected(std::move(unpacked.error()));
  message = std::move(*unpacked);
  return true;
}

Answer<std::string> GrpcMessages::unpack() {
  const std::string packed = std::exchange(body_, {});
  if (encoding_.empty()) return refuse(RefusalCode::kInvalid, "a message is compressed, but the call names no grpc-encoding");
  return decompress(packed, encoding_, max_bytes_);
}

}  // namespace upkeep::serve
