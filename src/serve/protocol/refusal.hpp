// A request that is not answered as asked is a value, never an exception. Its code is the server's own; codecs turn it into a status.
#pragma once

#include <expected>
#include <string>

#include "upkeep/error.hpp"

namespace upkeep::serve {

enum class RefusalCode {
  kInvalid,           // HTTP 400, gRPC INVALID_ARGUMENT
  kUnauthenticated,   // 401, UNAUTHENTICATED
  kForbidden,         // 403, PERMISSION_DENIED
  kNotFound,          // 404, NOT_FOUND
  kConflict,          // 409, FAILED_PRECONDITION
  kTooLarge,          // 413, RESOURCE_EXHAUSTED
  kUnsupportedMedia,  // 415, UNIMPLEMENTED: an encoding that the server does not know
  kLimited,           // 429, RESOURCE_EXHAUSTED: this caller asks for too much
  kCancelled,         // 499, CANCELLED: nobody waits for the answer any more
  kInternal,          // 500, INTERNAL
  kUnsupported,       // 501, UNIMPLEMENTED
  kBusy,              // 503, UNAVAILABLE: a queue is full; try again later
  kUnready,           // 503, UNAVAILABLE: the model has no version that serves
  kTimeout,           // 504, DEADLINE_EXCEEDED
};

int http_status(RefusalCode code);
int grpc_status(RefusalCode code);  // the numbers of grpc::StatusCode

struct Refusal {
  RefusalCode code = RefusalCode::kInvalid;
  std::string message;
  int retry_after_s = 0;  // where trying again may help; 0: not said
};

template <typename T>
using Answer = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(RefusalCode code, std::string message) { return std::unexpected(Refusal{code, std::move(message)}); }

Refusal to_refusal(const Error& error);
// Of the exception that is being handled: an Error as above, no memory (kBusy), or anything else (kInternal), without its paths.
Refusal refusal_of_exception();

}  // namespace upkeep::serve
