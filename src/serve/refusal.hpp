// A request that is not answered as asked is a value, never an exception.
#pragma once

#include <expected>
#include <string>

#include "serve/http/message.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

struct Refusal {
  int status = 400;
  std::string message;
};

template <typename T>
using Answer = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(int status, std::string message) { return std::unexpected(Refusal{status, std::move(message)}); }

Refusal to_refusal(const Error& error);            // 404 not found, 400 the caller's mistake, 500 ours
HttpResponse to_response(const Refusal& refusal);  // {"error": "..."}

}  // namespace upkeep::serve
