// Messages of gRPC in a stream of bytes: a flag that says whether it is compressed, four bytes of length (big-endian), the message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

inline constexpr std::size_t kGrpcPrefix = 5;

// The message in its frame. `encoding` is "gzip", "deflate" or "": small messages stay as they are.
std::string grpc_frame(std::string message, std::string_view encoding);

class GrpcMessages {
 public:
  GrpcMessages(std::string encoding, std::size_t max_message_bytes) : encoding_(std::move(encoding)), max_bytes_(max_message_bytes) {}

  // Takes bytes, at most to the end of a message, off the front of `bytes`. True: `message` is whole. Refuses a message that is, or would
  // become, larger than the limit before that much memory is spent.
  Answer<bool> take(std::string_view& bytes, std::string& message);
  bool within_message() const { return !prefix_.empty(); }

 private:
  Answer<std::string> unpack();

  std::string encoding_;  // of compressed messages
  std::size_t max_bytes_;
  std::string prefix_;
  std::size_t length_ = 0;
  std::string body_;
};

}  // namespace upkeep::serve
