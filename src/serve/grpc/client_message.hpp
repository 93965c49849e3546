// The client's side of the inference messages: a request to bytes, an answer from bytes.
#pragma once

#include <string>

#include "serve/protocol/infer.hpp"
#include "upkeep/client.hpp"

namespace upkeep::serve {

// A ModelInferRequest, inputs as raw contents. Throws Error{kInvalidArgument}: a type that the protocol has no name for.
std::string write_infer_call(const std::string& model, const Tensors& inputs, const InferSettings& settings);
Answer<InferResult> read_infer_reply(const std::string& bytes);

std::string write_model_call(const std::string& model, const std::string& version);  // of ModelMetadata and ModelReady
Answer<RemoteModel> read_model_reply(const std::string& bytes);
bool read_ready_reply(const std::string& bytes);  // of ServerLive, ServerReady, ModelReady: their one field

}  // namespace upkeep::serve
