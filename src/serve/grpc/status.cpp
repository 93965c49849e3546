#include "serve/grpc/status.hpp"

#include "base/format.hpp"

namespace upkeep::serve {

GrpcStatus to_status(const Refusal& refusal) {
  return {.code = static_cast<GrpcCode>(grpc_status(refusal.code)), .message = refusal.message, .retry_after_s = refusal.retry_after_s};
}

std::string percent_encoded(std::string_view message) {
  std::string out;
  for (const char c : message)
    if (c >= ' ' && c <= '~' && c != '%') out += c;
    else out += upkeep::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace upkeep::serve
