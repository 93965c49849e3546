// An answered inference -> an HTTP response: JSON, with the outputs that were asked for as binary data behind it.
#pragma once

#include <vector>

#include "serve/http/message.hpp"
#include "serve/protocol/infer.hpp"

namespace upkeep::serve {

// How an answer's outputs travel, as the request said it.
struct OutputForms {
  std::vector<RequestedOutput> asked;
  bool binary = false;  // where an output does not say
};

// Refuses an output that cannot be said in JSON (half floats, strings that are not UTF-8).
Answer<HttpResponse> write_infer_response(const InferAnswer& answer, const OutputForms& forms);

}  // namespace upkeep::serve
