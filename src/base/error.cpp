#include "upkeep/error.hpp"

#include <ranges>

namespace upkeep {

Error::Error(ErrorCode code, std::string message, std::string hint) : code_(code), message_(std::move(message)), hint_(std::move(hint)) {
  compose();
}

Error& Error::in(std::string frame) {
  context_.push_back(std::move(frame));
  compose();
  return *this;
}

void Error::compose() {
  text_.clear();
  for (const std::string& frame : std::views::reverse(context_)) text_ += frame + ": ";
  text_ += message_;
  if (!hint_.empty()) text_ += " (" + hint_ + ")";
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kAlreadyExists: return "already_exists";
    case ErrorCode::kFailedPrecondition: return "failed_precondition";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kResourceExhausted: return "resource_exhausted";
    case ErrorCode::kInternal: return "internal";
  }
  return "unknown";
}

}  // namespace upkeep
