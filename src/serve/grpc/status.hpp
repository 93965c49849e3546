// How a call ended: the codes of gRPC, and its text as it travels.
#pragma once

#include <string>
#include <string_view>

#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

enum class GrpcCode {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
};

struct GrpcStatus {
  GrpcCode code = GrpcCode::kOk;
  std::string message = {};
  int retry_after_s = 0;  // 0: nothing is said about another try
};

GrpcStatus to_status(const Refusal& refusal);

// The header grpc-message: printable ASCII stays, all else is %XX.
std::string percent_encoded(std::string_view message);

}  // namespace upkeep::serve
