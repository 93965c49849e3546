// How far an explanation can be trusted, measured on the model itself.
#pragma once

#include "explain/methods/method.hpp"

namespace upkeep::explain {

struct HonestyOptions {
  bool infidelity = false;
  bool stability = false;
};

// Evaluations, milliseconds and `reached` beyond what `question.until_error` says are the caller's.
Honesty measured(const MethodEntry& method, const Json& settings, const Question& question, const Attribution& attribution,
                 const HonestyOptions& options);

}  // namespace upkeep::explain
