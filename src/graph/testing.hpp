// What the tests of this floor share.
#pragma once

#include <string>

#include "upkeep/error.hpp"

namespace upkeep {

// The text of the Error that `work` throws.
template <typename Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace upkeep
