// An inference request as it came over HTTP -> tensors. JSON, JSON with binary tensors behind it, or the bytes of the only input alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/protocol/infer.hpp"

namespace upkeep::serve {

struct WireRequest {
  std::string_view body;
  std::string_view json_length;  // the header Inference-Header-Content-Length; empty: the body is all JSON; "0": raw
};

// Checks names, types, shapes and sizes of the inputs against the model before memory is spent on them.
// `id`, where given, gets the request's id even where it is refused.
Answer<InferRequest> read_infer_request(const WireRequest& wire, const std::vector<TensorSpec>& inputs, std::string* id = nullptr);

}  // namespace upkeep::serve
