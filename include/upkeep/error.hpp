// The one exception type of Upkeep. Thread-safe to copy and rethrow; owns its strings.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep {

enum class ErrorCode {
  kInvalidArgument,  // the caller gave something wrong: a name, a type, a shape, an option
  kNotFound,         // a file, model, version, column, member that is not there
  kAlreadyExists,
  kFailedPrecondition,  // right arguments, wrong moment: an empty log, a gate that refused
  kUnsupported,         // understood, but we do not do it
  kCorrupt,             // a file that is not what it says it is
  kIo,                  // the operating system said no
  kResourceExhausted,   // a limit of ours was reached before memory was spent
  kInternal,            // our own defect
};

// What was wrong, where, and what would have been right.
//   throw Error(ErrorCode::kNotFound, "no column \"pricee\"", "columns are: price, size").in("data d.csv");
// prints
//   data d.csv: no column "pricee" (columns are: price, size)
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {});

  // Adds an outer context frame (file -> model -> layer -> tensor), outermost last.
  Error& in(std::string frame);

  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  const std::vector<std::string>& context() const noexcept { return context_; }  // innermost first
  const char* what() const noexcept override { return text_.c_str(); }           // the whole line

 private:
  void compose();

  ErrorCode code_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> context_;
  std::string text_;
};

std::string_view to_string(ErrorCode code);  // "invalid_argument", ...

// Runs `work`; an Error on its way out gets `frame` as context.
template <typename Work>
decltype(auto) in_context(std::string frame, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.in(std::move(frame));
    throw;
  }
}

}  // namespace upkeep
