// For tests of what is refused.
#pragma once

#include <string>

#include "upkeep/error.hpp"

namespace upkeep {

// The whole line of the Error that `work` throws.
template <typename Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace upkeep
