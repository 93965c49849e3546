// The client's side of the inference over HTTP: a request to a body, JSON with the tensors as binary data behind it, and an answer from
// one.
#pragma once

#include <string>
#include <string_view>

#include "serve/protocol/refusal.hpp"
#include "upkeep/client.hpp"

namespace upkeep::serve {

struct HttpInferBody {
  std::string bytes;
  std::size_t json_bytes = 0;  // the header Inference-Header-Content-Length
};

// Throws Error{kInvalidArgument}: a type that the protocol has no name for, a text that JSON cannot say.
HttpInferBody write_infer_body(const Tensors& inputs, const InferSettings& settings);
// `json_bytes`: the answer's header; empty: it is all JSON.
Answer<InferResult> read_infer_body(std::string_view bytes, std::string_view json_bytes);
Answer<RemoteModel> read_model_body(std::string_view bytes);

}  // namespace upkeep::serve
