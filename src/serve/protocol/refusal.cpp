#include "serve/protocol/refusal.hpp"

#include <new>

#include "base/progress.hpp"
#include "serve/protocol/without_paths.hpp"

namespace upkeep::serve {

namespace {

struct Statuses {
  int http, grpc;
};

Statuses statuses(RefusalCode code) {
  switch (code) {
    case RefusalCode::kInvalid: return {400, 3};
    case RefusalCode::kUnauthenticated: return {401, 16};
    case RefusalCode::kForbidden: return {403, 7};
    case RefusalCode::kNotFound: return {404, 5};
    case RefusalCode::kConflict: return {409, 9};
    case RefusalCode::kTooLarge: return {413, 8};
    case RefusalCode::kUnsupportedMedia: return {415, 12};
    case RefusalCode::kLimited: return {429, 8};
    case RefusalCode::kCancelled: return {499, 1};
    case RefusalCode::kInternal: return {500, 13};
    case RefusalCode::kUnsupported: return {501, 12};
    case RefusalCode::kBusy:
    case RefusalCode::kUnready: return {503, 14};
    case RefusalCode::kTimeout: return {504, 4};
  }
  return {500, 13};
}

}  // namespace

int http_status(RefusalCode code) { return statuses(code).http; }
int grpc_status(RefusalCode code) { return statuses(code).grpc; }

Refusal to_refusal(const Error& error) {
  RefusalCode code = RefusalCode::kInternal;
  switch (error.code()) {
    case ErrorCode::kNotFound: code = RefusalCode::kNotFound; break;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kFailedPrecondition: code = RefusalCode::kInvalid; break;
    case ErrorCode::kUnsupported: code = RefusalCode::kUnsupported; break;
    case ErrorCode::kIo: code = RefusalCode::kUnready; break;  // a disk or a database is away
    case ErrorCode::kResourceExhausted: code = RefusalCode::kTooLarge; break;
    default: break;
  }
  std::string message = without_paths(error.what());
  if (message != error.what()) note(error.what());  // here the whole of it is of use
  return {.code = code, .message = std::move(message)};
}

Refusal refusal_of_exception() {
  try {
    throw;
  } catch (const Error& error) {
    return to_refusal(error);
  } catch (const std::bad_alloc&) {
    return {.code = RefusalCode::kBusy, .message = "out of memory"};
  } catch (const std::exception& error) {
    return {.code = RefusalCode::kInternal, .message = without_paths(error.what())};
  }
}

}  // namespace upkeep::serve
