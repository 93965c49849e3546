// ModelInferRequest -> an inference, and its answer -> ModelInferResponse, as they stand on the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inference.pb.h>
#include "serve/protocol/infer.hpp"

namespace upkeep::serve {

// A request with its raw contents left where they were: views into the bytes that it was read from.
struct InferMessage {
  inference::ModelInferRequest request;  // without raw_input_contents
  std::vector<std::string_view> raw;
};

Answer<InferMessage> parse_infer_message(std::string_view bytes);

// Checks names, types, shapes and sizes of the inputs against the model before memory is spent on them.
Answer<InferRequest> read_infer_message(const InferMessage& message, const std::vector<TensorSpec>& inputs);

// The bytes of a ModelInferResponse, outputs as raw contents. Refuses an output whose type the protocol has no name for.
Answer<std::string> write_infer_message(const InferAnswer& answer);

// The same within a ModelStreamInferResponse.
std::string stream_message(std::string response);
std::string stream_error(const std::string& id, const std::string& message);

}  // namespace upkeep::serve
