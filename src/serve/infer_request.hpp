// An inference request as it came over the wire -> tensors. JSON, JSON with binary tensors behind it, or the bytes of the only input alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/session.hpp"
#include "serve/refusal.hpp"

namespace upkeep::serve {

struct WireRequest {
  std::string_view body;
  std::string_view json_length;  // the header Inference-Header-Content-Length; empty: the body is all JSON; "0": raw
};

struct RequestedOutput {
  std::string name;
  std::optional<bool> binary;  // not said: as the request does
};

struct InferRequest {
  std::string id;
  Tensors inputs;
  std::vector<RequestedOutput> outputs;  // in the order asked; empty: all
  bool binary = false;                   // where an output does not say
};

// Checks names, types, shapes and sizes against the model before memory is spent on them.
Answer<InferRequest> read_infer_request(const WireRequest& wire, const std::vector<TensorSpec>& inputs,
                                        const std::vector<TensorSpec>& outputs);

}  // namespace upkeep::serve
